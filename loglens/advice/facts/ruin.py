"""How the course of a loss goes to ruin: it ran away, jumped and stuck there, or gave back what it had gained."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.joins import rises
from loglens.advice.facts.shape import CLEAR, FLAT, LossShape
from loglens.model.fact import Fact
from loglens.signals.core import WANDERS, Signals
from loglens.signals.numerics.robust import differences, median, parts, stretch_medians
from loglens.signals.numerics.trend import tau

AWAY, AWAY_SHORT = 1.25, 1.5
"""Times its start at which a loss ends that ran away, in a long and in a short log."""
DIPS = 3
"""Single points as low as the first one from which on the first is one of them."""
BEYOND = 1e15
"""No training has such a loss from its start to its end, whatever it sums."""
GROUND, GROUND_STEP, GROUND_LONG = 0.25, 0.15, 0.1
"""Share of what was gained whose loss is a fault: at the end, where it was lost within one point, and for half of the
run or longer."""
AT_FLOOR, AT_ONCE = 0.1, 0.5
"""Share of a rise up to which a level is still that of the floor it left; what the next two levels make of it at
once."""
CLIMB, CLIMB_TIMES, CLIMB_Z = 3, 2.0, 8.0
"""Points in a row that rise at the end of a log, to so many times the level before and by so many sigmas of its noise,
are a climb that it cuts off."""
ON_THE_WAY = 0.15
"""Share of the climb that the last point but one has made."""
CALM = 20
"""Points before a climb that its level is taken from."""
MANY = 4.0
"""Times its lowest from which that says more than a share of the gain."""
TIMES, RATIO, LEAST_GROUND = 1.5, 0.3, 0.05
"""A loss that is so many times its lowest again has lost ground as well, where that is this share of its whole fall in
ratios, and this one in differences."""

CREEPS, STEADY = 4, 0.7
"""Levels from the lowest on that can show a climb, and Kendall's tau of them from which it is a steady one."""
CREPT, CREPT_Z, CREPT_LEAST = 0.1, 3.5, 0.02
"""Share of the gain that a steady climb has undone; sigmas of the noise and share of the level that make it clear."""
RISING, RISING_MOST, RISING_BY = 5, 12, 1.04
"""Points of a log that rises at every line, and what its last loss is of its first at least."""
CAME_BACK, HELD = 2, 3
"""Times that a loss came down from where it ends, and points that it had stood there each time."""
FEW_HUMP = 150
"""Points below which single ones stand for levels in an early rise, and of which each level of a longer log is one."""
STALL_POINTS, STALL_RISE, STALLED, STILL, SWUNG = 40, 0.05, 0.55, 0.02, 0.5
"""Points of a log that can show it; an early rise by this share of the start; the second half stands at this share of
the start at least, and falls by no more than this share of itself, and rises nowhere above its end by that share of the
early rise."""


def ruin_of(signals: Signals, shape: LossShape) -> Fact | None:
    """The one of these that holds, the worst first; None where the loss is not ruined."""
    for fact in (_beyond, _stuck_far_up, _away, _ground, _creeping, _stalled, _rising, _climbing):
        if (found := fact(signals, shape)) is not None:
            return found
    return None


def _beyond(signals: Signals, shape: LossShape) -> Fact | None:
    if min(abs(shape.first), shape.low) < BEYOND:
        return None
    text = (
        f"The loss stands at {say.loss(shape.first)} at its first line and at {say.loss(shape.end)} at its last: "
        "no training has such a loss, it ran away before the log begins."
    )
    return say.fact("ran_away", text, shape.steps[0], shape.steps[-1], signals.loss.tag, times=1.0)


def _stuck_far_up(signals: Signals, shape: LossShape) -> Fact | None:
    if (stuck := _stuck(shape)) is None:
        return None
    at, level = stuck
    step = int(shape.steps[at])
    text = (
        f"The loss jumps from {say.loss(float(shape.loss[at - 1]))} to {say.loss(level)} at step {step} and never "
        "moves again."
    )
    return say.fact("blew_up_and_stuck", text, step, shape.steps[-1], signals.loss.tag, level=level)


