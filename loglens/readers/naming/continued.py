"""A counter that starts anew within one log: the next epoch of one training, or another training?

Where the loss goes on from where it was, the counter was merely begun anew; where it is back at its beginning, another
training was logged behind the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray, Note
from loglens.readers.contract.base import Column, Log
from loglens.readers.contract.points import INT64
from loglens.readers.naming.metric_names import AXIS_ROLES, name_role

_ENDS = 5
"""Points at either end of a stretch by which its beginning is compared with the end of the one before."""
_MISSED, _LONG = 3, 12
"""Lines that may be missing where a stretch begins or ends, and how many each has for that."""
_PREFERRED = ("train_loss", "candidate_loss", "train_loss_component", "val_loss")


def main_column(columns: Sequence[Column]) -> Column | None:
    """The column by which a log's clock is judged: the training loss, else the longest that measures something."""
    measured = [column for column in columns if len(column.steps) and name_role(column.tag).role not in AXIS_ROLES]
    for role in _PREFERRED:
        if those := [item for item in measured if name_role(item.tag).role == role]:
            return max(those, key=lambda log: len(log.steps))
    return max(measured, key=lambda log: len(log.steps), default=None)


def begins_anew(stretches: Sequence[Column]) -> bool:
    """Whether stretches of one series, each counted from the beginning, are trainings of their own."""
    if len(stretches) < 2:
        return False
    lasts = [int(stretch.steps[-1]) for stretch in stretches]
    near = _near(np.concatenate([np.diff(stretch.steps) for stretch in stretches]), len(stretches))
    ends = max(lasts[:-1])
    same_length = len(stretches) > 2 and all(last >= ends - near for last in lasts[:-1]) and lasts[-1] <= ends + near
    return not (same_length and _goes_on([stretch.values for stretch in stretches]))


def _goes_on(stretches: Sequence[FloatArray]) -> bool:
    """Whether most stretches begin nearer to where the one before ended than to where the first one began."""
    levels = [(_level(stretch[:_ENDS]), _level(stretch[-_ENDS:])) for stretch in stretches]
    start = levels[0][0]
    on = [abs(begin - end) <= abs(begin - start) for (_, end), (begin, _) in pairwise(levels)
          if np.isfinite(begin) and np.isfinite(end)]  # fmt: skip
    return not on or 2 * sum(on) >= len(on)


def _level(values: FloatArray) -> float:
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else float("nan")


def counted_on(log: Log) -> Log:
    """The log with one axis where its step starts anew in each epoch and the loss goes on; as it is everywhere else."""
    if log.purges or not any(_goes_back(column.steps) for column in log.columns):
        return log  # nearly always, and at once
    clock = main_column(log.columns)
    if clock is None or clock.stepless:
        return log
    begins = _restarts(clock.steps)
    if len(begins) < 3:
        return log
    stretches = [replace(clock, steps=steps, values=values, wall_times=None, low=None, high=None)
                 for steps, values in zip(np.split(clock.steps, begins[1:]), np.split(clock.values, begins[1:]),
                                          strict=True)]  # fmt: skip
    if begins_anew(stretches):
        return log
    stride = _stride(np.diff(stretches[0].steps))
    length = max(int(stretch.steps[-1]) for stretch in stretches) - int(clock.steps.min()) + stride
    if (abs(int(stretches[0].steps[0])) + abs(length)) * (len(begins) + 1) >= INT64:
        return log  # no steps of a training
    columns = tuple(_moved(column, clock, begins, length) for column in log.columns)
    told = (f"the step starts anew {len(begins) - 1} times and the loss goes on: it is counted on, {length} steps "
            "each time")  # fmt: skip
    note = Note(kind="guess", message=told, path=str(log.file), count=len(begins) - 1)
    return replace(log, columns=columns, notes=(*log.notes, note))


def _near(away: IntArray, stretches: int) -> int:
    """Steps by which stretches may begin or end apart. `away`: from point to point within them."""
    return _MISSED * _stride(away) if len(away) >= _LONG * stretches else 0


def _stride(away: IntArray) -> int:
    return max(1, int(np.median(away))) if len(away) else 1


def _goes_back(steps: IntArray) -> bool:
    return bool(np.any(steps[1:] < steps[:-1]))


def _restarts(steps: IntArray) -> NDArray[np.intp]:
    """Where each stretch begins, the first included, if the step goes back to the same first value each time, single
    missing lines aside."""
    away = np.diff(steps)
    back = np.flatnonzero(away < 0) + 1
    first = np.append(steps[back], steps[0])
    same = len(back) and int(first.max() - first.min()) <= _near(away[away > 0], len(first))
    return np.concatenate([[0], back]).astype(np.intp) if same else np.zeros(1, dtype=np.intp)


def _moved(column: Column, clock: Column, begins: NDArray[np.intp], length: int) -> Column:
    """A column with the stretch that each of its points is in counted into its step."""
    if column.stepless:
        return column
    if np.array_equal(column.steps, clock.steps):
        at = np.searchsorted(begins, np.arange(len(column.steps)), side="right") - 1
    elif column.wall_times is not None and clock.wall_times is not None:
        at = np.searchsorted(clock.wall_times[begins[1:]], column.wall_times, side="right")
    else:
        at = np.concatenate([[0], np.cumsum(np.diff(column.steps) <= 0)]).astype(np.intp)
        if len(column.steps) and at[-1] >= len(begins):
            return column  # it has a clock of its own, such as the epoch
    return replace(column, steps=column.steps + at * length)
