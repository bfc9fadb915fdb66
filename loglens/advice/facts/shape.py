"""Where a loss began, how low it came and where it ended, at any length of the log: what the facts of its course rest
on. The fitted evidence wants a dozen points; most of what people post has fewer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, median, parts, sigma, stretch_medians

SCATTERED = 4.0
"""Sigmas within which a first value is one of the scatter's."""
SHORT = 12
"""Points below which single values stand for levels."""
CLEAR = 6.0
"""Standard errors that make a difference of levels beyond doubt."""
FLAT = 0.02
"""Scatter over level up to which the last half of a log is flat."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LossShape:
    """`steps`, `loss` (n,): the finite points of the judged loss, n >= 1. `constant`: what of it no training takes
    away."""

    steps: IntArray
    loss: FloatArray
    constant: float = 0.0

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def short(self) -> bool:
        return len(self) < SHORT

    @cached_property
    def noise(self) -> float:
        """Point-to-point noise, blind to a trend; the smaller of those of the first and the second half, for a blow-up
        in one of them is no noise. 0 where there are too few points to tell."""
        if len(self) < 6:
            return 0.0
        half = len(self) // 2
        parts = [self.loss[:half], self.loss[half:]]
        return min(float(sigma(differences(part)) / np.sqrt(2.0)) for part in parts)

    @cached_property
    def size(self) -> int:
        """Points a level is taken from: one of a short log, else a twentieth of the log, three at least."""
        return 1 if self.short else max(3, min(len(self) // 20, 200))

    @cached_property
    def first(self) -> float:
        """The loss before training did anything: the first value, or the median of the first points where it lies
        within the scatter of those."""
        first = float(self.loss[0])
        if self.short:
            return first
        near = self.loss[: max(5, self.size)]
        scatter = float(sigma(differences(self.loss[: max(12, 2 * self.size)]))) / np.sqrt(2.0)
        return median(near) if abs(first - median(near)) <= SCATTERED * scatter else first

    @property
    def began(self) -> float:
        """What a reader of the curve sees it fall from: its first point where that stands above the level there."""
        return max(self.first, float(self.loss[0]))

    @cached_property
    def levels(self) -> FloatArray:
        """(m,) medians of stretches of `size` points."""
        return stretch_medians(self.loss, parts(len(self), max(1, len(self) // self.size)))

    @cached_property
    def end(self) -> float:
        return median(self.loss[-self.size :])

    @cached_property
    def low_at(self) -> int:
        """The index of the first point of the lowest stretch."""
        place = int(np.argmin(self.levels))
        return parts(len(self), len(self.levels))[place][0]

    @cached_property
    def low(self) -> float:
        return float(self.levels.min())

    @cached_property
    def error(self) -> float:
        """Standard error of a level."""
        return 1.25 * self.noise / float(np.sqrt(self.size))

    @property
    def gain(self) -> float:
        return self.first - self.low


def shape_of(signals: Signals) -> LossShape:
    return LossShape(steps=signals.loss.steps, loss=signals.loss.values, constant=signals.constant)
