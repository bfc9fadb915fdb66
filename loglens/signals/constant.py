"""What of a loss is a constant: the part that no training takes away.

The entropy of a language, the log-determinant of a flow, a regulariser's floor, a sum over parts of which one never
moves: a loss that falls from 12.3 to 10.1 tells the same story as one that falls from 2.3 to 0.1, but every ratio of
its levels is near one. Where a loss clearly falls and still is several times as high as its fall is deep, ratios are
taken above this constant.
"""

from __future__ import annotations

import numpy as np

from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import middle, parts, stretch_medians

LEAST_POINTS = 12
MANY_TIMES = 3.5
"""Times its whole fall that a loss still stands at where a constant is taken off."""
LEFT = 0.3
"""Of its fall, what the loss keeps above the constant at its lowest level, as losses without one do."""
CLEAR = 3.0
"""Standard deviations of the points by which the loss falls, after its first points."""
LEAST_FALL = 0.05
"""Of its start, that the loss falls by: what falls by less may have learned nothing."""
STILL = 0.3
"""Of its fall, what the second half brought at most: a loss that goes on falling has not shown what stays."""
ROSE = 0.5
"""Of its fall, what the loss stood above its start: one that blew up and came back has not learned by that."""
BEGUN = 3
"""Stretches (of sixty) that a network which only settles at the loss of guessing needs to get there."""


def constant_of(loss: FloatArray, val: FloatArray | None) -> float:
    """The constant of a loss, (n,) finite values, in its unit; 0.0 where there is none to take off. `val`: the
    validation loss, (v,) finite values, that holds the same one."""
    if len(loss) < LEAST_POINTS or not float(loss.min()) > 0:
        return 0.0
    levels = stretch_medians(loss, parts(len(loss), min(60, len(loss) // 3)))
    first, low = float(np.sort(loss[:5])[-2]), float(levels.min())
    fall = first - low
    if fall < LEAST_FALL * first or low < MANY_TIMES * fall or float(levels.max()) > first + ROSE * fall:
        return 0.0
    half = float(levels[len(levels) // 2])
    if half - low > STILL * fall:
        return 0.0
    noise = 1.4826 / np.sqrt(2) * middle(np.abs(np.diff(loss)))
    if float(levels[min(BEGUN, len(levels) - 1)]) - low <= CLEAR * noise:
        return 0.0
    lowest = min(low, float(loss.min()) + LEFT / 2 * fall, *([] if val is None else [float(val.min())]))
    return max(0.0, lowest - LEFT * fall)
