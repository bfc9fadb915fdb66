"""A learning rate that the user names, for runs that log none: `--lr 3e-4 --schedule cosine:warmup=100,total=1000`.

`KIND[:name=value,...]`, steps as the log counts them:

    constant                                     warmup
    linear, cosine, polynomial                   warmup, total, floor (a share of the peak), power
    exponential                                  warmup, gamma (factor per step)
    step                                         warmup, every or at (300+600), factor
    inverse_sqrt                                 warmup
    one_cycle                                    total, warmup (steps of the rise), start (peak over first rate)
    restarts                                     warmup, period, floor
    wsd                                          warmup, total, decay (steps of the final decay), floor
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from loglens.errors import SettingsError
from loglens.model.run import FloatArray, IntArray, Run
from loglens.signals.track import Track

GIVEN_TAG = "learning rate (given)"


@dataclass(frozen=True, slots=True)
class Spec:
    """What was written after the kind. `drops`: the steps of `at=S1+S2`."""

    options: Mapping[str, float]
    drops: tuple[float, ...] = ()

    def get(self, name: str, default: float) -> float:
        return self.options.get(name, default)

    @property
    def length(self) -> float:
        """Steps from the end of the warm-up to the end of the schedule."""
        return max(1.0, self.options["total"] - self.get("warmup", 0.0))


def given_lr(lr: float, schedule: str | None, steps: IntArray) -> Track:
    """The rate at each of the (n,) `steps` of the loss, from the peak `lr` and a schedule text (constant where None).

    Raises SettingsError, naming what is allowed.
    """
    if not (np.isfinite(lr) and lr > 0):
        raise SettingsError(f"--lr {lr}: the peak learning rate must be a positive number, such as 3e-4")
    at = np.asarray(steps, dtype=np.float64)
    kind, spec = _parse(schedule or "constant", total=float(at[-1]) + 1.0 if len(at) else 1.0)
    warmup = spec.get("warmup", 0.0)
    shape = SHAPES[kind](np.maximum(at - warmup, 0.0), spec)
    if warmup > 0 and kind != "one_cycle":
        shape = np.where(at < warmup, (at + 1.0) / (warmup + 1.0), shape)
    return Track(tag=GIVEN_TAG, steps=steps, values=lr * shape, aggregate="point")


def rate_of(run: Run, *, lr: float | None, schedule: str | None, steps: IntArray) -> Track:
    """What the user gave, completed by what the run logged: a peak alone scales the logged rate, a schedule alone takes
    its peak from it. SettingsError where a schedule is given and there is no peak anywhere."""
    series = run.role("learning_rate")
    logged = None if series is None or not bool(series.finite.any()) else Track.from_series(series)
    peak = None if logged is None else float(np.max(logged.values))
    if schedule is None and lr is not None and logged is not None and peak:
        return Track(tag=GIVEN_TAG, steps=logged.steps, values=logged.values * (lr / peak), aggregate=logged.aggregate)
    wanted = peak if lr is None else lr
    if wanted is None:
        raise SettingsError("--schedule gives a shape; this run logs no learning rate, so --lr must give its peak")
    return given_lr(wanted, schedule, steps)


def _parse(text: str, *, total: float) -> tuple[str, Spec]:
    """The kind and its settings; `total` stands in for a schedule's length where none is given."""
    kind, _, rest = text.strip().partition(":")
    kind = kind.strip().lower().replace("-", "_")
    if kind not in SHAPES:
        raise SettingsError(f"--schedule {text}: unknown kind {kind!r}; known are {', '.join(SHAPES)}")
    options: dict[str, float] = {}
    drops: tuple[float, ...] = ()
    for item in filter(None, (part.strip() for part in rest.split(","))):
        name, sign, value = item.partition("=")
        name = name.strip().lower()
        if not sign or name not in OPTIONS[kind]:
            raise SettingsError(
                f"--schedule {text}: {item!r} is no setting of {kind}; write name=value with one of "
                f"{', '.join(OPTIONS[kind])}"
            )
        try:
            numbers = tuple(float(part) for part in value.split("+"))
        except ValueError:
            raise SettingsError(f"--schedule {text}: {value!r} is no number (in {item!r})") from None
        if any(not np.isfinite(number) or number < 0 for number in numbers) or (len(numbers) > 1 and name != "at"):
            raise SettingsError(f"--schedule {text}: {item!r} needs one number that is not negative")
        if name in IN_STEPS and any(0 < number < 1 for number in numbers):
            raise SettingsError(f"--schedule {text}: {name} counts steps of the log, not a share of them (in {item!r})")
        if name == "at":
            drops = numbers
        else:
            options[name] = numbers[0]
    spec = Spec({"total": total, **options}, drops)
    _check(text, kind, spec, said=options)
    return kind, spec