def _away(signals: Signals, shape: LossShape) -> Fact | None:
    if (at := _ran_away(shape)) is None:
        return None
    text = (
        f"The loss began at {say.loss(shape.first)}, came down to about {say.loss(shape.low)} and ends at "
        f"{say.loss(shape.end)}: it ran away."
    )
    if shape.low >= shape.first:
        text = f"The loss rises from {say.loss(shape.first)} at its start to {say.loss(shape.end)}: it ran away."
    times = shape.end / max(abs(shape.first), 1e-300)
    return say.fact("ran_away", text, shape.steps[at], shape.steps[-1], signals.loss.tag, times=times)


def _ground(signals: Signals, shape: LossShape) -> Fact | None:
    if (share := _lost_ground(signals, shape)) is None:
        return None
    many = shape.end / shape.low if shape.low > 0 else 0.0
    lost = (
        f"{many:.2g} times its lowest, and stays there."
        if many >= MANY or (share < GROUND and many >= TIMES)
        else f"{min(share, 1.0):.0%} of what it had gained is lost again."
    )
    text = (
        f"The loss was {say.loss(shape.low)} at step {int(shape.steps[shape.low_at])} and ends at "
        f"{say.loss(shape.end)}: {lost}"
    )
    return say.fact("lost_ground", text, shape.steps[shape.low_at], shape.steps[-1], signals.loss.tag, share=share)


def _ran_away(shape: LossShape) -> int | None:
    """The index from which the loss never comes back below its start, ending far above it; None where it did not."""
    first, end = shape.first, shape.end
    if len(shape) < 2 or first <= 0:
        return None
    times = AWAY_SHORT if shape.short else AWAY
    error = max(shape.error, 0.02 * abs(first))
    if end < times * first or end - first < CLEAR * error:
        return None
    if _came_back(shape, end):
        return None
    low = shape.loss <= first + 0.1 * (end - first)
    below = np.flatnonzero(low)
    at = int(below[-1]) + 1 if len(below) else 0
    if np.count_nonzero(low & ~np.roll(low, 1) & ~np.roll(low, -1)) > DIPS:
        return None  # the loss dips as low now and then: the first point is one of the dips, not where it began
    if at >= len(shape) or (not shape.short and at > len(shape) - 3):
        return None
    return at


def _came_back(shape: LossShape, end: float) -> bool:
    """Whether the loss has stood as high as at its end before, and come down to its start from there, several times: it
    goes up and down with something, and no climb is for good."""
    height = end - shape.first
    high, low = shape.loss >= end - 0.1 * height, shape.loss <= shape.first + 0.1 * height
    states = np.where(high, 1, np.where(low, -1, 0))
    changes = states[states != 0]
    falls = np.flatnonzero(np.diff(changes) < 0)
    held = [run for run in np.split(changes, np.flatnonzero(np.diff(changes)) + 1) if run[0] > 0 and len(run) >= HELD]
    return len(falls) >= CAME_BACK and len(held) >= CAME_BACK


