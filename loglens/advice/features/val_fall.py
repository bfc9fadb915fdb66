"""How far the validation loss fell, and when: free of the distance to the train loss and of what is learnt at once.

Validation uses the same examples each time, so that its course is the network's own where the train loss is mostly the
scatter of batches; power laws of training are laws of that loss (Kaplan et al. 2020, Hestness et al. 2017).
"""

from __future__ import annotations

import numpy as np

from loglens.advice.features.measure import Measure, clipped, percent
from loglens.signals.scaled import ScaledRun

LEAST_VAL = 12
"""Fewer validation points than this have no tenth to begin after."""


def _levels(r: ScaledRun) -> tuple[float, float, float] | None:
    """The validation loss after a tenth, after half, and at the end of its points, means of three."""
    if r.val is None or len(r.val) < LEAST_VAL:
        return None
    tenth, half = len(r.val) // 10, len(r.val) // 2
    early, middle = r.val[max(0, tenth - 1) : tenth + 2], r.val[half - 1 : half + 2]
    return float(np.mean(early)), float(np.mean(middle)), float(np.mean(r.val[-3:]))


def val_fall_share(r: ScaledRun) -> float | None:
    """How far the validation loss fell from its first points to its last, over how far the train loss did from the same
    time on: free of the distance between the two losses, which says how hard each set is."""
    if r.val is None or r.val_at is None or len(r.val) < LEAST_VAL:
        return None
    start = float(np.mean(r.val_at[:3]))
    fall = r.level_between(max(0.0, start - 0.03), start + 0.03) - r.end
    return clipped(float(np.mean(r.val[:3]) - np.mean(r.val[-3:])) / max(fall, 0.02 * r.gain), -3, 3)


def val_fell_late(r: ScaledRun) -> float | None:
    """Share of the validation loss's fall since a tenth of its points that came in its second half. What is learnt in a
    moment at the start, such as the mean of the targets, is left out of it."""
    found = _levels(r)
    if found is None:
        return None
    early, middle, end = found
    return clipped((middle - end) / max(early - end, 0.01 * r.gain), -2.0, 1.5)


def val_fell_after_start(r: ScaledRun) -> float | None:
    """How far the validation loss fell after a tenth of its points, over the gain of the train loss."""
    found = _levels(r)
    return None if found is None else clipped((found[0] - found[2]) / r.gain, -2, 2)


MEASURES = (
    Measure(
        "val_fall_share",
        val_fall_share,
        "from its first points on the validation loss fell by {value} of what the train loss did",
        percent,
        unspoken=True,
    ),
    Measure(
        "val_fell_late",
        val_fell_late,
        "the second half brought {value} of what the validation loss fell after the first tenth",
        percent,
    ),
    Measure(
        "val_fell_after_start",
        val_fell_after_start,
        "after the first tenth the validation loss fell by {value} of the gain on the train loss",
        percent,
    ),
)
