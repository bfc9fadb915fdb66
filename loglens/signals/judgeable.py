"""Whether a run can be judged at all, and if not, the command that could judge it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import numpy as np

from loglens.errors import NotJudgeable
from loglens.model.run import EventKind, Run, Series

LEAST_LOST = 2
"""Logged losses from which a run with none or one that is finite was lost, and is not a log that is too short."""
ENDED: frozenset[EventKind] = frozenset({"nan_stop", "diverged", "overflow"})
"""Words that say why a log holds a single loss."""


def check_judgeable(run: Run) -> None:
    """Raises NotJudgeable where a run has no loss, or too little of it to tell a lost run from a short log."""
    loss = run.role("train_loss")
    if loss is None or not loss.finite.any():
        val = run.role("val_loss")
        # one validation that is no number either says less than the losses that were lost
        loss = loss if val is None or (loss is not None and _lost(loss) and not val.finite.any()) else val
    if loss is None:
        over = [item for choice in run.roles if choice.role == "train_loss" for item in choice.passed_over]
        why = {item.series: f", {item.reason}" for item in over}
        names = "; ".join(series.tag + why.get(series.tag, "") for series in run.series[:8])
        raise NotJudgeable(
            f"no loss and no metric among its {len(run.series)} series ({names or 'none'}"
            f"{'; ...' if len(run.series) > 8 else ''}): {_way_on(run, [item.series for item in over])}"
        )
    if not len(loss):
        raise NotJudgeable(f"all steps of {loss.tag!r} lie beyond 2^53: no training counts so far")
    finite = int(np.count_nonzero(loss.finite))
    if finite == 0 and not _lost(loss):
        raise NotJudgeable(
            f"no finite point in {loss.tag!r} ({len(loss)} logged, all NaN, infinite or beyond 1e100): the run "
            "broke before its first log line, so log from the first step on, or name another loss with --map "
            "train_loss=SERIES"
        )
    if finite == 1 and len(loss) < LEAST_LOST and not any(event.kind in ENDED for event in run.events):
        raise NotJudgeable(f"a single finite point in {loss.tag!r} ({len(loss)} logged): log it more often")


def _lost(loss: Series) -> bool:
    """Whether the log holds enough of a loss that is never a number to say that the run was lost."""
    return len(loss) >= LEAST_LOST


def _way_on(run: Run, offered: Sequence[str]) -> str:
    """A command that works on this run, with a name that is in it."""
    tag = next(iter(offered), None) or next((series.tag for series in run.series if _could_be_a_loss(series)), None)
    if tag is None:
        return f"see what it holds with loglens inspect {shlex.quote(run.source)}"
    mapped = shlex.quote(f"train_loss={tag}")
    return f"if {tag!r} is the loss, loglens diagnose {shlex.quote(run.source)} --map {mapped} judges it"


def _could_be_a_loss(series: Series) -> bool:
    values = series.values[series.finite]
    return len(values) >= 2 and bool((np.diff(values) < 0).any()) and bool((np.diff(values) > 0).any())
