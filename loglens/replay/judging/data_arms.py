"""What arms with other batches at the old rate say: a fault that follows its batches is the data's.

A lower rate damps the symptom of almost any fault, so that it helps proves little where the data is to blame. What the
rate cannot change is which batches are hard, and which of them come one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglens.model.results.replay import Arm, ArmRun
from loglens.model.run import FloatArray
from loglens.replay.drivers.driver import batch_order
from loglens.replay.judging.comparison import STUCK, Bench
from loglens.replay.judging.symptom import ArmSymptom, running_median
from loglens.signals.numerics.robust import ranks

LOWEST = 0.1
"""Rates far below see a network that hardly changes: they tell little about the training."""
LONG = 61
"""Points whose running median is the arm's course: much longer than the blocks in which like batches come."""
OTHERS, ORDERS = 3, 2
"""Arms with other batches that must all pass before the rate is cleared; and other orders before it is in doubt."""
BEGIN = 10
"""Points at the start of an arm whose median is what the training had reached."""
ALIKE = 0.18
"""By how much the losses of neighbouring steps must hang together more than in another order."""


def data_blame(bench: Bench) -> str:
    """Why the data is to blame although a lower rate helps as well; '' where nothing says so.

    Data in a bad order makes neighbouring losses alike at every rate, and no longer in another order; a rate that is
    too high makes trouble in any order, and none of it at a low rate. A bad batch is cured by leaving it out, and
    shuffled it takes its fault along.
    """
    skip = next((bench.reading(run) for run in bench.runs if run.arm.kind == "skip" and run.usable), None)
    shuffled = [run for run in bench.runs if run.arm.kind == "shuffle" and run.usable]
    if ordered(bench, shuffled) and not all(_broken(bench, run) for run in shuffled):
        return (
            "at every learning rate the losses of neighbouring steps hang together, in another order of the same "
            "batches they do not: the order of the data"
        )
    harmless = skip is not None and not skip.present and bench.same_fault and not bench.only_noise
    if harmless and shuffled and all(_followed(bench, run.arm, bench.reading(run)) for run in shuffled):
        return "without the suspected batches the same rate trains well; shuffled, they take the fault along: bad data"
    return ""


def only_these_batches(bench: Bench) -> str:
    """Why the rate alone does not make the fault; '' where other batches were not tried, or it came with them too.

    A rate that is too high is so with any batches. Where leaving out the suspected ones and each new order passes
    soundly at the old rate, that a lower rate passes as well proves nothing.
    """
    others = [run for run in bench.runs if run.arm.kind in ("skip", "shuffle") and run.usable]
    if bench.stuck or len(others) < OTHERS or not all(bench.sound_elsewhere(run) for run in others):
        return ""
    return f"at the old rate the fault comes with these batches only: {len(others)} arms with others train without it"


def other_orders_pass(bench: Bench) -> str:
    """Why the proof is not complete: every other order passes soundly at the old rate as well as a lower rate does in
    the old order. '' where that is not so.

    Rarely a rate that is too high passes two orders by luck; as rarely an order hangs together too little to be told.
    """
    orders = [run for run in bench.runs if run.arm.kind == "shuffle" and run.usable]
    if len(orders) < ORDERS or not all(bench.sound_elsewhere(run) for run in orders):
        return ""
    return (
        f"a lower learning rate trains without the fault, but so does the old one in {len(orders)} other orders of the "
        "same batches: the rate, or the order of the data; replay a longer stretch, from an earlier checkpoint"
    )


def ordered(bench: Bench, shuffled: Sequence[ArmRun]) -> bool:
    """Whether neighbouring losses hang together because of which batches follow each other: at every rate (the least
    of all arms counts), and more than in other orders (their mean)."""
    rates = [bench.control, *(run for run in bench.lr_arms if run.arm.factor >= LOWEST)]
    within = [share for run in rates if not run.broken and (share := dependence(run.losses)) is not None]
    others = [share for run in shuffled if not run.broken and (share := dependence(run.losses)) is not None]
    return len(within) > 1 and bool(others) and min(within) - sum(others) / len(others) > ALIKE


def dependence(losses: FloatArray) -> float | None:
    """Rank correlation of each loss with the next one, both relative to the arm's course; about 0 where the order of
    the batches is random. None for too few points, or where a loss is NaN or infinite."""
    if len(losses) < LONG or not np.isfinite(losses).all():
        return None
    off = losses - running_median(losses, LONG)
    place = ranks(off)
    before, after = place[:-1], place[1:]
    if before.min() == before.max() or after.min() == after.max():
        return 0.0  # a loss that never leaves its course is in no order
    return float(np.corrcoef(before, after)[0, 1])


def _broken(bench: Bench, run: ArmRun) -> bool:
    """Whether an arm loses what the training had reached: then the rate is too high in any order."""
    read = bench.reading(run)
    began = float(np.median(run.losses[:BEGIN]))
    return "no number" in read.signs or read.end_level > began + STUCK * bench.base.progress


def _followed(bench: Bench, arm: Arm, read: ArmSymptom) -> bool:
    """Whether the shuffled arm jumps exactly where the control's batch has gone."""
    if bench.shown.jump_at is None or read.jump_at is None:
        return False
    order = list(batch_order(arm, bench.segment.start, bench.segment.steps))
    if bench.shown.jump_at not in order:
        return False
    return abs(bench.segment.start + order.index(bench.shown.jump_at) - read.jump_at) <= bench.segment.log_every
