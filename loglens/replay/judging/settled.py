"""When an arm may end early: its loss has climbed so far, and stayed there, that nothing it does afterwards makes it an
arm without the fault.

Only what is broken is certain, and only where no orders of the data are compared, which takes whole arms. An arm that
trains well is run to its end, because the largest rate that works falls as training goes on: many an arm passes the
place where the control broke and breaks later. `python -m tests.lab.replay.early` measures it.
"""

from __future__ import annotations

import math

import numpy as np

from loglens.model.results.replay import Segment
from loglens.replay.drivers.stop_rule import WIDTH, StopRule
from loglens.replay.judging.comparison import CURED, Bench, Original
from loglens.replay.judging.limit import NOISE_SIGMA, RISE, climb

BEYOND = 4.0
"""How many times the climb that counts as a fault, an arm must have climbed."""
GONE = 0.5
"""Of the run's whole progress, how far above its first loss an arm must lie as well: by the climb alone, two of 72
replays on tasks not tuned on came to another rate, because an arm came back and ended as the best."""
LOST = 1.0
"""Of the run's whole progress, how far above its first loss a control must lie to have shown the fault beyond doubt."""
SAME = 0.5
"""Of the rise in the log, what it must reach for that: twice what `SAME_FAULT` asks."""
RECENT = 5
"""Points at the end of a log whose median says whether it came back by itself."""


def rule_for_control(segment: Segment, original: Original) -> StopRule | None:
    """For the exact control, of which only the log is known; None where the log came back by itself."""
    finite = original.losses[np.isfinite(original.losses)]
    top = float(finite.max())
    floor = max(
        original.first + LOST * (original.first - original.best), original.best + SAME * (top - original.best)
    )  # fmt: skip
    last = original.losses[-RECENT:]
    back = bool(np.isfinite(last).all()) and float(np.median(last)) <= floor
    return None if back else StopRule(onset=segment.onset, rise=0.0, floor=floor)


def rule_for_others(bench: Bench, original: Original) -> StopRule:
    """For arms that are compared with the exact control: by the limits that a good arm must keep (`Bench.good`)."""
    progress = bench.base.progress
    left = CURED * min(climb(bench.control, bench.segment.onset, bench.noise), 2 * progress)
    noise = NOISE_SIGMA * bench.base.sigma / math.sqrt(WIDTH)
    rise = BEYOND * max(RISE * progress, left, noise)
    return StopRule(onset=bench.segment.onset, rise=rise, floor=original.first + GONE * progress)
