"""Runs put together by chance: a course of the loss, what may happen to it, and what is logged beside it.

The planted runs vary one thing across the limit that is to see it; here everything varies at once, and most runs are
short, for that is where limits on numbers of points lie. A run is drawn from its number alone, and its name says what
was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import Event, EventKind, FloatArray, IntArray, Note, Rewind, RoleChoice, Run, Series
from tests.detectors.planted import in_single_precision
from tests.factories import lr_curve

Chance = np.random.Generator
FEW, SOME, MANY = (2, 16), (16, 90), (90, 260)
"""Points of a run that is short, of one that is long enough for most measures, and of one that has stretches."""
RATES = (
    "constant", "linear", "cosine", "exponential", "inverse_sqrt", "step", "restarts", "cyclic", "wsd", "one_cycle",
)  # fmt: skip
TIED = frozenset((
    0, 2, 7, 15, 18, 26, 36, 45, 50, 52, 59, 62, 73, 74, 77, 78, 79, 89, 96, 100, 101, 117, 125, 149, 161, 166, 167,
    169, 170, 192, 205, 208, 224, 225, 226, 229, 240, 252, 268, 280, 282, 292, 299, 302, 304, 307, 323, 342, 350, 361,
    371, 374, 387, 393, 399, 412, 414, 416, 420, 427, 432, 437, 457, 458, 461, 463, 471,
))  # fmt: skip
"""Numbers of runs in which two levels differ by their last digits alone, so that which is the lowest, or the next step
of what follows from it, is the processor's choice: left out."""
WORDS: tuple[EventKind, ...] = (
    "overflow", "nan_stop", "diverged", "out_of_memory", "killed", "resumed", "checkpoint_loaded", "started",
    "scheduler_changed", "lr_changed",
)  # fmt: skip


def _between(rng: Chance, low: float, high: float) -> float:
    """A strength, even in its logarithm and short enough for a name."""
    return float(f"{np.exp(rng.uniform(np.log(low), np.log(high))):.2g}")


def _place(rng: Chance, points: int) -> int:
    """A point that is not the first."""
    return int(rng.integers(1, max(2, points)))


