"""When the gain was made, on the clock of the steps and on that of the rate spent, and where the curve is heading."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np

from loglens.advice.features.measure import ROUNDING, Measure, clipped, of_a_run, percent, times
from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import parts
from loglens.signals.scaled import ScaledRun

EARLIEST = 2e-3
"""Shares of the run below this count as this: sixty stretches cannot tell them apart."""
POWERS = (0.15, 0.3, 0.5, 0.8, 1.2, 2.0, 3.0)
"""Exponents a power law is tried with: from the slowest language models to nearly exponential decay."""


def _reached(r: ScaledRun, share: float, clock: FloatArray) -> float:
    """ln of the share of the clock at which the level had first gained `share` of all that was gained; 0 (the end)
    where it never had."""
    gained = (r.first - np.minimum.accumulate(r.smooth)) / r.gain
    hits = np.flatnonzero(gained >= share)
    if not len(hits):
        return 0.0
    begin, end = parts(len(clock), len(gained))[int(hits[0])]
    return math.log(max(EARLIEST, float(clock[(begin + end) // 2])))


def half_gained_at(r: ScaledRun) -> float | None:
    """ln of the share of the steps by which half of the gain was made."""
    return _reached(r, 0.5, r.clock)


def four_fifths_gained_at(r: ScaledRun) -> float | None:
    """ln of the share of the steps by which four fifths of the gain were made."""
    return _reached(r, 0.8, r.clock)


def nearly_gained_at(r: ScaledRun) -> float | None:
    """ln of the share of the steps by which 95 % of the gain were made: what comes after is the floor."""
    return _reached(r, 0.95, r.clock)


def half_gained_at_lr_time(r: ScaledRun) -> float | None:
    """ln of the share of the learning rate that had been spent when half of the gain was made."""
    return None if r.lr is None else _reached(r, 0.5, r.lr_clock)


def four_fifths_gained_at_lr_time(r: ScaledRun) -> float | None:
    """ln of the share of the learning rate that had been spent when four fifths of the gain were made."""
    return None if r.lr is None else _reached(r, 0.8, r.lr_clock)


@of_a_run
def _power_law(r: ScaledRun) -> tuple[float, float]:
    """(exponent, slope) of loss = floor + slope · spent^-exponent, the best of `POWERS` by least squares over the
    levels of fourteen stretches that grow with the rate spent (saturating power law: Hestness et al. 2017). Of a loss
    that does not move, the flattest."""
    levels = np.array([r.mean_between(a, b, clock=r.lr_clock) for a, b in pairwise(_EDGES.tolist())])
    fits, rounding = [], (ROUNDING * float(np.abs(levels).max())) ** 2
    for power, columns in zip(POWERS, _columns(), strict=True):
        found = np.linalg.lstsq(columns, levels, rcond=None)[0]
        fits.append((max(rounding, float(np.sum((columns @ found - levels) ** 2))), power, float(found[1])))
    _, power, slope = min(fits)
    return power, slope


_EDGES = np.geomspace(0.04, 1.0, 14)


@cache
def _columns() -> tuple[FloatArray, ...]:
    """(13, 2) the columns of each power's fit, the same for every run."""
    middle = np.sqrt(_EDGES[:-1] * _EDGES[1:])
    return tuple(np.stack([np.ones_like(middle), middle**-power], axis=1) for power in POWERS)


def power_law_ahead(r: ScaledRun) -> float | None:
    """What four times the rate spent would bring by a saturating power law, as a share of the gain."""
    power, slope = _power_law(r)
    return clipped(slope * (1 - 4.0**-power) / r.gain, -1, 2)


def power_law_exponent(r: ScaledRun) -> float | None:
    """ln of the exponent of that power law: steep where the loss ran into its floor, flat where it still crawls."""
    return math.log(_power_law(r)[0])


def late_gain_per_rate(r: ScaledRun) -> float | None:
    """ln of the gain's share over the last fifth of the steps against the share of the rate spent in it: above zero
    where lowering the rate is what brought the gain, as a noise floor that scales with the rate does."""
    if r.lr is None:
        return None
    spent = 1 - float(r.lr_clock[min(int(np.searchsorted(r.clock, 0.8)), len(r) - 1)])
    gained = (r.mean_between(0.75, 0.85) - r.mean_between(0.93, 1.0)) / r.gain
    return math.log(max(gained, 1e-4) / max(spent, 1e-4))


def _exp(value: float) -> str:
    return percent(math.exp(value))


MEASURES = (
    Measure("half_gained_at", half_gained_at, "half of the gain was made after {value} of the steps", _exp),
    Measure(
        "four_fifths_gained_at",
        four_fifths_gained_at,
        "four fifths of the gain were made after {value} of the steps",
        _exp,
    ),
    Measure("nearly_gained_at", nearly_gained_at, "95 % of the gain were made after {value} of the steps", _exp),
    Measure(
        "half_gained_at_lr_time",
        half_gained_at_lr_time,
        "half of the gain was made with the first {value} of the learning rate, summed over the steps",
        _exp,
    ),
    Measure(
        "four_fifths_gained_at_lr_time",
        four_fifths_gained_at_lr_time,
        "four fifths of the gain were made with the first {value} of the learning rate, summed over the steps",
        _exp,
    ),
    Measure(
        "power_law_ahead",
        power_law_ahead,
        "by the power law that fits the curve, four times the steps or the rate would add {value} to the gain",
        percent,
    ),
    Measure(
        "power_law_exponent",
        power_law_exponent,
        "the loss nears its floor with the power {value} of the learning rate, summed over the steps",
        lambda v: f"-{math.exp(min(v, 3.0)):.1f}",
    ),
    Measure(
        "late_gain_per_rate",
        late_gain_per_rate,
        "the last fifth of the steps gained {value} what its share of the learning rate would",
        times,
    ),
)
