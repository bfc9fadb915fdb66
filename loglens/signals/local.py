"""Level and noise of a series as they change along the run, and how far each point lies above them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import (
    SIGMA_PER_DIFFERENCE,
    SIGMA_PER_MAD,
    block_medians,
    differences,
    knot_median,
    median,
    odd_window,
    quantiles,
    resolution,
    rolling_median,
    row_medians,
    tail_limit,
    trailing_median,
)

WILD_RATIO = 1e4
"""So is one with points four decades above its middle: on a linear scale they would be all there is."""
LEAST_NOISE = 1e-300
"""Of the largest value."""
WINDOW_SHARE = 0.04
"""A level window covers 4 % of the points: short against the course of a training, long against a spike."""
NOISE_WINDOWS = 4
"""The noise is estimated over four level windows: a MAD of m points is uncertain by 1.2 / sqrt(m)."""
LOG_RANGE = 10.0
"""A positive series whose level spans more than a decade is judged by ratios, whatever its noise looks like."""
FALSE_ALARMS = 0.05
"""Points of pure noise per run that may pass for an outlier: one run in twenty shows one."""
LEAST_Z = 5.0
CLUSTER_GAP, CLUSTER_POINTS = 2, 3
"""Points above LEAST_Z at most so far apart, and at least so many, are one event: a tail is made of events."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Local:
    """Local statistics of n points, all arrays (n,).

    `log`: the working scale is ln(value), so that noise and heights are ratios. `x`: values on the working scale.
    `level`: centred median; `before`: median of the window before the point; `base`: the lower of the two, the level
    a rise is measured from (a falling curve is measured from its centre, a jump from what went before).
    `noise`: robust standard deviation. `z` = (x - base) / noise. `limit`: the z above which a point is an outlier of
    this series (see `robust.tail_limit`). `window`: points of the level window. `constant`: what was taken off the
    values before (see `signals.constant`).
    """

    log: bool
    x: FloatArray
    level: FloatArray
    before: FloatArray
    base: FloatArray
    noise: FloatArray
    z: FloatArray
    limit: float
    window: int
    constant: float = 0.0

    def to_values(self, x: FloatArray | float) -> FloatArray:
        """From the working scale back to the unit of the series."""
        array = np.asarray(x, dtype=np.float64)
        return self.constant + (np.exp(np.minimum(array, 700.0)) if self.log else array)

    def to_scale(self, value: float) -> float:
        """A value of the series on the working scale."""
        return math.log(value - self.constant) if self.log else value - self.constant


def local_statistics(values: FloatArray, constant: float = 0.0) -> Local:
    """Level, noise and z of a finite series, above a `constant`; cost O(n window)."""
    if constant:
        values = values - constant
    log = prefers_log(values)
    x = np.log(np.maximum(values, _floor(values))) if log else values
    window = odd_window(len(x), WINDOW_SHARE)
    level = rolling_median(x, window)
    before = trailing_median(x, window, centred=level)
    base = np.minimum(before, level)
    # a noise of a subnormal number would make the distance over it infinite
    noise = np.maximum(local_noise(x, level, window), LEAST_NOISE * float(np.abs(x).max(initial=0.0)))
    # the tail is that of the distances from the centred level, which follows slow events that `base` does not; the
    # first window is left out, where a falling curve bends within it
    limit = outlier_limit(((x - level) / noise)[window if len(x) > 4 * window else 0 :])
    return Local(
        log=log,
        x=x,
        level=level,
        before=before,
        base=base,
        noise=noise,
        z=(x - base) / noise,
        limit=limit,
        window=window,
        constant=constant,
    )


def outlier_limit(z: FloatArray) -> float:
    """`tail_limit` of what is left when the outliers themselves are set aside (two rounds settle it).

    `z` in order of steps: a few spikes that take hundreds of points to heal are a few events, not a heavy tail.
    """
    z = np.sort(_declustered(z))
    kept = z
    limit = math.inf
    for _ in range(3):
        lower = tail_limit(kept, false_alarms=FALSE_ALARMS, least=LEAST_Z)
        if lower >= limit:
            break
        limit = lower
        kept = z[: z.searchsorted(limit, "right")]
    return limit if math.isfinite(limit) else LEAST_Z


def _declustered(z: FloatArray) -> FloatArray:
    """`z` with every cluster of outliers reduced to its highest point (runs declustering; Coles 2001, 5.3.2)."""
    hot = np.flatnonzero(z > LEAST_Z)
    if len(hot) < CLUSTER_POINTS:
        return z
    keep = np.ones(len(z), dtype=np.bool_)
    for cluster in np.split(hot, np.flatnonzero(differences(hot) > CLUSTER_GAP) + 1):
        if len(cluster) >= CLUSTER_POINTS:
            keep[cluster[0] : cluster[-1] + 1] = False
            keep[cluster[np.argmax(z[cluster])]] = True
    return z[keep]


def local_noise(x: FloatArray, level: FloatArray, window: int) -> FloatArray:
    """The larger of two robust estimates over four windows: spread about the level (sees slow wobble, shrinks when the
    window is short) and spread of neighbouring differences (blind to trend, underestimates slow wobble).

    Never below the resolution of the log, nor below a fiftieth of the run's median noise: a stretch that happens to
    repeat one rounded value must not turn its next step into an outlier.
    """
    n = len(x)
    if n < 3:
        return np.full(n, _tiny(x))
    wide = min(n, NOISE_WINDOWS * window + 1)
    spread = SIGMA_PER_MAD * knot_median(np.abs(x - level), wide)
    steps = np.abs(differences(x))
    moved = SIGMA_PER_DIFFERENCE * knot_median(np.append(steps, steps[-1]), wide)
    noise = np.maximum(spread, moved)
    floor = max(0.02 * median(noise), 0.3 * resolution(x), _tiny(x))
    return np.maximum(noise, floor)


def prefers_log(values: FloatArray) -> bool:
    """Whether ratios describe the series better than differences.

    True for a positive series whose block medians span more than a decade; otherwise where the points of short blocks
    lie more symmetrically about their median on the log scale than on the linear one.
    """
    n = len(values)
    if n < 4 or np.count_nonzero(values <= 0) > 0.02 * n:
        return False
    positive = np.maximum(values, _floor(values))
    medians = block_medians(positive, max(4, min(64, n // 8)))
    if medians.max() > LOG_RANGE * medians.min() or positive.max() > WILD_RATIO * median(medians):
        return True
    return _skewness(np.log(positive)) < _skewness(positive)


def _skewness(x: FloatArray) -> float:
    """|quantile skewness| of the points about the median of their block (Bowley's measure at 10 % and 90 %)."""
    size = max(4, min(32, len(x) // 4))
    blocks = x[: len(x) // size * size].reshape(-1, size)
    about = blocks - row_medians(blocks)[:, None]
    spread = row_medians(np.abs(about))[:, None]
    about = about / np.where(spread > 0, spread, 1.0)
    low, high = quantiles(about.ravel(), 0.1, 0.9)
    return abs(high + low) / max(high - low, 1e-12)


def _floor(values: FloatArray) -> float:
    """What stands in for exact zeros on a log scale: the smallest positive value."""
    positive = values[values > 0]
    return float(positive.min()) if positive.size else 1.0


def _tiny(x: FloatArray) -> float:
    """A noise that is never zero and never matters: float32's relative precision."""
    return max(1e-300, 1e-7 * median(np.abs(x))) if len(x) else 1e-300
