"""Where the loss is going: block medians, a robust slope with its significance, and how much of the way was covered.

The slope is `scipy.stats.theilslopes` and the significance `scipy.stats.kendalltau` on a couple of dozen medians, in a
few lines of NumPy: importing `scipy.stats` takes longer than a whole diagnosis (see `robust.py`). The tests compare.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.signals.numerics.robust import MEDIAN_ERROR, SIGMA_PER_MAD, block_bounds, mean, median, stretch_medians

BLOCKS = 24
"""A trend is judged on this many block medians: enough for a rank test, few enough to swallow correlated noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """The trend of a stretch, judged on block medians.

    `slope`: median of the pairwise slopes, per step, on the scale that was given (Theil 1950, Sen 1968). `z`: Kendall's
    S over its standard deviation sqrt(n(n-1)(2n+5)/18) (Mann 1945): below -2 it falls, above 2 it rises. `change`:
    slope times the length of the stretch. `noise`: robust scatter of the block medians about the line. `blocks`: on
    how many medians this rests.
    """

    slope: float
    z: float
    change: float
    noise: float
    blocks: int

    @property
    def falls(self) -> bool:
        return self.z < -2.0

    @property
    def rises(self) -> bool:
        return self.z > 2.0


FLAT = Trend(slope=0.0, z=0.0, change=0.0, noise=0.0, blocks=0)


def trend_of(steps: FloatArray, values: FloatArray, *, blocks: int = BLOCKS) -> Trend:
    """The trend of (n,) values over (n,) steps; `FLAT` where there are fewer than four points."""
    n = len(values)
    if n < 4:
        return FLAT
    # at least three points a block, so that a median can do its work; short logs use the points themselves
    bounds = block_bounds(n, min(blocks, n // 3) if n >= 24 else min(n, blocks))
    y = stretch_medians(values, bounds)
    x = np.array([mean(steps[a:b]) for a, b in bounds])
    upper = np.triu_indices(len(y), 1)
    rise = y[upper[1]] - y[upper[0]]
    slope = median(rise / (x[upper[1]] - x[upper[0]]))
    m = len(y)
    z = float(np.sign(rise).sum()) / math.sqrt(m * (m - 1) * (2 * m + 5) / 18)
    residual = y - slope * x
    noise = SIGMA_PER_MAD * median(np.abs(residual - median(residual)))
    return Trend(slope=slope, z=z, change=slope * float(steps[-1] - steps[0]), noise=noise, blocks=m)


@dataclass(frozen=True, kw_only=True, eq=False)
class Progress:
    """How the loss moved from the first points to the last, in the unit of the loss.

    `initial`: median of the first points, from before a blow-up where the run begins with one; `final`: median of the
    last 5 %; `best`: the lowest of the block medians and the step where it lies; `worst`: the highest of them.
    `noise`: robust point-to-point noise about the best; `initial_error`, `final_error`: standard errors.
    """

    initial: float
    final: float
    best: float
    best_step: int
    worst: float
    noise: float
    initial_error: float
    final_error: float

    @cached_property
    def gain(self) -> float:
        """What was gained at best; negative or 0 where the loss never fell below its start."""
        return self.initial - self.best

    @cached_property
    def kept(self) -> float:
        """The share of the best gain that is left at the end: 1 = all, 0 = none, negative = worse than the start."""
        return (self.initial - self.final) / self.gain if self.gain > 0 else 0.0


def progress_of(steps: IntArray, values: FloatArray, noise: FloatArray) -> Progress:
    """The progress of n >= 1 finite values with their noise (n,), both in the unit of the loss."""
    n = len(values)
    tail = max(1, min(n, max(3, n // 20) if n >= 8 else 1))
    bounds = block_bounds(n, max(1, min(2 * BLOCKS, n // 3))) if n >= 12 else [(i, i + 1) for i in range(n)]
    medians = stretch_medians(values, bounds).tolist()
    lowest = int(np.argmin(medians))
    a, b = bounds[lowest]
    best_index = a + int(np.argmin(np.abs(values[a:b] - medians[lowest])))
    initial, error = _start(values, float(noise[best_index]), float(noise[0]))
    return Progress(
        initial=initial,
        final=median(values[-tail:]),
        best=medians[lowest],
        best_step=int(steps[best_index]),
        worst=max(medians),
        noise=float(noise[best_index]),
        initial_error=error,
        final_error=MEDIAN_ERROR * median(noise[-tail:]) / math.sqrt(tail),
    )


def _start(values: FloatArray, quiet: float, noisy: float) -> tuple[float, float]:
    """The loss before training did anything, and its standard error.

    The median of the first 1 % of the points, of three at least; but the very first ones where the loss falls or blows
    up within those. `quiet`, `noisy`: the noise at the best stretch and at the start.
    """
    n = len(values)
    few, many = values[: min(n, 3)], values[: min(n, max(3, n // 100))]
    first, near, wide = float(values[0]), median(few), median(many)
    noise = max(quiet, min(noisy, 0.05 * abs(near)))
    if near > first + 5 * max(quiet, 0.05 * abs(first)) or first > near + 3 * noise:
        return first, min(noise, 0.01 * abs(first))
    if wide > near + 3 * max(noise, 0.02 * abs(near)):
        return min(first, near), min(noise, 0.01 * abs(near))
    if wide < near - 3 * noise:
        return near, noise
    return wide, MEDIAN_ERROR * noisy / math.sqrt(len(many))


def tau(values: FloatArray) -> float:
    """Kendall's tau of a short series (n,), n >= 2, with its order: 1 where every point is above all before it.
    Quadratic in n."""
    pairs = np.sign(np.subtract.outer(values, values))[np.tril_indices(len(values), -1)]
    return float(np.mean(pairs))


def growth_rate(steps: FloatArray, excess: FloatArray) -> float | None:
    """The exponential growth rate per step of an `excess` over a level: the slope of ln(excess) against the step.

    Least squares over the positive points; None where fewer than three are left. For gradient descent on a quadratic,
    a mode above the stability limit grows by |1 - lr x curvature| a step and its loss by the square of that, so that
    exp(rate / 2) is that factor.
    """
    keep = excess > 0
    if np.count_nonzero(keep) < 3:
        return None
    x, y = steps[keep].astype(np.float64), np.log(excess[keep])
    x = x - x.mean()
    norm = float(x @ x)
    return float(x @ (y - y.mean())) / norm if norm > 0 else None
