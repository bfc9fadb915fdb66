"""What arms with other batches at the old rate say: a fault that follows its batches is the data's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglens.model.replay import Arm
from loglens.replay.bench import NEAR, STUCK, Bench
from loglens.replay.symptom import LEAST_JUMP, Reading
from loglens.replay.target import batch_order

HALF = 0.5
"""The next lower rate at most: it must keep the jumps."""
SWING, EXPLODED = 1.5, 3.0
"""How much larger the usual jumps are in the order that is to blame; and, in units of the progress, what is chance."""


def data_blame(bench: Bench) -> str:
    """Why the data is to blame although a lower rate helps as well; '' where nothing says so.

    A rate that is too high makes trouble on any batches: shuffled ones show the fault too. Data in a bad order is
    cured by shuffling alone; a bad batch is cured by leaving it out, and shuffled it takes its fault along.
    """
    skip = next((bench.reading(run) for run in bench.runs if run.arm.kind == "skip" and run.usable), None)
    shuffled = [(run.arm, bench.reading(run)) for run in bench.runs if run.arm.kind == "shuffle" and run.usable]
    reads = [read for _, read in shuffled]
    if reads and (_keeps_jumping(bench, reads, skip) or all(_cured_by_order(bench, read, skip) for read in reads)):
        return "in another order the same batches train well at the same rate: the order of the data"
    harmless = skip is not None and not skip.present and bench.same_fault and not bench.only_noise
    if harmless and shuffled and all(_followed(bench, arm, read) for arm, read in shuffled):
        return "without the suspected batches the same rate trains well; shuffled, they take the fault along: bad data"
    return ""


def _keeps_jumping(bench: Bench, shuffled: Sequence[Reading], skip: Reading | None) -> bool:
    """Whether the jumps that come again and again stay at the next lower rate, but not in any other order."""
    most = max(read.swing for read in shuffled)
    lower = [run for run in bench.lr_arms if run.arm.factor <= HALF]
    nearest = max(lower, key=lambda run: run.arm.factor, default=None)
    if nearest is None or bench.shown.swing <= LEAST_JUMP * bench.base.progress:
        return False
    if min(read.late_mean for read in shuffled) > bench.shown.late_mean - LEAST_JUMP * bench.base.progress:
        return False  # no jumps, because the network is dead
    kept = [bench.shown, bench.reading(nearest)] + ([] if skip is None else [skip])
    if any("no number" in read.signs for read in (*kept, *shuffled)):
        return False
    # how high an explosion goes is chance: jumps beyond the run's whole progress are all alike
    return all(min(read.swing, EXPLODED * bench.base.progress) > SWING * most for read in kept)


def _cured_by_order(bench: Bench, shuffled: Reading, skip: Reading | None) -> bool:
    """Whether shuffling does what neither a moderately lower rate nor leaving out the suspected batches does: the fault
    goes, or the loss of the second half falls lower than at any lower rate."""
    base, shown = bench.base, bench.shown
    if {"no number", "climbs"} & set(shuffled.signs):
        return False
    if bench.same_fault and not bench.only_noise and skip is not None and skip.present and not shuffled.present:
        return all(bench.reading(run).present for run in bench.lr_arms if run.arm.factor >= NEAR)
    lowest = min((bench.reading(run).late_mean for run in bench.lr_arms), default=np.inf)
    others = (shown.late_mean - shuffled.late_mean, lowest - shuffled.late_mean)
    return bool(others[0] > STUCK * base.progress and others[1] > 0.5 * STUCK * base.progress)


def _followed(bench: Bench, arm: Arm, read: Reading) -> bool:
    """Whether the shuffled arm jumps exactly where the control's batch has gone."""
    if bench.shown.jump_at is None or read.jump_at is None:
        return False
    order = list(batch_order(arm, bench.segment.start, bench.segment.steps))
    if bench.shown.jump_at not in order:
        return False
    return abs(bench.segment.start + order.index(bench.shown.jump_at) - read.jump_at) <= bench.segment.log_every
