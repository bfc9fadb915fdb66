"""What a series does: whether its values are those of a loss, a rate, a norm, a clock or a setting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, Series
from loglens.signals.numerics.robust import differences

_MANY = 5
_CLOCK_POINTS = 12
_BEGUN = 0.15
"""Share of the points within which figures that only rise are lowest."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`finite`: how many values are numbers; `low`, `high` their range; `once`: a single one; `constant`: the same
    value at all of several points; `clock`: grows by about the same amount every time; `falls`: ends below its start;
    `whole_numbers`: it counts, as clocks may; `capped`: often at its very highest, as a clipped norm is."""

    finite: int
    low: float
    high: float
    first: float
    once: bool
    constant: bool
    clock: bool
    falls: bool
    whole_numbers: bool
    capped: bool


def behaviour_of(series: Series) -> Behaviour:
    """The behaviour of a series. Linear in its length."""
    values = series.values[series.finite]
    n = len(values)
    if not n:
        return Behaviour(0, 0.0, 0.0, 0.0, False, False, False, False, False, False)
    low, high = float(values.min()), float(values.max())
    constant = n >= 2 and high - low <= 1e-9 * max(abs(high), abs(low))
    clock = False
    if n >= _CLOCK_POINTS and not constant:
        steps = differences(values)
        clock = bool((steps >= 0).all()) and float(steps.std()) <= 0.25 * float(steps.mean())
    share = max(1, n // 10)
    falls = n >= 2 and float(values[-share:].mean()) < float(values[:share].mean())
    whole_numbers = clock and bool((values[:200] == np.round(values[:200])).all())
    capped = n >= _CLOCK_POINTS and not constant and int(np.count_nonzero(values >= high * (1 - 1e-4))) > 0.3 * n
    return Behaviour(n, low, high, float(values[0]), n == 1, constant, clock, falls, whole_numbers, capped)


def looks_like(values: FloatArray) -> str | None:
    """A loss where the figures (n,) come down at any time, an accuracy where they rise from the beginning and stay
    within a hundred; None where they do neither, or are whole and never less than before, which counts something."""
    values = values[np.isfinite(values)]
    if not len(values):
        return "loss"
    if len(values) > 1 and bool(np.all(values == np.round(values)) and np.all(np.diff(values) >= 0)):
        return None
    end = float(np.median(values[-max(1, len(values) // 3) :]))
    if end <= values[0] or int(np.argmin(values)) > _BEGUN * len(values):
        return "loss"
    return "accuracy" if values.min() >= 0 and values.max() <= 100 else None