def _check(text: str, kind: str, spec: Spec, *, said: Mapping[str, float]) -> None:
    """What a kind cannot do without, and what must not be zero."""
    if kind == "step" and not (spec.drops or spec.get("every", 0.0)):
        raise SettingsError(f"--schedule {text}: step needs every=STEPS or at=S1+S2")
    if kind == "restarts" and not spec.get("period", 0.0):
        raise SettingsError(f"--schedule {text}: restarts needs period=STEPS")
    if "total" in said and said["total"] <= spec.get("warmup", 0.0):
        raise SettingsError(f"--schedule {text}: total must be larger than warmup")


def _left(u: FloatArray, spec: Spec) -> FloatArray:
    """The share of the decay that is still to come, 1 at its start and 0 at its end; `u` counts from the warm-up on."""
    return np.clip(1.0 - u / spec.length, 0.0, 1.0)


def _floored(shape: FloatArray, spec: Spec) -> FloatArray:
    floor = min(1.0, spec.get("floor", 0.0))
    return floor + (1.0 - floor) * shape


def _constant(u: FloatArray, _spec: Spec) -> FloatArray:
    return np.ones_like(u)


def _linear(u: FloatArray, spec: Spec) -> FloatArray:
    return _floored(_left(u, spec), spec)


def _polynomial(u: FloatArray, spec: Spec) -> FloatArray:
    return _floored(_left(u, spec) ** spec.get("power", 2.0), spec)


def _cosine(u: FloatArray, spec: Spec) -> FloatArray:
    return _floored(0.5 * (1.0 - np.cos(np.pi * _left(u, spec))), spec)


def _exponential(u: FloatArray, spec: Spec) -> FloatArray:
    return np.asarray(spec.get("gamma", 0.999) ** u)


def _step(u: FloatArray, spec: Spec) -> FloatArray:
    at = u + spec.get("warmup", 0.0)
    count = np.searchsorted(np.sort(spec.drops), at, side="right") if spec.drops else at // spec.options["every"]
    return np.asarray(spec.get("factor", 0.1) ** count)


def _inverse_sqrt(u: FloatArray, spec: Spec) -> FloatArray:
    scale = max(1.0, spec.get("warmup", 0.0))
    return np.sqrt(scale / (scale + u))


def _one_cycle(u: FloatArray, spec: Spec) -> FloatArray:
    """Cosine up from peak / start, cosine down to nothing (the policy of Smith and Topin 2017 as it is implemented)."""
    total, start = spec.options["total"], max(1.0, spec.get("start", 25.0))
    rise = max(1.0, spec.get("warmup", 0.3 * total))
    at = u + spec.get("warmup", 0.0) * (u > 0)
    up = 1 / start + (1 - 1 / start) * 0.5 * (1 - np.cos(np.pi * np.clip(at / rise, 0, 1)))
    down = 0.5 * (1 + np.cos(np.pi * np.clip((at - rise) / max(1.0, total - rise), 0, 1)))
    return np.where(at < rise, up, down)


def _restarts(u: FloatArray, spec: Spec) -> FloatArray:
    return _floored(0.5 * (1.0 + np.cos(np.pi * (u % spec.options["period"]) / spec.options["period"])), spec)


def _wsd(u: FloatArray, spec: Spec) -> FloatArray:
    decay = max(1.0, spec.get("decay", 0.2 * spec.length))
    return _floored(np.clip((spec.length - u) / decay, 0.0, 1.0), spec)


SHAPES: dict[str, Callable[[FloatArray, Spec], FloatArray]] = {
    "constant": _constant,
    "linear": _linear,
    "cosine": _cosine,
    "polynomial": _polynomial,
    "exponential": _exponential,
    "step": _step,
    "inverse_sqrt": _inverse_sqrt,
    "one_cycle": _one_cycle,
    "restarts": _restarts,
    "wsd": _wsd,
}
IN_STEPS = frozenset({"warmup", "total", "every", "at", "period", "decay"})
OPTIONS: dict[str, tuple[str, ...]] = {
    "constant": ("warmup",),
    "linear": ("warmup", "total", "floor"),
    "cosine": ("warmup", "total", "floor"),
    "polynomial": ("warmup", "total", "floor", "power"),
    "exponential": ("warmup", "gamma"),
    "step": ("warmup", "every", "at", "factor"),
    "inverse_sqrt": ("warmup",),
    "one_cycle": ("total", "warmup", "start"),
    "restarts": ("warmup", "period", "floor"),
    "wsd": ("warmup", "total", "decay", "floor"),
}