@dataclass(slots=True)
class Drawn:
    """A run in the making: what its loss is so far, what is logged beside it, and what was said of it."""

    rng: Chance
    points: int
    loss: FloatArray
    steps: IntArray
    words: list[str]
    beside: dict[str, tuple[str, IntArray, FloatArray]] = field(default_factory=dict)
    """Role -> tag, steps, values."""
    rewinds: tuple[Rewind, ...] = ()
    events: tuple[Event, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def x(self) -> FloatArray:
        """How far on each point is, 0 to 1."""
        return np.linspace(0.0, 1.0, self.points)

    def say(self, words: str) -> None:
        self.words.append(words)

    def log(self, role: str, values: FloatArray, *, tag: str = "", every: int = 1) -> None:
        kept = slice(every - 1, None, every)
        if len(self.steps[kept]):
            self.beside[role] = (tag or role, self.steps[kept], values[kept])

    def scatter(self, sigma: float) -> FloatArray:
        return np.exp(sigma * self.rng.standard_normal(self.points))


def courses(rng: Chance, x: FloatArray) -> tuple[str, FloatArray]:
    """A level of the loss from about 1 on, and what it is called."""
    at, low, end = rng.uniform(0.05, 0.95), _between(rng, 0.02, 0.95), _between(rng, 0.1, 6.0)
    pace = _between(rng, 2.0, 60.0)
    one: Callable[[], FloatArray]
    name, one = (
        ("a power law", lambda: low + (1 - low) / (1 + pace * x) ** 1.3),
        ("an exponential", lambda: low + (1 - low) * np.exp(-pace * x / 3)),
        ("a line", lambda: 1 - (1 - low) * x),
        ("level", lambda: np.ones_like(x)),
        ("nearly level", lambda: 1 - 0.08 * low * x),
        ("a slow rise", lambda: 1 + 0.4 * low * x),
        ("down and up", lambda: np.interp(x, [0, at, 1], [1, low, end])),
        ("down, then level", lambda: np.interp(x, [0, at, 1], [1, low, low])),
        ("up, then level", lambda: np.interp(x, [0, 0.3 * at, at, 1], [1, 1 + end, low, low])),
        ("down, then at once up", lambda: np.where(x < at, 1 - (1 - low) * x / at, low + end * (1 - low) / 3)),
        ("stairs", lambda: low + (1 - low) * (1 - np.floor(x * (2 + pace / 8)) / (2 + pace / 8))),
        ("waves", lambda: (low + (1 - low) / (1 + pace * x)) * (1 + 0.3 * at * np.sin(pace * 4 * x))),
        ("begun anew", lambda: low + (1 - low) / (1 + pace * np.where(x < at, x, x - at))),
        ("a climb at its end", lambda: (1 - (1 - low) * x) * np.exp(np.maximum(0, x - at) * pace / 3)),
    )[int(rng.integers(14))]
    return f"{name} ({at:.2f}, {low:g}, {end:g}, {pace:g})", one()


def drawn(number: int) -> tuple[str, Run]:
    """The run of that number with its name."""
    rng = np.random.default_rng(number)
    points = int(rng.integers(*(FEW, SOME, SOME, MANY)[int(rng.integers(4))]))
    every, first = int(rng.choice([1, 1, 1, 3, 10, 50])), int(rng.choice([0, 0, 0, 1, 40, 900]))
    name, level = courses(rng, np.linspace(0.0, 1.0, points))
    sigma = _between(rng, 0.001, 0.3)
    one = Drawn(rng, points, level, first * every + every * np.arange(points), [f"{points} points", name])
    one.say(f"noise {sigma:g}")
    one.loss = level * one.scatter(sigma)
    if rng.random() < 0.15:
        one.loss = level + sigma * 0.5 * rng.standard_t(2, points)
        one.say("heavy-tailed")
    calm = rng.random() < 0.5  # else faults hide each other
    spikes = [] if calm else _spikes(one)
    one.loss *= _unit(one)
    _rate(one)
    _norm(one, spikes)
    _validation(one)
    for happens in (_counted,) if calm else (_lost, _joined, _told, _counted, _parts):
        happens(one)
    return f"{number}: " + ", ".join(one.words), _run(one)


def _run(one: Drawn) -> Run:
    logged = {"train_loss": ("loss", one.steps, one.loss), **one.beside}
    if one.rng.random() < 0.06 and "val_loss" in logged:
        del logged["train_loss"]
        one.say("no train loss")
    config = {"num_classes": 10} if one.rng.random() < 0.1 else {}
    return Run(
        name=".", source="drawn", format="arrays",
        series=tuple(Series(tag=tag, steps=steps, values=values) for tag, steps, values in logged.values()),
        roles=tuple(RoleChoice(role=role, series=tag) for role, (tag, _, _) in logged.items()),
        rewinds=one.rewinds, events=one.events, notes=one.notes, config=config, starts_late=one.rng.random() < 0.03,
    )  # fmt: skip


def _spikes(one: Drawn) -> list[int]:
    """Jumps of the loss, each of which heals at once, slowly or never."""
    count = int(one.rng.choice([0, 0, 0, 1, 1, 2, 6]))
    places = [_place(one.rng, one.points) for _ in range(count)]
    for at in places:
        height, heals = _between(one.rng, 0.1, 6.0), float(one.rng.choice([0.1, 3.0, 15.0, 1e9]))
        after = np.arange(one.points - at)
        one.loss[at:] += height * one.loss[at] * np.exp(-after / heals)
        one.say(f"up by {height:g} at {at} for {heals:g}")
    return places


def _unit(one: Drawn) -> float:
    unit = float(one.rng.choice([2.3026, 2.3026, 4.605, 0.6931, 1.7, 0.02, 60.0, 11.5]))
    one.say(f"from {unit:g} on")
    return unit


def _rate(one: Drawn) -> None:
    if one.rng.random() < 0.25:
        return
    kind, warmup = str(one.rng.choice(RATES)), int(one.rng.choice([0, 0, 1, one.points // 10, one.points // 2]))
    peak = _between(one.rng, 1e-6, 0.5)
    rates = lr_curve(kind, one.points, warmup=warmup, peak=peak)
    one.say(f"{kind} rate of {peak:g}, warm-up {warmup}")
    if one.rng.random() < 0.3:
        at, times = _place(one.rng, one.points), float(one.rng.choice([0.0, 0.005, 0.1, 0.3, 1.4, 3.0, 10.0]))
        rates[at:] *= times
        one.say(f"times {times:g} from {at} on")
    one.log("learning_rate", rates, tag="lr")


def _norm(one: Drawn, spikes: list[int]) -> None:
    if one.rng.random() < 0.45:
        return
    sigma = _between(one.rng, 0.03, 0.6)
    norm = _between(one.rng, 1e-3, 30.0) * one.scatter(sigma)
    one.say(f"a norm with noise of {sigma:g}")
    for at in spikes:
        lead = int(one.rng.integers(0, 4))
        norm[max(0, at - lead) : at + 1] *= _between(one.rng, 1.1, 60.0)
    kind = int(one.rng.integers(6))
    if kind == 0:
        to = _between(one.rng, 1e-7, 1e3)
        norm *= np.geomspace(1, to, one.points)
        one.say(f"that goes to {to:g} times its start")
    elif kind == 1:
        bad = one.rng.random(one.points) < one.rng.choice([0.02, 0.4, 0.97])
        norm[bad] = np.inf
        one.say("infinite now and then")
    elif kind == 2:
        norm = np.minimum(norm, np.median(norm) * 1.01)
        one.say("clipped")
    one.log("grad_norm", norm, every=int(one.rng.choice([1, 1, 1, 2, 10])))


def _validation(one: Drawn) -> None:
    if one.rng.random() < 0.4:
        return
    if one.rng.random() < 0.3:
        better = 1 - 0.9 * one.loss / max(float(np.max(one.loss)), 1e-9)
        turned = better if one.rng.random() < 0.5 else np.where(one.x < 0.6, better, 0.05)
        one.log("val_accuracy" if one.rng.random() < 0.6 else "train_accuracy", turned, tag="accuracy")
        one.say("an accuracy" + (", lost" if turned is not better else ""))
    turn, rise = one.rng.uniform(0.1, 1.0), _between(one.rng, 0.02, 3.0)
    sigma = _between(one.rng, 0.001, 0.2)
    val = 1.05 * one.loss[0] * (0.3 + 0.7 / (1 + 9 * one.x)) if one.rng.random() < 0.6 else 1.05 * one.loss.copy()
    val = val * (1 + rise * np.maximum(0, one.x - turn)) * one.scatter(sigma)
    one.say(f"a validation that turns at {turn:.2f} by {rise:g} in noise of {sigma:g}")
    if one.rng.random() < 0.1:
        val[_place(one.rng, one.points) :] = np.nan
        one.say("into NaN")
    one.log("val_loss", val, every=int(one.rng.choice([1, 2, 3, 5, 10])))


def _lost(one: Drawn) -> None:
    """Values that are no numbers, zeros, values that repeat, and lines that are missing."""
    kind, at, count = int(one.rng.integers(14)), _place(one.rng, one.points), int(one.rng.choice([1, 2, 3, 12]))
    if kind < 3:
        one.loss[-min(count, one.points - 1) :] = (np.nan, np.inf, 0.0)[kind]
        one.say(f"the last {count} {('NaN', 'infinite', 'zero')[kind]}")
    elif kind < 5:
        one.loss[at : at + count] = (np.nan, 0.0)[kind - 3]
        one.say(f"{count} {('NaN', 'zero')[kind - 3]} from {at} on")
    elif kind == 5:
        one.loss[at : at + count] = one.loss[at]
        one.say(f"{count} alike from {at} on")
    elif kind == 6:
        one.steps[at:] += 40 * count * (one.steps[1] - one.steps[0])
        one.beside = {role: (tag, one.steps[np.searchsorted(one.steps, steps)] if len(steps) == one.points else steps,
                             values) for role, (tag, steps, values) in one.beside.items()}  # fmt: skip
        one.say(f"a gap before {at}")


def _joined(one: Drawn) -> None:
    if one.rng.random() > 0.2:
        return
    at = _place(one.rng, one.points)
    how = str(one.rng.choice(["step went back", "new file", "counter restarted", "repeated header"]))
    step = int(one.steps[at])
    one.rewinds = (Rewind(resumed_at=step, last_step=step + 7, rewritten=8, how=how),)
    up = float(one.rng.choice([0.0, 0.05, 0.3, 1.5]))
    one.loss[at:] += up * abs(one.loss[0]) * np.exp(-np.arange(one.points - at) / _between(one.rng, 2, 400))
    one.say(f"{how} at {at}, up by {up:g}")


def _told(one: Drawn) -> None:
    if one.rng.random() > 0.15:
        return
    kinds = [WORDS[int(place)] for place in one.rng.integers(len(WORDS), size=int(one.rng.integers(1, 5)))]
    at = [int(one.steps[_place(one.rng, one.points) - 1]) for _ in kinds]
    text = "Gradient overflow. Minimum loss scale reached" if one.rng.random() < 0.3 else "so it says"
    one.events = tuple(
        Event(kind=kind, step=step, time=None, text=text, line=1) for kind, step in zip(kinds, sorted(at), strict=True)
    )
    one.say("the words of " + " and ".join(kinds))


def _counted(one: Drawn) -> None:
    if one.rng.random() < 0.15:
        one.notes = (Note(kind="info", message="steps are counted 0, 1, 2, ... in order of writing"),)
        one.say("steps of the reader's own")
    if one.rng.random() > 0.35:
        return
    length = _between(one.rng, 2.5, max(3.0, one.points / 1.5))
    epochs = np.arange(one.points) / length
    whole = one.rng.random() < 0.5
    one.log("epoch", np.floor(epochs) if whole else epochs)
    one.say(f"epochs of {length:g} points" + (", counted" if whole else ""))
    if one.rng.random() < 0.4:
        saw = _between(one.rng, 0.02, 0.6)
        one.loss *= 1 + saw * (epochs % 1.0 - 0.5)
        one.say(f"with a saw of {saw:g}")


def _parts(one: Drawn) -> None:
    """Parts of the loss, a weight that changes the objective, a scale of half precision."""
    kind = int(one.rng.integers(16))
    broken = one.scatter(0.05)
    broken[-2:] = np.nan
    if kind == 0:
        one.log("part", broken, tag="loss_mask")
        one.log("other", one.scatter(0.05), tag="loss_box")
        one.say("a part that is lost")
    elif kind == 1:
        one.log("weight", np.clip(one.x * 2, 0, 1), tag="kl_weight")
        one.say("a weight that grows")
    elif kind == 2:
        one.log("scale", np.geomspace(65536.0, _between(one.rng, 1e-3, 100.0), one.points), tag="loss_scale")
        one.say("a scale that falls")
    elif kind == 3:
        one.log("game", one.scatter(0.05), tag="discriminator_loss")
        one.say("another player")


def runs(count: int) -> Iterator[tuple[str, Run]]:
    """The first so many, with the values that most loggers write."""
    return in_single_precision(lambda: (drawn(number) for number in range(count) if number not in TIED))