def _lost_ground(signals: Signals, shape: LossShape) -> float | None:
    """Share of the gain given back for good; None where that is noise, a cycle of the rate, or the log is short."""
    if shape.short or shape.gain <= 0 or signals.schedule.kind in ("cyclic", "restarts"):
        return None
    # the lowest of many levels flatters: the whole stretch after it must lie above, and clearly
    after = shape.loss[min(len(shape) - 1, _left_floor(shape) + 2 * shape.size) :]
    if len(after) < max(shape.size, len(shape) // 10):
        return None
    level = median(after[len(after) // 3 :])
    rise = level - shape.low
    share = rise / shape.gain
    if shape.gain < CLEAR * shape.error or shape.gain < 0.05 * abs(shape.first):
        return None
    if signals.in_narrow_window and max(rise, shape.gain) < WANDERS * abs(shape.low):
        return None
    stepped = any(up.at >= shape.low_at and up.after - up.before >= GROUND_STEP * shape.gain for up in rises(shape))
    least = GROUND_LONG if len(after) >= len(shape) // 2 else GROUND_STEP if stepped else GROUND
    clear = rise > max(CLEAR * shape.error, 3.5 * shape.noise, 0.02 * abs(shape.low))
    stays = float(np.mean(after > shape.low + 0.3 * rise)) > 0.9
    kept = shape.end > shape.low + 0.4 * rise
    return share if (share >= least or _many_times(shape, level)) and clear and stays and kept else None


def _left_floor(shape: LossShape) -> int:
    """The index of the last point of the lowest stretch; where the loss stepped up at once from a floor that it had
    held for long, that of the floor's end, wherever on it the loss was lowest."""
    levels, rise = shape.levels, shape.end - shape.low
    last = int(np.flatnonzero(levels <= shape.low + AT_FLOOR * rise)[-1]) if rise > 0 else 0
    if not np.any(levels[last + 1 : last + 3] >= shape.low + AT_ONCE * rise):
        return shape.low_at
    return max(shape.low_at, parts(len(shape), len(levels))[last][0])


def _many_times(shape: LossShape, level: float) -> bool:
    """Whether a loss that had fallen by many times its lowest went up again by as good a part of that, in ratios."""
    if shape.low <= 0 or shape.gain < 3 * shape.low or level < TIMES * shape.low:
        return False
    low = math.log(shape.low)
    ratio = (math.log(level) - low) / (math.log(shape.first) - low)
    return ratio >= RATIO and (level - shape.low) / shape.gain >= LEAST_GROUND


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


def _creeping(signals: Signals, shape: LossShape) -> Fact | None:
    """The loss has been climbing steadily since its lowest level, and still is when the log ends: a part of what it
    gained is lost, and nothing says that it stays at that."""
    tail = shape.levels[int(np.argmin(shape.levels)) :]
    if shape.short or signals.schedule.kind in ("cyclic", "restarts") or len(tail) < CREEPS:
        return None
    last = len(tail) // 3
    rise = median(tail[-last:]) - shape.low
    share = rise / shape.gain if shape.gain > 0 else 0.0
    goes_on = median(tail[-last:]) - median(tail[-2 * last : -last]) > shape.error
    clear = rise > max(CLEAR * shape.error, CREPT_Z * shape.noise, CREPT_LEAST * abs(shape.low))
    learned = shape.gain > max(CLEAR * shape.error, CREPT_LEAST * abs(shape.first))
    if not (learned and clear and goes_on) or share < CREPT or tau(tail) < STEADY:
        return None
    text = (
        f"The loss has been climbing since step {int(shape.steps[shape.low_at])}, from {say.loss(shape.low)} to "
        f"{say.loss(shape.end)} at its end: {min(share, 1.0):.0%} of what it had gained is lost again."
    )
    return say.fact("lost_ground", text, shape.steps[shape.low_at], shape.steps[-1], signals.loss.tag, share=share)


def _stalled(signals: Signals, shape: LossShape) -> Fact | None:
    """The loss rose early, soon after training began, and has stood still since, nearer to its start than to what
    trainings come to."""
    if len(shape) < STALL_POINTS or signals.starts_late or shape.first <= 0:
        return None
    width = 1 if len(shape) < FEW_HUMP else max(3, len(shape) // FEW_HUMP)
    quarter = shape.loss[: len(shape) // 4]
    early = stretch_medians(quarter, parts(len(quarter), max(3, len(quarter) // width)))
    early = np.concatenate([[shape.first], early])
    noise = shape.noise * max(1.0, shape.first / max(abs(shape.end), 1e-300))  # most noise goes with the level
    lows = np.minimum.accumulate(early)
    top = int(np.argmax(early - lows))
    rise = float(early[top] - lows[top])
    third, fourth = (median(part) for part in np.array_split(shape.loss, 4)[2:])
    stands = third - fourth <= max(STILL * abs(fourth), 2 * shape.error)
    if not stands or min(third, fourth) < STALLED * shape.first or fourth > shape.first:
        return None
    if rise < max(STALL_RISE * shape.first, CLEAR * noise):
        return None
    later = shape.loss[len(shape) // 2 :]
    swings = stretch_medians(later, parts(len(later), max(3, len(later) // width)))
    if float(swings.max()) - fourth > SWUNG * rise:
        return None  # it goes up and down like that all the time
    place = min(width * max(0, top - 1), len(shape) - 1)
    text = (
        f"The loss rises from {say.loss(float(lows[top]))} to {say.loss(float(early[top]))} by step "
        f"{int(shape.steps[place])}, soon after the start, and stands still at {say.loss(fourth)} in the second half, "
        f"{fourth / shape.first:.0%} of where it began."
    )
    return say.fact("stalled_high", text, shape.steps[place], shape.steps[-1], signals.loss.tag, level=fourth)


def _rising(signals: Signals, shape: LossShape) -> Fact | None:
    """A handful of losses of which each is higher than the one before: by chance one order in a hundred."""
    if not RISING <= len(shape) <= RISING_MOST or signals.starts_late or not signals.series.finite.all():
        return None
    if not signals.has_train_loss or _better(signals):
        return None
    first, last = float(shape.loss[0]), float(shape.loss[-1])
    if first <= 0 or last < RISING_BY * first or not bool(np.all(np.diff(shape.loss) > 0)):
        return None
    text = f"The loss rises from each line to the next, from {say.loss(first)} to {say.loss(last)}."
    return say.fact("lost_ground", text, shape.steps[0], shape.steps[-1], signals.loss.tag, share=1.0)


def _better(signals: Signals) -> bool:
    """Whether something else of the training gets better: the objective, not the rate, is what moves the loss."""
    run, val = signals.run, signals.val
    accuracies = [series for role in ("train_accuracy", "val_accuracy") if (series := run.role(role)) is not None]
    judged = {signals.series.tag, "" if val is None else val.tag}
    parts = [series for series in run.series if "loss" in series.tag.casefold() and series.tag not in judged]
    rises = any(len(series) > 1 and series.values[-1] > series.values[0] for series in accuracies)
    falls = any(len(series) > 1 and series.values[-1] < series.values[0] for series in parts)
    return rises or falls or (val is not None and len(val) > 1 and bool(val.values[-1] < val.values[0]))


def _climbing(signals: Signals, shape: LossShape) -> Fact | None:
    """The log ends in the middle of a climb: what comes after it is not known, and nothing in it is at rest."""
    ends = signals.series.finite[-1] and signals.schedule.kind not in ("cyclic", "restarts")
    rising = differences(shape.loss) > 0
    count = len(rising) if bool(rising.all()) else int(np.argmin(rising[::-1]))
    before = shape.loss[: len(shape) - count]
    if not ends or count < CLIMB or len(before) < CLIMB:
        return None
    level, top = median(before[-CALM:]), float(shape.loss[-1])
    if level <= 0 or top < CLIMB_TIMES * level or top - level < CLIMB_Z * shape.noise:
        return None
    if float(shape.loss[-2]) - level < ON_THE_WAY * (top - level):
        return None  # a single point: the log may end in a spike
    text = (
        f"The loss climbs from {say.loss(level)} to {say.loss(top)} over its last {say.points(count)} and has not "
        "turned when the log ends."
    )
    return say.fact("lost_ground", text, shape.steps[-count], shape.steps[-1], signals.loss.tag, share=1.0)
