"""What arms with other batches at the old rate say: a fault that follows its batches is the data's."""

from __future__ import annotations

import numpy as np

from loglens.model.replay import Arm
from loglens.replay.bench import STUCK, Bench
from loglens.replay.symptom import LEAST_JUMP, Reading
from loglens.replay.target import batch_order

SWING = 2.0
"""How much larger the usual jumps are in the order that is to blame."""


def data_blame(bench: Bench) -> str:
    """Why the data is to blame although a lower rate helps as well; '' where nothing says so.

    A rate that is too high makes trouble on any batches: shuffled ones show the fault too. Data in a bad order is
    cured by shuffling alone; a bad batch is cured by leaving it out, and shuffled it takes its fault along.
    """
    skip = next((bench.reading(run) for run in bench.runs if run.arm.kind == "skip" and run.usable), None)
    shuffled = [(run.arm, bench.reading(run)) for run in bench.runs if run.arm.kind == "shuffle" and run.usable]
    if shuffled and all(_cured_by_order(bench, read, skip) for _, read in shuffled):
        return "in another order the same batches train well at the same rate: the order of the data"
    harmless = skip is not None and not skip.present and bench.same_fault and not bench.only_noise
    if harmless and shuffled and all(_followed(bench, arm, read) for arm, read in shuffled):
        return "without the suspected batches the same rate trains well; shuffled, they take the fault along: bad data"
    return ""


def _cured_by_order(bench: Bench, shuffled: Reading, skip: Reading | None) -> bool:
    """Whether shuffling does what leaving out the suspected batches does not: the fault goes, or the loss of the whole
    second half falls as low as at any lower rate, or the jumps that came again and again are gone."""
    base, shown = bench.base, bench.shown
    if {"no number", "climbs"} & set(shuffled.signs):
        return False
    if bench.same_fault and not bench.only_noise and skip is not None and skip.present and not shuffled.present:
        return True
    if shown.swing > SWING * shuffled.swing and shown.swing > LEAST_JUMP * base.progress:
        return skip is None or skip.swing > SWING * shuffled.swing
    gain = (shown.late_mean - shuffled.late_mean) / base.progress
    if np.isnan(gain) or gain < STUCK:
        return False
    best = min((bench.reading(run).late_mean for run in bench.lr_arms), default=np.inf)
    as_good_as_lower_rates = shuffled.late_mean <= best + STUCK * base.progress
    return as_good_as_lower_rates and (skip is None or skip.present or skip.late_mean > shuffled.late_mean)


def _followed(bench: Bench, arm: Arm, read: Reading) -> bool:
    """Whether the shuffled arm jumps exactly where the control's batch has gone."""
    if bench.shown.jump_at is None or read.jump_at is None:
        return False
    order = list(batch_order(arm, bench.segment.start, bench.segment.steps))
    if bench.shown.jump_at not in order:
        return False
    return abs(bench.segment.start + order.index(bench.shown.jump_at) - read.jump_at) <= bench.segment.log_every
