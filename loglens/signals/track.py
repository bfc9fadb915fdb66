"""A series as the numerics want it: finite values only, float64, with the spacing of its points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from loglens.model.run import Aggregate, FloatArray, IntArray, Series, StepSpan, frozen_array
from loglens.signals.numerics.robust import differences, median


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """The finite points of a series.

    `steps` (n,) int64, increasing; `values` (n,) float64, all finite; `tag` the series' name; `aggregate` what one
    value stands for.
    """

    tag: str
    steps: IntArray
    values: FloatArray
    aggregate: Aggregate = "unknown"

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", frozen_array(self.steps, np.int64))
        object.__setattr__(self, "values", frozen_array(self.values, np.float64))

    def __len__(self) -> int:
        return len(self.steps)

    @classmethod
    def from_series(cls, series: Series, *, drop: IntArray | None = None) -> Self:
        """The finite points of `series`, less the steps in `drop`."""
        keep = series.finite
        if drop is not None and len(drop):
            keep = keep & ~np.isin(series.steps, drop)
        return cls(tag=series.tag, steps=series.steps[keep], values=series.values[keep], aggregate=series.aggregate)

    @cached_property
    def interval(self) -> int:
        """Steps between two points: the median gap, 1 where there are fewer than two points."""
        return max(1, int(median(differences(self.steps)))) if len(self) > 1 else 1

    @property
    def span(self) -> StepSpan:
        """First to last step; raises IndexError where the track is empty."""
        return StepSpan(start=int(self.steps[0]), end=int(self.steps[-1]))

    def index_at(self, step: float) -> int:
        """The index of the last point at or before `step` (0 where all points come later)."""
        return max(0, int(np.searchsorted(self.steps, step, side="right")) - 1)

    def at(self, steps: IntArray | FloatArray) -> FloatArray:
        """Linearly interpolated values at `steps`, (m,); constant beyond the ends; NaN where the track is empty."""
        if not len(self):
            return np.full(len(steps), np.nan)
        return np.interp(steps, self.steps, self.values)

    def between(self, first: float, last: float) -> slice:
        """The indices of the points with first <= step <= last."""
        return slice(
            int(np.searchsorted(self.steps, first, side="left")), int(np.searchsorted(self.steps, last, side="right"))
        )
