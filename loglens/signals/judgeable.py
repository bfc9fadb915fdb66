"""Whether a run can be judged at all, and the one that is judged without a single number."""

from __future__ import annotations

import numpy as np

from loglens.errors import NotJudgeable
from loglens.model.run import Run, Series

LEAST_LOST = 3
"""Logged losses from which a run with none that is a number was lost, and its log is not just too short."""
ENDED = ("nan_stop", "diverged", "overflow")
"""Words that say why a log holds a single loss."""


def check_judgeable(run: Run) -> None:
    """Raises NotJudgeable where a run has no loss, or too little of one."""
    loss = run.role("train_loss")
    if loss is None or not loss.finite.any():
        loss = run.role("val_loss") or loss
    if loss is None:
        over = (one for choice in run.roles if choice.role == "train_loss" for one in choice.passed_over)
        why = {one.series: f", {one.reason}" for one in over}
        names = "; ".join(one.tag + why.get(one.tag, "") for one in run.series[:8])
        raise NotJudgeable(
            f"no loss series among its {len(run.series)} series ({names or 'none'}"
            f"{'; ...' if len(run.series) > 8 else ''}): name it with --map train_loss=SERIES"
        )
    finite = int(np.count_nonzero(loss.finite))
    if finite == 0 and len(loss) < LEAST_LOST:
        raise NotJudgeable(
            f"no finite point in {loss.tag!r} ({len(loss)} logged, all NaN or infinite): the run broke before its "
            "first log line, so log from the first step on, or name another loss with --map train_loss=SERIES"
        )
    if finite == 1 and len(loss) == 1 and not any(one.kind in ENDED for one in run.events):
        raise NotJudgeable(f"a single finite point in {loss.tag!r} ({len(loss)} logged): log it more often")


def without_a_number(run: Run) -> Series | None:
    """The loss of a run none of whose losses is a number."""
    losses = [one for role in ("train_loss", "val_loss") if (one := run.role(role)) is not None and len(one)]
    return None if not losses or any(bool(one.finite.any()) for one in losses) else losses[0]
