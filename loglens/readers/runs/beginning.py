"""What a run's first steps and its largest values say about the log: it began late, it holds what no loss can be."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from loglens.model.run import Note, Run, Series
from loglens.signals.numerics.robust import median

LATE = 4.0
"""A log whose first step is at least so many usual distances from 0 does not hold the beginning."""
LATE_EPOCHS = 3
PROGRESS, UNDER_WAY = re.compile(r"progress|percent(?:age)?|done", re.IGNORECASE), 0.1
"""Names of what tells how much of the training is done, in percent or as a share, and that of a log that begins late.
"""
BEYOND = 1e30
"""A finite value larger than this is a number that overflowed or a mark for 'none', not a loss."""


def starts_late(run: Run, loss: Series) -> bool:
    """Whether the log begins after the training did: its first step is far from 0, by the loss's own distances."""
    if len(loss) < 2:
        return False
    if any(map(_is_under_way, run.series)):
        return True
    first = min(int(series.steps[0]) for series in run.series if len(series) and series.axis == loss.axis)
    stride = median(np.diff(loss.steps[:200]))
    if loss.axis == "epoch" and stride <= 1:
        return first >= LATE_EPOCHS
    return first >= max(LATE * stride, 10.0)


def _is_under_way(series: Series) -> bool:
    """Whether a series tells how much of the training is done, and begins with a good part of it."""
    if not PROGRESS.fullmatch(series.tag.rpartition("/")[2]) or len(series) < 2 or not bool(series.finite.all()):
        return False
    first, last = float(series.values[0]), float(series.values[-1])
    whole = 1.0 if last <= 1.0 else 100.0
    return bool(np.all(np.diff(series.values) >= 0)) and UNDER_WAY * whole <= first < last <= whole


def beyond_measure(run: Run) -> Iterator[Note]:
    """A note for each series with a role that holds finite values which no measure takes."""
    for role in ("train_loss", "val_loss", "learning_rate", "grad_norm"):
        series = run.role(role)
        if series is None:
            continue
        odd = np.flatnonzero(series.finite & (np.abs(series.values) > BEYOND))
        if len(odd):
            at = int(odd[0])
            told = (f"{series.tag!r} is {series.values[at]:.3g} at step {series.steps[at]}"
                    f"{f' and beyond 1e30 at {len(odd) - 1} more' if len(odd) > 1 else ''}: a number that overflowed, "
                    "or a mark for a missing value")  # fmt: skip
            yield Note(kind="info", message=told, series=series.tag, count=len(odd))
