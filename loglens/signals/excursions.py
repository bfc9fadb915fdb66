"""Excursions: stretches in which a series leaves its level upwards and, mostly, comes back.

A loss spike is one; so is the beginning of a divergence. What an excursion looks like (how fast it rose, how long it
took to heal, what it left behind) is measured here; whether it is a fault is for the detectors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.signals.local import Local
from loglens.signals.log_scale_outliers import NO_OUTLIERS, LogScaleOutliers
from loglens.signals.numerics.robust import middle, rolling_median, windows
from loglens.signals.track import Track

CALM_Z = 2.0
"""Back at the level: within two sigmas of it, where every fortieth point of pure noise lies outside."""
CALM_POINTS = 3
"""... in the median of three points."""
RECENT = 5
"""A spike stands above the five points before it as well, not only above a level that lags behind a steep curve."""
SUPPORTED = 0.8
"""The share of the usual limit that suffices where a second quantity jumps at the same point; not much less, for a hard
batch has both a high loss and a large gradient."""
AFTERSHOCK = 0.1
"""A rise before an excursion has healed is one of its own from this share of the first one's height on: the noise is
not what it was before, and a loss thrown up a thousand sigmas wobbles by dozens on its way back."""
SAME_HEIGHT = 0.02
"""The peak is the first point of the unbroken stretch that lacks no more than this share of the height: a spike that
heals slowly, or a shift that stays, goes on about as high as it struck, and where it struck is what one looks for."""
MOST = 2_000
"""A run with more excursions than this has no level to leave; the highest are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """One excursion; all indices are into the track.

    `onset`: first point that left the level; `peak`: the highest; `calm`: the first point after the peak at which the
    series moves with its recent level again, be it a new one (the number of points where the log ends first);
    `recovered`: the first at which it is back at the level from before the onset, None where the log ends first.
    `height`: peak above that level, in sigmas, and the `limit` above which it is one: those of the working scale, or of
    the linear one for an excursion that stands out there alone (see `signals.log_scale_outliers`). `before`, `after`:
    the levels on both sides in the unit of the series; `shift`: their difference in sigmas of the working scale.
    """

    onset: int
    peak: int
    calm: int
    recovered: int | None
    height: float
    limit: float
    before: float
    after: float
    shift: float

    @property
    def rise_points(self) -> int:
        """Points from the last one on the level to the peak; 1 for a jump."""
        return self.peak - self.onset + 1


def excursions(
    track: Track, local: Local, *, support: IntArray | None = None, outliers: LogScaleOutliers = NO_OUTLIERS
) -> tuple[Excursion, ...]:
    """All excursions of a track in order of steps.

    `support`: indices at which another quantity (the gradient norm) is an outlier too; two independent outliers at one
    point need not be as high each. `outliers`: points that stand out on the linear scale, whatever the logarithm says.
    """
    n = len(track)
    if n < 4:
        return ()
    hot = local.z > local.limit
    if support is not None and len(support):
        hot[support] |= local.z[support] > SUPPORTED * local.limit
    hot &= _stands_above_recent(local)
    hot[outliers.at] = True
    hot[0] = False
    smooth = rolling_median(local.x, CALM_POINTS)
    calm_z = rolling_median(local.z, CALM_POINTS)
    found: list[Excursion] = []
    place = 0
    for i in np.flatnonzero(hot):
        if i < place or (found and _aftershock(local, found[-1], int(i))):
            continue
        excursion = _excursion(local, smooth, calm_z, int(i), floor=place, outliers=outliers)
        found.append(excursion)
        place = max(excursion.calm, int(i) + 1)
    if len(found) > MOST:
        highest = sorted(found, key=lambda excursion: -excursion.height)[:MOST]
        found = sorted(highest, key=lambda excursion: excursion.onset)
    return tuple(found)


def _aftershock(local: Local, last: Excursion, i: int) -> bool:
    """Whether point `i` is a wobble of the excursion before it, which has not healed yet."""
    if last.recovered is not None and last.recovered <= i:
        return False
    level = float(local.base[last.onset])
    fallen = float(local.x[i]) - float(local.base[i])
    return fallen < AFTERSHOCK * (float(local.x[last.peak]) - level)


def _stands_above_recent(local: Local) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Where a point lies half the limit above the median of the RECENT points before it, or belongs to a rise that
    began within them."""
    x = local.x
    padded = np.concatenate((np.full(RECENT, x[0]), x))
    above = x - middle(windows(padded, RECENT)[: len(x)]) > 0.5 * local.limit * local.noise
    return np.asarray(above | np.concatenate(([False], above[:-1])))


def _excursion(
    local: Local, smooth: FloatArray, calm_z: FloatArray, hit: int, *, floor: int, outliers: LogScaleOutliers
) -> Excursion:
    """The excursion around a point above the limit; nothing before index `floor` belongs to it."""
    n = len(local.x)
    onset = hit
    while onset > max(1, floor) and local.z[onset - 1] > CALM_Z and local.x[onset - 1] > local.before[onset - 1]:
        onset -= 1
    level, noise = float(local.base[onset]), float(local.noise[onset])
    calm = _first(calm_z, hit + 1, CALM_Z)
    calm = min(calm, _next_jump(local, onset, hit, calm))
    acute = local.x[onset : max(calm, hit + 1)]
    top = int(np.argmax(acute))
    lower = np.flatnonzero(acute[:top] < level + (1 - SAME_HEIGHT) * (float(acute[top]) - level))
    first = int(lower[-1]) + 1 if len(lower) else 0
    # a climb that the log cuts off has no peak yet
    peak = onset + (first if onset + top < n - 2 else top)
    back = _first(smooth, peak + 1, level + CALM_Z * noise)
    recovered = back if back < n else None
    settled = local.x[calm : calm + max(local.window, 2 * CALM_POINTS)]
    after = float(middle(settled)) if len(settled) >= CALM_POINTS else float(local.x[-1])
    height, limit = float((local.x[peak] - level) / noise), local.limit
    if height <= limit and peak in outliers.at:
        height, limit = float(outliers.z[peak]), float(outliers.limit[peak])
    return Excursion(
        onset=onset,
        peak=peak,
        calm=calm,
        recovered=recovered,
        height=height,
        limit=limit,
        before=float(local.to_values(level)),
        after=float(local.to_values(after)),
        shift=float((after - level) / noise),
    )


def _first(values: FloatArray, start: int, limit: float) -> int:
    """The first index from `start` on at which `values` is at or below `limit`; their number where none is."""
    hits = np.flatnonzero(values[start : start + 512] <= limit)
    if not len(hits):
        hits = np.flatnonzero(values[start:] <= limit)
    return start + int(hits[0]) if len(hits) else len(values)


def _next_jump(local: Local, onset: int, hit: int, calm: int) -> int:
    """Where a second jump comes before the first has healed: the first point after the peak that stands a whole limit
    above both points before it, which had come down from the peak by as much, and `AFTERSHOCK` of the first
    jump's height."""
    x, least = local.x, local.limit * local.noise
    top = float(x[onset : hit + 1].max())
    least = np.maximum(least, AFTERSHOCK * (top - float(local.base[onset])))
    for j in range(hit + 2, min(calm, len(x), hit + 4 * local.window)):
        recent = float(x[max(onset, j - 2) : j].max())
        if x[j] > recent + least[j] and recent < top - 0.5 * least[j]:
            return j
        top = max(top, float(x[j]))
    return calm
