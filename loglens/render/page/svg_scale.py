"""From values and steps to places in a picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Scale:
    """Linear or logarithmic map of [low, high] onto [start, end]."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, values: FloatArray) -> FloatArray:
        """(n,) positions; outside the range they are clipped, so that coordinates stay small."""
        low, high = (math.log10(self.low), math.log10(self.high)) if self.logarithmic else (self.low, self.high)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            at = np.log10(values) if self.logarithmic else values
            share = (at - low) / (high - low)
        placed: FloatArray = self.start + np.minimum(np.maximum(share, -0.05), 1.05) * (self.end - self.start)
        return placed

    def at(self, value: float) -> float:
        if self.logarithmic or not math.isfinite(value):
            return round(float(self(np.array([value]))[0]), 1)
        if self.high == self.low:
            return round(float(self(np.array([value]))[0]), 1)
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + min(max(share, -0.05), 1.05) * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class StepScale:
    """Positions of steps, reckoned from the first one: floats cannot tell neighbours above 2^53 apart."""

    origin: int
    scale: Scale

    def __call__(self, steps: IntArray) -> FloatArray:
        """(n,) steps, none below the origin. Unsigned, because a distance may be larger than any int64."""
        return self.scale((steps.view(np.uint64) - np.uint64(self.origin % 2**64)).astype(np.float64))

    def at(self, step: int) -> float:
        return self.scale.at(float(step - self.origin))
