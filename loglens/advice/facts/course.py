"""Facts about the course of the loss: where the log begins, whether it ran away, stuck, sat at chance level or only
scattered. They hold at any length: a loss from 0.16 to 1.6e18 in five epochs needs no statistics."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.shape import SHORT, LossShape
from loglens.model.fact import Fact
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median

LATE_INTERVALS, LATE_SHARE = 20, 0.02
"""A log whose first step is so many log lines, and this share of its last step, away from 0 begins late."""
AWAY, AWAY_SHORT = 1.25, 1.5
"""Times its start at which a loss ends that ran away, in a long and in a short log."""
CLEAR = 6.0
"""Standard errors that make a difference of levels beyond doubt."""
GROUND, GROUND_LONG = 0.25, 0.1
"""Share of what was gained whose loss is a fault: at the end, and for half of the run or longer."""
LEARNED = 0.3
"""Share of its start by which a loss fell that learned something."""
FLAT = 0.02
"""Scatter over level up to which the last half of a log is flat."""
BEGAN = 0.2
"""An untrained network begins within this share of chance level: one that never was there was not thrown back to it."""
CHANCE = 0.01
"""Share of ln k within which a level is the loss of guessing."""
USUAL_CLASSES = (*range(2, 21), 100, 200, 1000, 32_000, 50_257)
CLASSES_SETTING = re.compile(r"(?:^|[/_.])(?:num|n)_?(?:classes|labels|class)$|(?:^|[/_.])vocab_?size$", re.IGNORECASE)
PERPLEXITY = re.compile(r"perplex|(?:^|[^a-z])ppl(?:$|[^a-z])", re.IGNORECASE)
GENTLE = 3e-4
"""A peak rate up to which scatter about a level from the first point on is the batches', not the rate's."""
LARGEST_VOCABULARY = 300_000
FEW_CLASSES, STARTS_NEAR, STARTS_AT = 1000, 0.35, 0.05
"""Share of chance level by which a loss that never learned may begin away from it, up to so many classes and beyond."""
PROGRESS = ("learned", "falls", "flat_noise")
USUAL = (1e-6, 2e-3)
"""Peak rates at which trainings with Adam and its kin are usually run."""
LATE, FLOOR = 0.06, 0.3
"""A schedule that ran to its end has settled where the second half brought less than this share of the fall, and the
loss stands at a floor: above this share of its start."""


def course_facts(signals: Signals, shape: LossShape, *, joined: bool) -> Iterator[Fact]:
    """`shape`: of the judged loss. `joined`: the loss steps up where something other than training changed, so that
    where it ends says nothing of how it was trained."""
    if not len(shape):
        return
    if len(shape) < SHORT:
        yield say.fact("few_points", f"The log holds {say.points(len(shape))} of the loss, few to judge by.")
    late = starts_late(signals)
    if late:
        first = int(signals.series.steps[0])
        text = f"The log begins at step {first:,}: how the training began is not in it."
        yield say.fact("starts_late", text, first, None, signals.series.tag)
    if not signals.is_objective:
        text = (
            "The loss moves with what an agent meets or with another player: its trend does not say how training goes."
        )
        yield say.fact("not_an_objective", text)
        return
    if not joined:
        off = tuple(_runs_off(signals, shape, late=late))
        yield from off
        if all(item.kind in PROGRESS for item in off):
            yield from _settled_or_drifting(signals, shape)
    high = _high_start(signals, shape)
    if high:
        yield high


def starts_late(signals: Signals) -> bool:
    """Whether the log is a window that begins in the middle of a training."""
    first, last = int(signals.series.steps[0]), int(signals.series.steps[-1])
    away = first > LATE_INTERVALS * signals.loss.interval and first > LATE_SHARE * last
    return signals.run.starts_late or away


def _settled_or_drifting(signals: Signals, shape: LossShape) -> Iterator[Fact]:
    """Whether the loss creeps up over the run, or had done its falling by half of it."""
    if len(shape) < 6:
        return
    tag, span = signals.loss.tag, (shape.steps[0], shape.steps[-1])
    first, last = (median(part) for part in (shape.loss[: len(shape) // 3], shape.loss[-(len(shape) // 3) :]))
    error = 1.25 * shape.noise / math.sqrt(max(1, len(shape) // 3))
    if last - first > max(0.03 * abs(first), 5 * error):
        text = f"The loss creeps up, from {say.loss(first)} in its first third to {say.loss(last)} in its last."
        yield say.fact("drifts_up", text, *span, tag)
        return
    if shape.short or (late := _late_share(shape)) is None:
        return
    share, noise = late
    peak, schedule = signals.schedule.peak_lr, signals.schedule
    lr = signals.lr
    annealed = lr is not None and peak is not None and float(lr.values[-1]) <= 0.1 * peak and schedule.kind != "step"
    usual = peak is not None and USUAL[0] <= peak <= USUAL[1]
    ran = annealed and usual and share < LATE and shape.end > FLOOR * abs(shape.first)
    if share < 5 * noise or (noise >= 0.008 and share < 0.1) or ran:
        said = (
            "its second half brought nothing that stands out of the noise"
            if share < 5 * noise
            else (f"its second half brought {max(share, 0.0):.0%} of its fall")
        )
        text = f"The loss had settled by half of the run: {said}."
        yield say.fact("settled", text, *span, tag, share=share)


def _late_share(shape: LossShape) -> tuple[float, float] | None:
    """(share of the fall that the second half brought, its standard error); None where the loss did not fall."""
    size = max(3, len(shape) // 12)
    half = len(shape) // 2
    middle = median(shape.loss[half - size // 2 : half + size // 2 + 1])
    end = median(shape.loss[-size:])
    gain = shape.first - min(end, middle)
    if gain <= 0:
        return None
    return (middle - end) / gain, 1.25 * shape.noise / math.sqrt(size) / gain


def _runs_off(signals: Signals, shape: LossShape, *, late: bool) -> Iterator[Fact]:
    """The facts of which a loss has one at most: it sits at chance level, blew up and stuck, ran away, lost ground, or
    only scatters."""
    tag = signals.loss.tag
    if (guess := at_chance(signals, shape)) is not None:
        yield guess
        return
    if (stuck := _stuck(shape)) is not None:
        at, level = stuck
        step = int(shape.steps[at])
        text = (
            f"The loss jumps from {say.loss(float(shape.loss[at - 1]))} to {say.loss(level)} at step {step} and never "
            "moves again."
        )
        yield say.fact("blew_up_and_stuck", text, step, shape.steps[-1], tag, level=level)
        return
    if (away := _ran_away(shape)) is not None:
        at = away
        text = (
            f"The loss began at {say.loss(shape.first)}, was {say.loss(shape.low)} at best and ends at "
            f"{say.loss(shape.end)}: it ran away."
        )
        if shape.low >= shape.first:
            text = f"The loss rises from {say.loss(shape.first)} at its start to {say.loss(shape.end)}: it ran away."
        yield say.fact(
            "ran_away", text, shape.steps[at], shape.steps[-1], tag, times=shape.end / max(abs(shape.first), 1e-300)
        )
        return
    if (share := _lost_ground(signals, shape)) is not None:
        text = (
            f"The loss was {say.loss(shape.low)} at step {int(shape.steps[shape.low_at])} and ends at "
            f"{say.loss(shape.end)}: {min(share, 1.0):.0%} of what it had gained is lost again."
        )
        yield say.fact("lost_ground", text, shape.steps[shape.low_at], shape.steps[-1], tag, share=share)
        return
    if shape.first - shape.end > max(LEARNED * abs(shape.first), CLEAR * shape.error):
        text = f"The loss falls from {say.loss(shape.first)} to {say.loss(shape.end)}."
        yield say.fact("learned", text, shape.steps[0], shape.steps[-1], tag)
    elif _falls(shape):
        first, last = _tenths(shape)
        text = f"The loss falls from {say.loss(first)} to {say.loss(last)} through its scatter."
        yield say.fact("falls", text, shape.steps[0], shape.steps[-1], tag)
    elif _scatters(shape):
        rate = signals.schedule.peak_lr
        if late or (rate is not None and 0 < rate <= GENTLE):
            text = (
                f"The loss scatters about {say.loss(median(shape.loss))} from its first point to its last, "
                "neither rising nor falling."
            )
            yield say.fact("flat_noise", text, shape.steps[0], shape.steps[-1], tag)


def _ran_away(shape: LossShape) -> int | None:
    """The index from which the loss never comes back below its start, ending far above it; None where it did not."""
    first, end = shape.first, shape.end
    if len(shape) < 2 or first <= 0:
        return None
    times = AWAY_SHORT if shape.short else AWAY
    error = max(shape.error, 0.02 * abs(first))
    if end < times * first or end - first < CLEAR * error:
        return None
    below = np.flatnonzero(shape.loss <= first + 0.1 * (end - first))
    at = int(below[-1]) + 1 if len(below) else 0
    if at >= len(shape) or (not shape.short and at > len(shape) - 3):
        return None
    return at


def _lost_ground(signals: Signals, shape: LossShape) -> float | None:
    """Share of the gain given back for good; None where that is noise, a cycle of the rate, or the log is short."""
    if shape.short or shape.gain <= 0 or signals.schedule.kind in ("cyclic", "restarts"):
        return None
    # the lowest of many levels flatters: the whole stretch after it must lie above, and clearly
    after = shape.loss[min(len(shape) - 1, shape.low_at + 2 * shape.size) :]
    if len(after) < max(shape.size, len(shape) // 10):
        return None
    level = median(after[len(after) // 3 :])
    rise = level - shape.low
    share = rise / shape.gain
    if shape.gain < CLEAR * shape.error or shape.gain < 0.05 * abs(shape.first):
        return None
    least = GROUND if len(after) < len(shape) // 2 else GROUND_LONG
    clear = rise > max(CLEAR * shape.error, 3.5 * shape.noise, 0.02 * abs(shape.low))
    stays = float(np.mean(after > shape.low + 0.3 * rise)) > 0.9
    kept = shape.end > shape.low + 0.4 * rise
    return share if share >= least and clear and stays and kept else None


def _stuck(shape: LossShape) -> tuple[int, float] | None:
    """(index of the first point of it, level) where the loss jumped far above its start and never moved again."""
    if len(shape) < 4:
        return None
    half = shape.loss[len(shape) // 2 :]
    level = median(half)
    spread = float(np.max(np.abs(half - level)))
    if level <= 0 or spread > FLAT * level or level < 1.2 * abs(shape.first):
        return None
    away = np.flatnonzero(np.abs(shape.loss - level) > FLAT * level)
    at = int(away[-1]) + 1 if len(away) else 0
    return (at, level) if at > 0 and shape.loss[at - 1] < level else None


def at_chance(signals: Signals, shape: LossShape) -> Fact | None:
    """At the loss of guessing among k classes: from the first point on, or after it had been lower or higher."""
    if len(shape) < 6 or not signals.is_objective or starts_late(signals):
        return None
    half = shape.loss[-max(5, len(shape) // 5) :]
    level = median(half)
    spread = 1.4826 * median(np.abs(half - level))
    classes = _classes(level, signals)
    if classes is None or spread > 1.5 * FLAT * level or abs(median(half[-3:]) - level) > 2 * FLAT * level:
        return None
    chance = math.log(classes)
    near = np.abs(shape.loss - chance) <= max(0.04 * chance, 4 * spread)
    settled = _settled(near)
    step = int(shape.steps[settled])
    guess = f"{say.loss(level)} = ln {classes:,}, what guessing among {classes:,} classes gives"
    lowest = shape.low
    # every level is near the logarithm of some large number: there only a loss that began there is at chance
    apart = STARTS_NEAR if classes <= FEW_CLASSES else STARTS_AT
    if settled <= max(1, len(shape) // 20) and lowest > 0.93 * chance and abs(shape.first - chance) < apart * chance:
        text = f"The loss sits at {guess}, from the start to the end: nothing is learned."
        return say.fact("at_chance", text, shape.steps[0], shape.steps[-1], signals.loss.tag, classes=classes)
    was_lower = lowest < 0.85 * chance and median(shape.loss[:settled] if settled else shape.loss) < 1.5 * chance
    blew_up = float(shape.loss[:settled].max()) > 2 * max(abs(shape.first), chance) if settled else False
    rest = shape.loss[settled:]
    drift = abs(median(rest[: len(rest) // 2]) - median(rest[len(rest) // 2 :])) if len(rest) > 3 else 0.0
    began = abs(shape.first - chance) < BEGAN * chance
    if drift > CHANCE * level or not began:
        return None
    if len(shape) - settled < 4 or not (was_lower or blew_up):
        return None
    before = (
        f"had learned to {say.loss(lowest)}"
        if was_lower
        else f"blew up to {say.loss(float(shape.loss[:settled].max()))}"
    )
    text = f"The loss {before} and sits at {guess}, from step {step} on."
    return say.fact("collapsed_to_chance", text, step, shape.steps[-1], signals.loss.tag, classes=classes)


def _settled(near: np.ndarray) -> int:
    """The first index from which on nine in ten points are near."""
    share = np.cumsum(near[::-1])[::-1] / np.arange(len(near), 0, -1)
    good = np.flatnonzero(near & (share >= 0.9))
    return int(good[0]) if len(good) else len(near) - 1


def _classes(level: float, signals: Signals) -> int | None:
    """k where the level is ln k for a usual number of classes, or for the number the run's settings name."""
    named = [
        int(value)
        for name, value in signals.run.config.items()
        if CLASSES_SETTING.search(name) and isinstance(value, int) and value > 1
    ]
    known: tuple[int, ...] = (*named, *USUAL_CLASSES)
    return next((item for item in known if abs(level - math.log(item)) <= CHANCE * math.log(item)), None)


