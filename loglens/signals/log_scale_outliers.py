"""Points that a logarithm hides.

Near its floor a classification loss scatters over two decades: most batches are learned (0.01), some are not (0.3). On
a log scale that scatter is the noise, and a batch whose loss is higher than the untrained model's, a hundred times the
level, stands three sigmas above it. On the linear scale it is what it looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.signals.local import Local, local_noise, outlier_limit

MARGIN = 0.5
"""The limit assumes a tail that falls exponentially. On the linear scale noise of sigma s on the log scale has a
heavier one, so the limit is set 1 + s / 2 times as high: right for a log-normal of 0.25, low by a quarter at 1."""
UNLEARNED = 0.6
"""Healthy noise hardly ever reaches the loss of the untrained model: a point counts from this share of all that had
been gained on, counted from its level ..."""
LEARNED = 3.0
"""... where the model has learned: the untrained loss is so many times the level at least. Where it has not, a point
counts that gives up all that had been gained and whose noise is small enough (`MILD`) for both scales to agree."""
MILD = 0.3
UNDONE = 2.0
"""A point that loses twice all that had been gained is no scatter of a model that has halved its loss (`HALVED`),
whatever the noise."""
HALVED = 2.0
SUPPORTED = 0.5
"""The share of either that suffices where the gradient norm jumps at the same point."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogScaleOutliers:
    """`at`: indices of the outliers, (k,); `z`: heights above the level in sigmas of the linear scale, (n,);
    `limit`: the z above which a point is one, (n,)."""

    at: IntArray
    z: FloatArray
    limit: FloatArray


NO_OUTLIERS = LogScaleOutliers(at=np.zeros(0, dtype=np.int64), z=np.zeros(0), limit=np.zeros(0))


def log_scale_outliers(values: FloatArray, local: Local, *, initial: float, support: IntArray) -> LogScaleOutliers:
    """The outliers on the linear scale of a series judged on a log scale; none of one judged on a linear scale.

    `initial`: the value before training did anything. `support`: indices at which the gradient norm is an outlier.
    """
    n = len(values)
    if not local.log or n < 4 * local.window:
        return NO_OUTLIERS
    # from the higher of the two levels: on a steep curve the lower one makes an outlier of any noise
    level, base = local.to_values(local.level), local.to_values(np.maximum(local.before, local.level))
    noise = local_noise(values, level, local.window)
    z = (values - base) / noise
    tail = outlier_limit(((values - level) / noise)[local.window :])
    limit = tail * (1 + MARGIN * local.noise)
    share = np.ones(n)
    share[support] = SUPPORTED
    far = z > share * limit
    lost, gained = values - base, np.maximum(initial - base, 0.0)
    above, start = base - local.constant, initial - local.constant
    learned = (above < start / LEARNED) & (lost > share * UNLEARNED * gained)
    either = learned | ((local.noise < MILD) & (lost > gained) & (gained > 0))
    far &= (either & (local.z > 0.5 * local.limit)) | ((lost > UNDONE * gained) & (above < start / HALVED))
    return LogScaleOutliers(at=np.flatnonzero(far), z=z, limit=limit)
