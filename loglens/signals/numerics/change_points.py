"""Where the level of a series shifts within a few points and stays shifted."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray
from loglens.signals.local import Local
from loglens.signals.numerics.robust import MEDIAN_ERROR, trailing_median
from loglens.signals.track import Track

SHIFT_Z = 6.0
"""A shift counts at six standard errors of the difference of two medians."""
SHARP = 2.5
"""... and only where it is 2.5 times what the curve does within as many points on either side: a slope is no shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """A level shift: the first point of the new level. `before`, `after`: medians on both sides, in the unit of the
    series; `shift`: their distance in sigmas of the noise (negative: downwards); `z`: its significance."""

    index: int
    step: int
    before: float
    after: float
    shift: float
    z: float


def change_points(track: Track, local: Local) -> tuple[ChangePoint, ...]:
    """Level shifts of a track, strongest neighbours suppressed, in order of steps.

    The medians of `window` points before and after each point are compared. Both windows slide, so that a curve with
    a trend shifts a little everywhere; a change point has to stand out from that.
    """
    n, window = len(track), min(max(local.window, 5), max(2, len(track) // 6))
    if n < 12:
        return ()
    x = local.x
    before = trailing_median(x, window)
    after = np.append(before[window:], np.full(min(window, n), np.nan))[:n]
    shift = after - before
    shift[:window] = 0.0
    shift = np.where(np.isfinite(shift), shift, 0.0)
    expected, trend = _neighbouring(shift, window)
    # two medians, and half of each of the two pairs beside them
    error = local.noise * MEDIAN_ERROR * math.sqrt(2.0 / window) * math.sqrt(1.5)
    z = (shift - expected) / error
    candidate = (np.abs(z) > SHIFT_Z) & (np.abs(shift) > SHARP * trend) & (np.abs(shift) > local.noise)
    return tuple(_point(track, local, before, after, z, i) for i in _peaks(np.abs(shift), candidate, window))


def _neighbouring(shift: FloatArray, window: int) -> tuple[FloatArray, FloatArray]:
    """What the level does on its own, from the two shifts that share no point with this one: their mean (n,), and the
    smaller of their sizes (n,). At an end there is only one, and it counts for both."""
    n = len(shift)
    left, right = np.full(n, np.nan), np.full(n, np.nan)
    left[2 * window :] = shift[window:-window]
    right[: n - 2 * window] = shift[window : n - window]
    left, right = np.where(np.isnan(left), right, left), np.where(np.isnan(right), left, right)
    mean = np.nan_to_num((left + right) / 2)
    return mean, np.nan_to_num(np.minimum(np.abs(left), np.abs(right)))


def _peaks(height: FloatArray, candidate: np.ndarray[tuple[int], np.dtype[np.bool_]], window: int) -> list[int]:
    """The highest candidates that lie a window or more apart."""
    left = np.where(candidate, height, 0.0)
    chosen: list[int] = []
    for _ in range(64):
        i = int(np.argmax(left))
        if left[i] <= 0:
            break
        chosen.append(i)
        left[max(0, i - window) : i + window + 1] = 0.0
    return sorted(chosen)


def _point(track: Track, local: Local, before: FloatArray, after: FloatArray, z: FloatArray, index: int) -> ChangePoint:
    """The change point at about `index`, moved to where the points actually cross halfway between the two levels."""
    half = (before[index] + after[index]) / 2
    reach = max(2, local.window // 4)
    first, last = max(1, index - reach), min(len(track) - 1, index + reach)
    near = local.x[first - 1 : last + 1]
    beyond = near > half if after[index] > before[index] else near < half
    crossings = np.flatnonzero(beyond[1:] & ~beyond[:-1])
    place = index if not len(crossings) else first + int(crossings[np.argmin(np.abs(crossings + first - index))])
    return ChangePoint(
        index=place,
        step=int(track.steps[place]),
        before=float(local.to_values(before[index])),
        after=float(local.to_values(after[index])),
        shift=float((after[index] - before[index]) / local.noise[index]),
        z=float(z[index]),
    )
