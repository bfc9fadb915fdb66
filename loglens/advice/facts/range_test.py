"""An LR range test: a short run whose rate rises evenly over decades, to find the rate at which to train (Smith 2017).

Its blow-up is the measurement, not a fault. A warm-up rises as well, but in a straight line and to a rate that trains;
a range test multiplies the rate by the same factor at every step.
"""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.facts import say
from loglens.model.fact import Fact
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import rolling_median, sigma

DECADES = 2.0
"""Decades at least over which the rate rises."""
EVEN = 0.05
"""The rate's logarithm lies this near a straight line, as a share of its rise."""
LEAST_POINTS = 12
LAST = 0.98
"""The log ends within this share of the highest rate: afterwards nothing is trained."""
BLOWN = 0.3
"""Share of the fall by which the loss has risen again where it is said to blow up."""
BELOW = 10.0
"""The usual choice is a tenth of the rate at which the loss was lowest."""


def range_test(signals: Signals) -> Fact | None:
    """The fact that a log is a range test, with the rate it suggests; None for any other run."""
    lr, series = signals.lr, signals.series
    if lr is None or len(lr) < LEAST_POINTS or len(signals.loss) < LEAST_POINTS or not _rises_evenly(lr.values):
        return None
    rates = signals.lr_at(signals.loss.steps)
    if rates is None or not bool(np.all(rates > 0)):
        return None
    # a single lucky batch is no minimum
    level = rolling_median(signals.loss.values, max(3, len(signals.loss) // 20 | 1))
    lowest = int(np.argmin(level))
    fell = float(level[: max(3, len(level) // 10)].max() - level[lowest])
    said = f"The rate rises evenly from {say.rate(float(lr.values[0]))} to {say.rate(float(lr.values[-1]))} over the "
    said += "log: this is an LR range test, not a training."
    if fell <= 3 * _noise(signals.loss.values) or lowest < 2:
        return say.fact("lr_range_test", f"{said} The loss never falls in it: it suggests no rate.", series=series.tag)
    blows = not bool(series.finite[-1]) or float(level[lowest:].max()) - float(level[lowest]) > BLOWN * fell
    if not blows:
        text = f"{said} The loss still falls at the highest rate: the limit lies above it."
        return say.fact("lr_range_test", text, series=series.tag)
    suggested = float(rates[lowest]) / BELOW
    text = (
        f"{said} The loss is lowest at a rate of {say.rate(float(rates[lowest]))} and rises after it; a tenth of that, "
        f"{say.rate(suggested)}, is the usual peak rate to train with."
    )
    return say.fact("lr_range_test", text, series=series.tag, suggested=float(f"{suggested:.2g}"))


def _rises_evenly(rates: FloatArray) -> bool:
    if not bool(np.all(rates > 0)) or rates[-1] < LAST * rates.max() or bool(np.any(np.diff(rates) < 0)):
        return False
    grown = np.log10(rates / rates[0])
    if grown[-1] < DECADES:
        return False
    line = np.linspace(0.0, grown[-1], len(grown))
    return bool(np.max(np.abs(grown - line)) <= EVEN * grown[-1])


def _noise(values: FloatArray) -> float:
    """Scatter of the first third, before anything blows up."""
    first = values[: max(4, len(values) // 3)]
    return float(sigma(np.diff(first))) / math.sqrt(2.0)
