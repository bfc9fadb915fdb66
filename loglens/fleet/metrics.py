"""What `compare` measures on both sides: losses with their noise, steps needed, scores, NaN and learning rates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from loglens.fleet.pairing import PairGroup
from loglens.model.diagnosis import Curve, LossLevel, RunDiagnosis
from loglens.model.results.comparison import Judgement, MetricChange, MetricName, NoiseMethod
from loglens.signals.loss_level import loss_level

SIGMAS_PAIR = 2.5
"""Of the difference of two runs: more than the 1.96 of a known normal scatter, as the noise itself is estimated from a
handful of stretches (Student's t with 5 or 6 degrees of freedom)."""
SCORE_STEP = 0.1
"""Scores are estimates: a smaller change of one is none."""
UNLIKE_LENGTHS = 0.05
"""Runs whose lengths differ by more are compared at the last step both reached."""
SCORES: tuple[MetricName, ...] = ("spike", "oscillation", "stagnation", "divergence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run's number: `value` None where there is none though it was asked for; `noise` one standard deviation."""

    value: float | None
    noise: float | None = None


def changes(group: PairGroup, *, level: float) -> tuple[MetricChange, ...]:
    """Every metric that either side has. `level`: the probability a band is to hold with, of this one group."""
    found = [
        _loss("train_loss", group, lambda run: _final(run, "train_loss"), level),
        _at_common_step(group, level),
        _loss("val_loss_best", group, _best_val, level),
        _loss("val_loss", group, lambda run: _final(run, "val_loss"), level),
        _steps_to_base(group, level),
        *(_score(name, group, level) for name in SCORES),
        _non_finite(group),
        _rate("peak_lr", group, lambda run: run.schedule.peak_lr),
        _rate("last_lr", group, _last_lr),
    ]
    return tuple(item for item in found if item is not None)


def level_of(run: RunDiagnosis, role: str) -> LossLevel | None:
    """The level measured on the whole log; from the thinned curve where a document of another tool or version has
    none: thinning keeps extremes, so that its noise is on the safe side."""
    for level in run.levels:
        if level.role == role:
            return level
    curve = run.curve(role)
    return loss_level(role, curve.steps, curve.values) if curve is not None and len(curve.steps) else None


def _final(run: RunDiagnosis, role: str) -> Sample | None:
    level = level_of(run, role)
    return None if level is None else Sample(value=level.final, noise=level.noise)


def _best_val(run: RunDiagnosis) -> Sample | None:
    level = level_of(run, "val_loss")
    return None if level is None else Sample(value=level.best, noise=level.noise)


def _loss(
    metric: MetricName,
    group: PairGroup,
    measure: Callable[[RunDiagnosis], Sample | None],
    level: float,
    step: int | None = None,
) -> MetricChange | None:
    before = [measure(run) for run in group.base]
    after = [measure(run) for run in group.head]
    if not any(before) and not any(after):
        return None
    band, method = band_of([item for item in before if item], [item for item in after if item], level)
    return _change(metric, before, after, band, method, step=step)


def _change(
    metric: MetricName,
    before: Sequence[Sample | None],
    after: Sequence[Sample | None],
    band: float | None,
    method: NoiseMethod,
    *,
    neutral: bool = False,
    step: int | None = None,
) -> MetricChange:
    old, new = _mean(before), _mean(after)
    return MetricChange(
        metric=metric,
        before=old,
        after=new,
        band=band,
        method=method,
        judgement=_judged(old, new, band, neutral=neutral, ended=(_ended(before), _ended(after))),
        befores=tuple(None if item is None else item.value for item in before) if len(before) > 1 else (),
        afters=tuple(None if item is None else item.value for item in after) if len(after) > 1 else (),
        step=step,
    )


def _mean(samples: Sequence[Sample | None]) -> float | None:
    """None as soon as one run of several has no number: a mean of the survivors would flatter."""
    values = [None if sample is None else sample.value for sample in samples]
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known and len(known) == len(values) else None


def _ended(samples: Iterable[Sample | None]) -> bool:
    """Whether a run that logs this loss ended without a number: it blew up."""
    return any(sample is not None and sample.value is None for sample in samples)


def _judged(
    before: float | None, after: float | None, band: float | None, *, neutral: bool, ended: tuple[bool, bool]
) -> Judgement:
    if before is None or after is None:
        if ended[0] != ended[1] and not neutral:
            return "worse" if ended[1] else "better"
        return "unknown"
    if math.isclose(before, after, rel_tol=1e-9, abs_tol=0.0):
        return "same"
    if neutral:
        return "changed"
    if band is None:
        return "unknown"
    if abs(after - before) <= band:
        return "same"
    return "worse" if after > before else "better"


def band_of(before: Sequence[Sample], after: Sequence[Sample], level: float) -> tuple[float | None, NoiseMethod]:
    """How far apart the means of two sides are by noise alone, with probability `level`, and how that is known.

    Several runs on a side: t s sqrt(1/n + 1/m) with s pooled over both sides (Student's two-sample t). One run on each:
    2.5 times the noise of their difference, wider where `level` is above 0.95.
    """
    from scipy.special import ndtri, stdtrit

    old = np.array([item.value for item in before if item.value is not None])
    new = np.array([item.value for item in after if item.value is not None])
    if not len(old) or not len(new):
        return None, "none"
    free = len(old) + len(new) - 2
    if free >= 1:
        pooled = math.sqrt((len(old) * float(old.var()) + len(new) * float(new.var())) / free)
        t = float(stdtrit(free, 0.5 + level / 2))
        return t * pooled * math.sqrt(1 / len(old) + 1 / len(new)), "siblings"
    noise = [item.noise for item in (*before, *after)]
    if any(item is None for item in noise):
        return None, "none"
    sigmas = SIGMAS_PAIR * float(ndtri(0.5 + level / 2) / ndtri(0.975))
    return sigmas * math.hypot(*(item for item in noise if item is not None)), "stretches"


def _at_common_step(group: PairGroup, level: float) -> MetricChange | None:
    """The train loss at the last step that every run reached, where the runs are of unlike length."""
    ends = [run.last_step for run in (*group.base, *group.head)]
    starts = [run.first_step for run in (*group.base, *group.head)]
    common, longest = min(ends), max(ends)
    if longest - common <= UNLIKE_LENGTHS * (longest - min(starts)):
        return None

    def measure(run: RunDiagnosis) -> Sample | None:
        curve = run.curve("train_loss")
        if curve is None or not len(curve.steps) or int(curve.steps[0]) > common:
            return None
        upto = int(np.searchsorted(curve.steps, common, side="right"))
        level = loss_level("train_loss", curve.steps[:upto], curve.values[:upto])
        return Sample(value=level.final, noise=level.noise)

    return _loss("train_loss_common", group, measure, level, step=common)


def _steps_to_base(group: PairGroup, level: float) -> MetricChange | None:
    """Steps until the level of the loss is down to where BASE ended (its noise allowed for), for both sides."""
    finals = [level_of(run, "train_loss") for run in group.base]
    known = [final for final in finals if final is not None and final.final is not None and final.noise is not None]
    if not known or len(known) < len(finals):
        return None
    noise = max(item.noise or 0.0 for item in known)
    target = math.fsum(item.final or 0.0 for item in known) / len(known) + noise

    def reach(run: RunDiagnosis) -> Sample | None:
        curve = run.curve("level") or run.curve("train_loss")
        if curve is None or not len(curve.steps):
            return None
        at, early = _reached(curve, target), _reached(curve, target + noise)
        return Sample(value=at, noise=None if at is None or early is None else at - early)

    before, after = [reach(run) for run in group.base], [reach(run) for run in group.head]
    if not any(before) or not any(after) or _ended(before):
        return None
    band, method = band_of([item for item in before if item], [item for item in after if item], level)
    change = _change("steps_to_base", before, after, band, method)
    shorter = min(run.last_step for run in group.head) < (change.before or 0)
    # a HEAD that stopped before BASE was there has not failed to get there
    return None if shorter and change.after is None else change


def _reached(curve: Curve, target: float) -> float | None:
    below = np.flatnonzero(_smooth(curve) <= target)
    return float(curve.steps[below[0]]) if len(below) else None


def _smooth(curve: Curve) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The level as it is; a raw loss as the mean of the points up to there, a twentieth of the run back."""
    if curve.role == "level":
        return curve.values
    values = np.where(np.isfinite(curve.values), curve.values, np.inf)
    width = max(1, len(values) // 20)
    padded = np.concatenate([np.full(width - 1, values[0]), values])
    smoothed: np.ndarray[tuple[int], np.dtype[np.float64]] = np.lib.stride_tricks.sliding_window_view(
        padded, width
    ).mean(axis=1)
    return smoothed


def _score(name: MetricName, group: PairGroup, level: float) -> MetricChange | None:
    def measure(run: RunDiagnosis) -> Sample | None:
        return Sample(value=run.scores[name]) if name in run.scores else None

    before, after = [measure(run) for run in group.base], [measure(run) for run in group.head]
    if not any(before) and not any(after):
        return None
    band, method = band_of([item for item in before if item], [item for item in after if item], level)
    if band is None or band < SCORE_STEP:
        band, method = SCORE_STEP, "fixed"
    return _change(name, before, after, band, method)


def _non_finite(group: PairGroup) -> MetricChange | None:
    def measure(run: RunDiagnosis) -> Sample | None:
        level = level_of(run, "train_loss")
        return None if level is None else Sample(value=float(level.non_finite))

    before, after = [measure(run) for run in group.base], [measure(run) for run in group.head]
    if not any(item is not None and item.value for item in (*before, *after)):
        return None
    return _change("non_finite", before, after, 0.0, "fixed")


def _rate(metric: MetricName, group: PairGroup, measure: Callable[[RunDiagnosis], float | None]) -> MetricChange | None:
    rates = [[Sample(value=measure(run)) for run in side] for side in (group.base, group.head)]
    if all(item.value is None for side in rates for item in side):
        return None
    return _change(metric, rates[0], rates[1], None, "none", neutral=True)


def _last_lr(run: RunDiagnosis) -> float | None:
    curve = run.curve("learning_rate")
    if curve is None:
        return None
    finite = curve.values[np.isfinite(curve.values)]
    return float(finite[-1]) if len(finite) else None