def _tenths(shape: LossShape) -> tuple[float, float]:
    """The levels of the first and of the last tenth."""
    size = max(3, len(shape) // 10)
    return median(shape.loss[:size]), median(shape.loss[-size:])


def _falls(shape: LossShape) -> bool:
    """Whether the loss falls by a tenth of its level, beyond the error of the levels and by thirds that all go down."""
    if shape.short:
        return False
    first, last = _tenths(shape)
    error = 1.25 * shape.noise / math.sqrt(max(3, len(shape) // 10))
    early, middle, late = (median(part) for part in np.array_split(shape.loss, 3))
    return first - last > max(0.1 * abs(first), CLEAR * error) and early > middle and early > late


def _scatters(shape: LossShape) -> bool:
    """Whether the loss does nothing but scatter: thirds alike, and no stretch that leaves them."""
    if shape.short:
        return False
    thirds = [median(part) for part in np.array_split(shape.loss, 3)]
    error = 1.25 * max(shape.noise, 1e-12) / math.sqrt(len(shape) / 3)
    levels: FloatArray = np.array([median(part) for part in np.array_split(shape.loss, 6)])
    alike = max(thirds) - min(thirds) <= 5 * error
    return alike and float(levels.max() - levels.min()) <= 10 * error


def _trainer_lines(signals: Signals) -> bool:
    """Whether the log is the dictionaries that transformers' Trainer prints: its names, and epochs in fractions."""
    series = {series.tag: series for series in signals.run.series}
    epoch = series.get("epoch")
    if epoch is None or not {"loss", "learning_rate"} <= series.keys():
        return False
    return bool(np.any(epoch.values[epoch.finite] % 1.0 > 0))


def _high_start(signals: Signals, shape: LossShape) -> Fact | None:
    """A language model that starts above what guessing among the largest vocabulary gives: from its very first value
    on, for one that was below it has been thrown up."""
    words = (
        signals.run.format.startswith(("hf", "llama"))
        or any(PERPLEXITY.search(series.tag) for series in signals.run.series)
        or _trainer_lines(signals)
    )
    most = math.log(LARGEST_VOCABULARY)
    if not words or not most < shape.first < 100 or signals.loss.values[0] <= most:
        return None
    text = (
        f"The loss starts at {say.loss(shape.first)}, above {most:.1f}, what guessing among "
        f"{LARGEST_VOCABULARY:,} words gives: it is a sum over accumulated steps, or labels or weights do not belong "
        "to this model."
    )
    return say.fact("high_start", text, shape.steps[0], None, signals.loss.tag)
