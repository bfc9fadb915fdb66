"""What a resume leaves behind: steps that go back, a level, a scatter or a rate that does not continue."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import Measure, percent
from loglens.signals.numerics.robust import median
from loglens.signals.scaled import ScaledRun


def went_back(r: ScaledRun) -> float | None:
    """1 where the log shows the run going back to an earlier step, 0 where it does not."""
    return 1.0 if r.rewinds else 0.0


def level_change_at_resume(r: ScaledRun) -> float | None:
    """How far the loss after a resume lies above the level before it, over the gain, signed root; 0 without a resume.

    Fresh Adam moments alone make a spike (BLOOM 104B; Lightning issue 10766).
    """
    best = 0.0
    for rewind in r.rewinds:
        at = int(np.searchsorted(r.steps, rewind.resumed_at))
        before, after = r.loss[max(0, at - 20) : at], r.loss[at : at + max(3, len(r) // 50)]
        if len(before) >= 3 and len(after):
            best = max(best, (float(np.max(after)) - median(before)) / r.gain)
    return math.sqrt(max(0.0, min(best, 9.0)))


MEASURES = (
    Measure("went_back", went_back, "the steps go back: the run was resumed", absent="the steps never go back"),
    Measure(
        "level_change_at_resume",
        level_change_at_resume,
        "after the resume the loss rose by {value} of the gain",
        lambda v: percent(v * v),
        absent="no resume leaves its mark on the level",
    ),
)
