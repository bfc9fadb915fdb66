"""A run as the laws of the loss want it: means of stretches of the loss, and the sum of the rates so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loglens.model.run import FloatArray, IntArray, frozen_array
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import distinct, medians
from loglens.signals.track import Track

BLOCKS = 120
"""Stretches a run is cut into: a law has six numbers, and more stretches would only share the same noise."""
FIRST_SHARE = 0.15
"""Length of a stretch at the start of a run, as a share of what lies before it."""
KNOTS = 2_000
"""Intervals of equal length in which the sum of the rates and its memory are followed."""
SMOOTH = 2
"""Neighbours on each side over which a level is averaged: five stretches are 4 % of a run."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """The loss of a run over its steps, with the rate it was trained at.

    `steps`, `loss`, `noise` (b,): the middle of each stretch, the mean of its losses, the standard error of that mean;
    `knots`, `rates` (k,): the rate over the whole run in equal steps (from 0 where the log begins late), in units of
    its `peak`, which is None where no rate is logged: then all rates are 1.
    """

    steps: FloatArray
    loss: FloatArray
    noise: FloatArray
    knots: FloatArray
    rates: FloatArray
    peak: float | None

    def __post_init__(self) -> None:
        for name in ("steps", "loss", "noise", "knots", "rates"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))

    @property
    def last(self) -> float:
        """The last step of the log."""
        return float(self.knots[-1])

    @cached_property
    def travel(self) -> FloatArray:
        """(k,) the sum of the rates up to each knot, in steps at the peak rate."""
        return travelled(self.knots, self.rates)

    @cached_property
    def level(self) -> FloatArray:
        """(b,) the loss averaged over neighbouring stretches: fewer at the start, those before it at the end."""
        places = np.arange(len(self.loss))
        reach = np.minimum(SMOOTH, places)
        sums = np.concatenate(([0.0], np.cumsum(self.loss)))
        first, after = places - reach, np.minimum(places + reach + 1, len(places))
        return np.asarray((sums[after] - sums[first]) / (after - first))

    @property
    def fall(self) -> float:
        """How far the level came down, from its first stretch to its lowest."""
        return float(self.level[0] - self.level.min())

    @property
    def end(self) -> float:
        """The level at the end of the run."""
        return float(self.level[-1])


def course_of(signals: Signals) -> Course:
    """The course of a run's judged loss; its finite points only."""
    return course(signals.loss.steps, signals.loss.values, signals.lr)


def course(steps: IntArray, values: FloatArray, rate: Track | None) -> Course:
    """The course of finite (n,) `values` of the loss at (n,) `steps`."""
    middles, means, noise = blocks(steps, values)
    first, last = float(steps[0]), float(steps[-1])
    origin = min(0.0, first)
    knots = np.linspace(origin, max(last, origin + 1.0), KNOTS + 1)
    rates = np.ones_like(knots) if rate is None else np.maximum(rate.at(knots), 0.0)
    peak = float(rates.max()) if rate is not None else None
    if not peak:
        rates, peak = np.ones_like(knots), None
    return Course(
        steps=middles, loss=means, noise=noise, knots=knots, rates=rates if peak is None else rates / peak, peak=peak
    )


def blocks(steps: IntArray, values: FloatArray, count: int = BLOCKS) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Middle, mean and standard error of stretches of a `count`-th of the points, (b,) each; the first ones are
    shorter, in proportion to what came before them, since a loss falls fastest there.

    The error comes from the second differences of neighbouring points, which a steady fall of the loss does not touch.
    """
    n = len(values)
    edges = _edges(n, max(1.0, n / count))
    sizes = np.diff(edges)
    means = np.add.reduceat(values, edges[:-1]) / sizes
    middles = np.add.reduceat(steps.astype(np.float64), edges[:-1]) / sizes
    if n < 3:
        return middles, means, np.zeros_like(means)
    bend = np.abs(np.diff(values, 2)) / (0.6745 * np.sqrt(6.0))  # of independent normal values: one standard deviation
    begins = np.maximum(0, np.minimum(edges[:-1], n - 2) - 9)
    local = medians(bend, begins, np.minimum(edges[1:] + 8, len(bend)))
    return middles, means, local / np.sqrt(sizes)


def _edges(points: int, longest: float) -> IntArray:
    edges = [0.0]
    while edges[-1] < points - 0.5:
        edges.append(edges[-1] + min(longest, max(1.0, FIRST_SHARE * edges[-1])))
    edges[-1] = points
    return distinct(np.round(edges).astype(np.int64))


def travelled(knots: FloatArray, rates: FloatArray) -> FloatArray:
    """(k,) the sum of the (k,) rates up to each knot, by the trapezoidal rule."""
    return np.concatenate(([0.0], np.cumsum(0.5 * (rates[1:] + rates[:-1]) * np.diff(knots))))
