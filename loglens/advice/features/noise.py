"""The scatter of the points: how large, how it follows the learning rate, and whether neighbours alternate."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import ROUNDING, Measure, clipped, log_ratio, percent, times
from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import (
    differences,
    edge_padded,
    mean,
    median,
    parts,
    quantiles,
    stretch_medians,
)
from loglens.signals.scaled import ScaledRun


def noise_over_gain(r: ScaledRun) -> float | None:
    """ln of the scatter in the last fifth over the total gain. The noise floor of SGD is proportional to the LR
    (Mandt et al. 2017), so a high rate shows as scatter that stays large against what was learnt."""
    return log_ratio(r.noise_between(0.8, 1.0), r.gain, least=1e-9 * max(1e-12, r.gain))


def noise_over_level(r: ScaledRun) -> float | None:
    """ln of the scatter in the last fifth over the level there, for positive losses."""
    if r.end <= 0:
        return None
    return log_ratio(r.noise_between(0.8, 1.0), r.end, least=1e-6 * r.end)


def noise_trend(r: ScaledRun) -> float | None:
    """ln of the scatter in the last fifth over the scatter between 20 and 40 %."""
    return log_ratio(r.noise_between(0.8, 1.0), r.noise_between(0.2, 0.4), least=1e-9 * max(1e-12, r.gain))


def noise_follows_lr(r: ScaledRun) -> float | None:
    """The exponent with which the scatter follows the rate, over ten stretches; None where the rate hardly moves."""
    if r.lr is None or len(r) < 50:
        return None
    bounds = parts(len(r), 10)[1:]
    rates = np.array([mean(r.lr[a:b]) for a, b in bounds])
    if min(rates) <= 0 or max(rates) < 3 * min(rates):
        return None
    scatter = stretch_medians(r.moves, [(a, b - 1) for a, b in bounds]) + 1e-9 * r.gain
    return clipped(np.polyfit(np.log(rates), np.log(scatter), 1)[0], -3, 3)


def neighbours(r: ScaledRun) -> float | None:
    """Lag-1 autocorrelation of the detrended second half.

    Negative where the loss alternates between high and low: period-2 overshoot at the edge of stability (Cohen et al.
    2021). Positive where the level wanders slowly.
    """
    return _neighbours(r.loss[len(r) // 2 :])


def neighbours_early(r: ScaledRun) -> float | None:
    """The same between a tenth and half of the run, where a decaying rate is still high."""
    return _neighbours(r.loss[len(r) // 10 : len(r) // 2])


def _neighbours(part: FloatArray) -> float | None:
    if len(part) < 24:
        return None
    low, high = quantiles(part, 0.02, 0.98)
    x = np.clip(part, low, high)
    x = x - np.convolve(edge_padded(x, 7), np.ones(15) / 15, "valid")
    power = float(x @ x)
    rounding = len(x) * (ROUNDING * float(np.abs(part).max())) ** 2
    return float(x[1:] @ x[:-1]) / power if power > rounding else 0.0


def noise_against_level(r: ScaledRun) -> float | None:
    """ln of how much more the scatter changed than the level did, from the first fifth to the last, for positive
    losses: the scatter of batches goes with the loss itself, that of a rate too high stays."""
    early, late = r.level_between(0.05, 0.2), r.end
    if min(early, late) <= 0:
        return None
    least = 1e-9 * max(1e-12, r.gain)
    change = log_ratio(r.noise_between(0.8, 1.0), r.noise_between(0.05, 0.2), least=least)
    return change - (math.log(late) - math.log(early))


def wander(r: ScaledRun) -> float | None:
    """ln of the scatter of stretch means over what independent points of the same scatter would give, second half.

    Above zero: the level itself wobbles, which batch noise does not do and too high a rate does.
    """
    half = r.loss[len(r) // 2 :]
    if len(half) < 40:
        return None
    size = max(4, len(half) // 25)
    means = half[: len(half) // size * size].reshape(-1, size).mean(1)
    rest = means - np.polyval(np.polyfit(np.arange(len(means)), means, 2), np.arange(len(means)))
    expected = median(np.abs(differences(half))) * 1.4826 / math.sqrt(2 * size)
    return log_ratio(float(np.std(rest)), expected, least=1e-9 * max(1e-12, r.gain))


def wander_over_gain(r: ScaledRun) -> float | None:
    """ln of the wobble of the level over the second half (its rises), over the total gain."""
    half = r.smooth[len(r.smooth) // 2 :]
    ups = differences(half)
    return log_ratio(float(np.sqrt(np.mean(np.maximum(ups, 0.0) ** 2))), r.gain, least=1e-6 * max(1e-12, r.gain))


def tail_weight(r: ScaledRun) -> float | None:
    """Upper tail of the scatter: ln((95th percentile - median) / (median - 25th percentile)) of the detrended points.

    Heavy-tailed losses (diffusion, per-example losses) have it large all along, and are healthy.
    """
    if len(r) < 30:
        return None
    rest = r.local.x - r.local.level
    rest = rest[len(rest) // 4 :]
    low, mid, high = quantiles(rest, 0.25, 0.5, 0.95)
    return log_ratio(high - mid, mid - low, least=1e-12)


def last_drop_with_decay(r: ScaledRun) -> float | None:
    """Share of the gain made after the rate had fallen below a third of its peak, for good.

    A noise floor that scales with the rate falls when the rate steps down: much of it says the rate was high before.
    """
    if r.lr is None:
        return None
    peak = float(np.max(r.lr))
    low = r.lr >= peak / 3
    last = int(np.flatnonzero(low)[-1]) + 1
    if peak <= 0 or last >= len(r) - 3:
        return None
    at = float(r.clock[last])
    return (r.mean_between(max(0.0, at - 0.06), at) - r.mean_between(0.94, 1.0)) / r.gain


def smooth_share(r: ScaledRun) -> float | None:
    """ln of the scatter of the first tenth over the scatter of the rest: how wild the start was."""
    return log_ratio(r.noise_between(0.0, 0.1), r.noise_between(0.3, 1.0), least=1e-9 * max(1e-12, r.gain))


def _moves_up(value: float) -> str:
    share = math.exp(value)
    return f"still moves up by {percent(share)} of the gain at a time" if share >= 5e-4 else "hardly moves up any more"


MEASURES = (
    Measure(
        "noise_over_gain",
        noise_over_gain,
        "towards the end the points scatter by {value} of the gain",
        lambda v: percent(math.exp(v)),
    ),
    Measure(
        "noise_over_level",
        noise_over_level,
        "towards the end the points scatter by {value} of the level",
        lambda v: percent(math.exp(v)),
    ),
    Measure("noise_trend", noise_trend, "the scatter at the end is {value} that of the first third", times),
    Measure("noise_follows_lr", noise_follows_lr, "the scatter follows the learning rate with the power {value}"),
    Measure("neighbours", neighbours, "neighbouring points correlate by {value}"),
    Measure("neighbours_early", neighbours_early, "up to half time neighbouring points correlate by {value}"),
    Measure(
        "noise_against_level",
        noise_against_level,
        "from early on to the end the scatter changed {value} as much as the level",
        times,
    ),
    Measure("wander", wander, "the level wobbles {value} as much as batch noise would make it", times),
    Measure(
        "wander_over_gain",
        wander_over_gain,
        "the level {value}",
        _moves_up,
    ),
    Measure("tail_weight", tail_weight, "the upper tail of the scatter is {value} the lower one", times),
    Measure(
        "last_drop_with_decay", last_drop_with_decay, "{value} of the gain came once the rate had decayed", percent
    ),
    Measure("smooth_share", smooth_share, "the first tenth scatters {value} as much as the rest", times),
)
