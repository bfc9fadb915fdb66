"""Instability on the scale of the run: rises above the start, chance-level plateaus, ends far above the best."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import Measure, clipped, log_ratio, percent, times, unlog1p
from loglens.signals.numerics.robust import differences, median, windows
from loglens.signals.scaled import ScaledRun


def _rise(r: ScaledRun, values: np.ndarray) -> float:
    """ln of how far `values` rise above the start, in units of the start's own distance to the lowest level."""
    span = max(r.first - r.low, 0.02 * abs(r.first), 1e-9)
    return math.log1p(max(0.0, float(np.max(values, initial=r.first)) - r.first) / span)


def early_rise(r: ScaledRun) -> float | None:
    """How far the loss rose above its first value within the first 15 %, ln(1 + rise / gain).

    Training above the stability limit 2/sharpness first goes up ("catapult", Lewkowycz et al. 2020).
    """
    return _rise(r, r.loss[: max(3, int(0.15 * len(r)))])


def later_rise(r: ScaledRun) -> float | None:
    """The same for the rest of the run, three points at a time, so that one bad batch does not count."""
    rest = r.loss[max(3, int(0.15 * len(r))) :]
    if len(rest) < 6:
        return None
    return _rise(r, np.minimum(np.minimum(rest[:-2], rest[1:-1]), rest[2:]))


def share_above_start(r: ScaledRun) -> float | None:
    """Share of the points after the first twentieth that lie above the first loss."""
    return float(np.mean(r.loss[int(0.05 * len(r)) :] > r.first))


def end_above_best(r: ScaledRun) -> float | None:
    """How much of the gain was lost again: (end - lowest level) / (start - lowest level), at most 3."""
    return min(3.0, (r.end - r.low) / r.gain)


def end_against_start(r: ScaledRun) -> float | None:
    """How far the end lies from the start, ln(1 + |end - start| / |start|) signed: above zero where the run ended above
    its start."""
    span = max(abs(r.first), 1e-9)
    return math.copysign(math.log1p(abs(r.end - r.first) / span), r.end - r.first)


def stuck_at_start_level(r: ScaledRun) -> float | None:
    """How little the second half differs from the first loss: -ln(|median difference| / |start|).

    A classifier whose units died or saturated in an early blow-up sits at the entropy of its labels, ln k, which is
    where it began (Wortsman et al. 2023 and the DeepOBS runs at high rates show it).
    """
    gap = abs(median(r.loss[len(r) // 2 :]) - r.first) / max(abs(r.first), 1e-9)
    return -math.log(max(gap, 1e-4))


def blown_then_stuck(r: ScaledRun) -> float | None:
    """An early rise above the start, times how flat the level is afterwards: the chance-level plateau after a
    blow-up."""
    later = r.smooth[len(r.smooth) // 4 :]
    flat = 1.0 / (1.0 + 20.0 * float(np.ptp(later)) / max(abs(r.first), 1e-9))
    return flat * (early_rise(r) or 0.0)


def rise_over_noise(r: ScaledRun) -> float | None:
    """ln(1 + the highest point of the first fifth over the start, in units of the later scatter): a network that is
    dead from the first step has only scatter there, one that was thrown off has a blow-up."""
    noise = max(r.noise_between(0.3, 1.0), 1e-6 * abs(r.first), 1e-12)
    return math.log1p(max(0.0, float(np.max(r.loss[: max(3, len(r) // 5)])) - r.first) / noise)


def early_roughness(r: ScaledRun) -> float | None:
    """The largest point of the first tenth over the first loss, as ln of the ratio of the distances to the lowest."""
    part = r.loss[1 : max(4, len(r) // 10)]
    return log_ratio(float(np.max(part)) - r.low + 1e-3 * r.gain, r.gain)


def climbs(r: ScaledRun) -> float | None:
    """Sum of all rises of the smooth level over the sum of its falls, ln: a run that is thrown back again and again."""
    changes = differences(r.smooth)
    up, down = float(changes[changes > 0].sum()), float(-changes[changes < 0].sum())
    return math.log((up + 0.003 * r.gain) / (down + 0.003 * r.gain))


def largest_climb(r: ScaledRun) -> float | None:
    """The largest lasting rise: the most that the level after any moment lies above the level before, over the gain.

    Compares the lower quartile of the next fifth with the median of what came just before, so that a spike that heals
    does not count.
    """
    m = len(r.smooth)
    reach = max(2, m // 5)
    if m < reach + 3:
        return 0.0
    ahead = np.sort(windows(r.smooth[2:], reach), axis=1)[:, reach // 4]
    before = np.minimum(np.minimum(r.smooth[:-2], r.smooth[1:-1]), np.append(np.inf, r.smooth[:-3]))
    return clipped(np.max(ahead - before[: len(ahead)]) / r.gain, 0.0, 5.0)


def climb_abruptness(r: ScaledRun) -> float | None:
    """How much of the largest climb happens within one sixtieth of the run: a jump is abrupt, a drift is not. Zero
    where nothing climbs by a tenth of the gain."""
    climb = largest_climb(r) or 0.0
    return float(min(1.0, np.max(differences(r.smooth)) / (climb * r.gain))) if climb >= 0.1 else 0.0


def went_non_finite(r: ScaledRun) -> float | None:
    """Share of the losses that are not finite, on a scale from 0 (none) to 1 (a hundredth or more)."""
    return min(1.0, 100 * r.lost)


MEASURES = (
    Measure(
        "early_rise",
        early_rise,
        "early on the loss rose above its start by {value} of the gain",
        lambda v: percent(math.expm1(v)),
        absent="early on the loss does not rise above its start",
    ),
    Measure(
        "later_rise",
        later_rise,
        "later the loss rose above its start by {value} of the gain",
        lambda v: percent(math.expm1(v)),
        absent="later the loss does not rise above its start",
    ),
    Measure(
        "share_above_start",
        share_above_start,
        "{value} of the points lie above the first loss",
        percent,
        absent="no point lies above the first loss",
    ),
    Measure(
        "end_above_best",
        end_above_best,
        "the run ended above its best level by {value} of the gain",
        percent,
        absent="the run ends at its best level",
    ),
    Measure(
        "end_against_start",
        end_against_start,
        "the loss ended {value} than it began",
        lambda v: f"{percent(math.expm1(abs(v)))} {'higher' if v > 0 else 'lower'}",
    ),
    Measure(
        "stuck_at_start_level",
        stuck_at_start_level,
        "the second half stays within {value} of the first loss",
        lambda v: percent(math.exp(-v)),
    ),
    Measure(
        "blown_then_stuck",
        blown_then_stuck,
        "an early blow-up is followed by a flat level",
        absent="no early blow-up is followed by a flat level",
    ),
    Measure(
        "rise_over_noise",
        rise_over_noise,
        "early on the loss rose above its start by {value} times its scatter",
        unlog1p,
        absent="early on the loss does not rise above its start",
    ),
    Measure(
        "early_roughness",
        early_roughness,
        "the highest early point lies {value} as far above the best level as the start",
        times,
        unspoken=True,
    ),
    Measure("climbs", climbs, "the rises of the level come to {value} of its falls", lambda v: percent(math.exp(v))),
    Measure(
        "largest_climb",
        largest_climb,
        "the level rose for good by {value} of the gain",
        percent,
        absent="the level never rises for good",
    ),
    Measure("climb_abruptness", climb_abruptness, "{value} of that climb happened at once", percent),
    Measure(
        "went_non_finite", went_non_finite, "the loss is NaN or infinite in places", absent="the loss stays finite"
    ),
)
