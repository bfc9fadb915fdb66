"""The schedule and what the loss did at its events. Only ratios of rates count here, never their size."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import Measure, clipped, of_a_run, percent, times
from loglens.model.run import IntArray
from loglens.signals.numerics.robust import differences, median
from loglens.signals.scaled import ScaledRun


def _rate(r: ScaledRun) -> np.ndarray | None:
    return r.lr if r.lr is not None and float(np.max(r.lr)) > 0 else None


def mean_rate(r: ScaledRun) -> float | None:
    """Mean rate over the peak: 1 for constant, 0.5 for cosine and linear, a few per cent where the rate collapsed."""
    lr = _rate(r)
    return None if lr is None else math.log(max(1e-4, float(np.mean(lr) / np.max(lr))))


def spent_share(r: ScaledRun) -> float | None:
    """Share of the steps after which the rate stays below a hundredth of its peak."""
    lr = _rate(r)
    if lr is None:
        return None
    alive = np.flatnonzero(lr >= 0.01 * np.max(lr))
    return 1.0 - (int(alive[-1]) + 1) / len(lr)


def half_spent_at(r: ScaledRun) -> float | None:
    """Share of the steps by which half of all the LR was spent, as ln."""
    if _rate(r) is None:
        return None
    return math.log(max(1e-3, float(r.clock[int(np.searchsorted(r.lr_clock, 0.5))])))


def gain_lost_to_decay(r: ScaledRun) -> float | None:
    """What the last doubling of LR spent brought, where that doubling ended before half time; 0 where the rate lived
    longer. The mark of a schedule that died while progress was still being made."""
    lr = _rate(r)
    if lr is None:
        return None
    done = float(r.clock[int(np.searchsorted(r.lr_clock, 0.97))])
    if done > 0.6:
        return 0.0
    return (r.mean_between(0.45, 0.55, clock=r.lr_clock) - r.end) / r.gain


def _jump(r: ScaledRun) -> tuple[int, float] | None:
    """The largest lasting step up of the rate outside warm-up: its index and ratio, None where the rate never steps
    up by half again. Cyclic schedules climb in many small steps and restarts return to a rate seen before."""
    lr = _rate(r)
    if lr is None or len(lr) < 8:
        return None
    safe = np.maximum(lr, 1e-6 * float(np.max(lr)))
    ahead = min(2, len(lr) - 1)
    ratio = safe[ahead:] / safe[:-ahead]
    start = max(2, int(0.04 * len(lr)))
    if start >= len(ratio):
        return None
    at = start + int(np.argmax(ratio[start:]))
    return (at + 1, float(ratio[at])) if ratio[at] > 1.5 else None


def jump_ratio(r: ScaledRun) -> float | None:
    """ln of how far the rate went beyond everything it had been before, at its largest step up; 0 without one.

    A restart goes back to a rate the run has lived with; a jump goes where it has never been.
    """
    lr = _rate(r)
    if lr is None:
        return None
    jump = _jump(r)
    if jump is None:
        return 0.0
    at, _ = jump
    before = float(np.max(lr[:at]))
    return max(0.0, math.log(max(float(np.max(lr[at:])), 1e-30) / max(before, 1e-30)))


def rise_at_jump(r: ScaledRun) -> float | None:
    """How far the loss rose where the rate stepped up, over the gain; 0 without a step up."""
    if _rate(r) is None:
        return None
    jump = _jump(r)
    if jump is None:
        return 0.0
    at, reach = jump[0], max(3, len(r) // 30)
    before = median(r.loss[max(0, at - reach) : max(1, at - 1)])
    after = median(r.loss[at + 1 : at + 1 + reach]) if at + 2 < len(r) else before
    return clipped((after - before) / max(r.gain, r.first - before, 1e-12), -1, 5)


def cycles(r: ScaledRun) -> float | None:
    """ln(1 + number of times the rate climbs again by half after the warm-up): restarts and cycles."""
    lr = _rate(r)
    if lr is None:
        return None
    trough, count = float(lr[int(np.argmax(lr[: max(2, len(lr) // 8)]))]), 0
    lowest = np.minimum.accumulate(np.append(trough, np.where(lr > 0, lr, np.inf)))[:-1]
    if not bool((lr > 1.5 * lowest).any()):
        return 0.0
    for value in lr.tolist():
        if value > 1.5 * trough:
            count, trough = count + 1, value
        elif 0 < value < trough:
            trough = value
    return math.log1p(count)


@of_a_run
def _above_best(r: ScaledRun) -> IntArray:
    """Where the loss lies clearly above its running best, by a fifth of the gain and three sigmas."""
    level = np.minimum(np.minimum(r.loss[:-2], r.loss[1:-1]), r.loss[2:])
    best = np.minimum.accumulate(level)
    return np.flatnonzero(level > best + 0.2 * r.gain + 3 * r.noise_between(0.0, 1.0))


def trouble_rate(r: ScaledRun) -> float | None:
    """The rate, as a share of the peak, at which the loss first rose clearly above its running best (a fifth of the
    distance to the start); 1 where it never did. Below one within a warm-up: the peak is beyond the stable limit."""
    lr = _rate(r)
    if lr is None:
        return None
    over = _above_best(r)
    return float(lr[over[0]] / np.max(lr)) if len(over) else 1.0


def trouble_time(r: ScaledRun) -> float | None:
    """When that happened, as a share of the steps, ln; 0 (the end) where it never did."""
    over = _above_best(r)
    return math.log(max(0.003, float(r.clock[over[0]]))) if len(over) else 0.0


def calm_after_early_trouble(r: ScaledRun) -> float | None:
    """Early rise (first sixth) minus later roughness, both as shares of the gain: a warm-up that was too short hurts
    once and is survived at the same rate; a rate that is too high keeps hurting."""
    cut = max(3, len(r) // 6)
    early = float(np.max(r.loss[:cut])) - r.first
    later = float(np.sum(np.maximum(0.0, differences(r.smooth[len(r.smooth) // 4 :]))))
    return clipped((early - later) / r.gain, -3, 3)


def _outweighed(value: float) -> str:
    more, less = ("early", "later") if value >= 0 else ("later", "early")
    return f"{more} trouble outweighs {less} trouble by {percent(abs(value))}"


MEASURES = (
    Measure(
        "mean_rate",
        mean_rate,
        "on average the rate was {value} of its peak",
        lambda v: percent(math.exp(v)),
        ordinary=(math.log(0.3), 0.01),
    ),
    Measure(
        "spent_share",
        spent_share,
        "for the last {value} of the steps the rate was below a hundredth of its peak",
        percent,
        absent="the rate is never spent before the end",
    ),
    Measure(
        "half_spent_at",
        half_spent_at,
        "half of the learning rate, summed over the steps, fell into the first {value} of them",
        lambda v: percent(math.exp(v)),
        ordinary=(math.log(0.2), math.log(0.6)),
    ),
    Measure(
        "gain_lost_to_decay",
        gain_lost_to_decay,
        "the rate died early, while its last doubling still brought {value} of the gain",
        percent,
    ),
    Measure(
        "jump_ratio", jump_ratio, "the rate jumped to {value} of all it had been", times, absent="the rate never jumps"
    ),
    Measure(
        "rise_at_jump",
        rise_at_jump,
        "where the rate stepped up the loss rose by {value} of the gain",
        percent,
        absent="no step up of the rate raises the loss",
    ),
    Measure(
        "cycles",
        cycles,
        "the rate climbed again {value} times",
        lambda v: f"{math.expm1(v):.0f}",
        absent="the rate never climbs again",
    ),
    Measure("trouble_rate", trouble_rate, "trouble began at {value} of the peak rate", percent),
    Measure("trouble_time", trouble_time, "trouble began after {value} of the steps", lambda v: percent(math.exp(v))),
    Measure(
        "calm_after_early_trouble",
        calm_after_early_trouble,
        "{value} of the gain",
        _outweighed,
    ),
)
