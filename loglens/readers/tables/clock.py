"""Which column of a table is the step, and what it counts.

The column with the role `step`, else `epoch`, else the first counting column, else the rows are counted. A column that
stands still within the rows of one series (an epoch number beside every batch) is no step, nor is one that jumps about
beside one that counts (the steps that each episode took). A batch number that starts again with every epoch goes on
counting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import IntArray, Note, Rewind
from loglens.readers.contract.points import INT64
from loglens.readers.naming.metric_names import axis_role, name_role, normalise
from loglens.readers.tables.table import NumberColumn, Table, whole_numbers

ROW_NUMBERS = frozenset({"", "unnamed: 0", "index", "row", "row_id", "level_0", "id", "sample_id", "example_id",
                         "image_id"})  # fmt: skip
_LOG_CALLS = "_step"  # W&B counts log() calls with it: any training step in the table is better
_STANDS_STILL = 0.5
_JUMPS_ABOUT = 0.2
_COUNTS = 0.9
_MISSED, _LONG = 3, 12
"""Rows that may be missing where a counter starts again, and how many there are from one start to the next for that."""
FAILED_START = 0.1
"""Rows before a counter begins anew for the last time, over the rows after it, up to which they are failed starts."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clock:
    """`steps` (rows,) int64; `column`: where they come from, '' where rows are counted; `axis`: step, epoch, ..."""

    steps: IntArray
    column: str
    axis: str
    notes: tuple[Note, ...] = ()
    rewinds: tuple[Rewind, ...] = ()


def clock_of(table: Table, *, preferred: Sequence[str] = (), appended: bool = False, axis: str = "") -> Clock:
    """The clock of a table. `preferred`: normalised names the format knows to be its step, best first. `appended`: a
    counter that starts again at its very first value goes on. `axis`: what counted rows are."""
    shown = _fullest(table)
    jumping: tuple[str, IntArray, int] | None = None
    for name in _candidates(table, preferred):
        numbers = table.numbers(name)
        if numbers is None or (steps := whole_numbers(numbers)) is None:
            continue
        filled, missing = _filled(steps, numbers)
        if _stands_still(filled, shown):
            continue
        if jumping is None and _jumps_about(table, filled):
            jumping = (name, filled, missing)  # unless another counts, the rows of a log may be out of order
            continue
        if jumping is None or _counts_on(filled):
            return _continued(table, name, filled, missing, appended=appended)
    if jumping is not None:
        return _continued(table, *jumping, appended=appended)
    told = "the table has no usable step column: its rows are counted 0, 1, 2, ..."
    if axis in ("", "step") and _evaluated(table):
        axis = "epoch"
        told += " as epochs, for each holds an evaluation beside the training"
    return Clock(
        steps=np.arange(table.rows, dtype=np.int64),
        column="",
        axis=axis or "step",
        notes=(Note(kind="guess", message=told, path=str(table.path)),),
    )


def _evaluated(table: Table) -> bool:
    """Every row holds a loss of the training and a measure of the evaluation."""
    roles = {name_role(name).role for name in table.names
             if (numbers := table.numbers(name)) is not None and numbers.present is None}  # fmt: skip
    return "train_loss" in roles and bool(roles & {"val_loss", "val_accuracy", "val_error"})


def _candidates(table: Table, preferred: Sequence[str]) -> Iterator[str]:
    named = {normalise(name): name for name in reversed(table.names)}
    yield from (named[name] for name in preferred if name in named)
    by_role: dict[str, list[str]] = {}
    for name in table.names:
        if role := axis_role(name):
            by_role.setdefault(role, []).append(name)
    steps = by_role.get("step", [])
    yield from sorted((name for name in steps if normalise(name) != _LOG_CALLS), key=_exact_first)
    yield from (name for name in steps if normalise(name) == _LOG_CALLS)
    yield from by_role.get("epoch", [])
    yield from by_role.get("samples_or_tokens", [])
    yield from (name for name in table.names if _counts(table, name))


def _exact_first(name: str) -> bool:
    entry = name_role(name).entry
    return entry is None or not entry.exact


def _counts(table: Table, name: str) -> bool:
    """A column without a role whose integers nearly always grow; a row number is none: counting rows is the same."""
    if normalise(name) in ROW_NUMBERS or name_role(name).role is not None or table.rows < 2:
        return False
    numbers = table.numbers(name)
    steps = None if numbers is None or numbers.present is not None else whole_numbers(numbers)
    if steps is None:
        return False
    back = np.flatnonzero(steps[1:] < steps[:-1]) + 1
    return _counts_on(steps, but=back if _epochs_begun(table, back) else None)


def _counts_on(steps: IntArray, *, but: NDArray[np.intp] | None = None) -> bool:
    """Whether it grows from row to row, nearly always. `but`: rows at which it may do what it likes."""
    moves = np.diff(steps)
    return float(np.mean((moves if but is None else np.delete(moves, but - 1)) > 0)) >= _COUNTS


def _jumps_about(table: Table, steps: IntArray) -> bool:
    """It goes back so often that it is a measure of every row and no count of them, unless it begins again with every
    epoch of a few rows."""
    if len(steps) < 3:
        return False
    back = np.flatnonzero(steps[1:] < steps[:-1]) + 1
    return len(back) > _JUMPS_ABOUT * (len(steps) - 1) and _epochs_begun(table, back) is None


def _fullest(table: Table) -> NDArray[np.intp] | None:
    """(m,) the rows of the series with most points, None: all rows. Whether a clock moves is judged there."""
    best: NumberColumn | None = None
    for name in table.names:
        if axis_role(name) or normalise(name) in ROW_NUMBERS:
            continue
        numbers = table.numbers(name)
        if numbers is not None and (best is None or numbers.count > best.count):
            best = numbers
        if best is not None and best.present is None:
            return None
    return None if best is None else best.points()


def _filled(steps: IntArray, numbers: NumberColumn) -> tuple[IntArray, int]:
    """Rows without a step get the last step before them (the first one, where there is none before)."""
    return carried(steps, numbers), len(steps) - numbers.count


def carried(values: NDArray[Any], numbers: NumberColumn) -> NDArray[Any]:
    """(rows,) the values, each row without one taking that of the last row before it that has one."""
    rows = numbers.points()
    if rows is None:
        return values
    last = np.searchsorted(rows, np.arange(len(values)), side="right") - 1
    return values[rows[np.maximum(last, 0)]]


def _stands_still(steps: IntArray, shown: NDArray[np.intp] | None) -> bool:
    seen = steps if shown is None else steps[shown]
    return len(seen) > 1 and float(np.mean(seen[1:] == seen[:-1])) > _STANDS_STILL


def _continued(table: Table, name: str, steps: IntArray, missing: int, *, appended: bool) -> Clock:
    path = str(table.path)
    notes = []
    if missing:
        told = f"{missing} rows have no {name!r}: they take the step of the row before"
        notes.append(Note(kind="repair", message=told, path=path, count=missing))
    back = np.flatnonzero(steps[1:] < steps[:-1]) + 1
    rewinds: list[Rewind] = []
    # whatever it is called: a batch, a sample, the percent of an epoch that is done
    begun = _epochs_begun(table, back)
    if begun is not None and (counted := _gone_on(steps, begun.next, begun.first)) is not None:
        steps = counted
        told = f"{name!r} starts again with every epoch: it is counted on"
        notes.append(Note(kind="guess", message=told, path=path, count=len(begun.next)))
        back = np.flatnonzero(steps[1:] < steps[:-1]) + 1
    if appended and len(again := _begun_again(steps, back)) and (counted := _gone_on(steps, again)) is not None:
        rewinds = [Rewind(resumed_at=int(counted[at]), last_step=int(counted[at - 1]), rewritten=0,
                          how="counter restarted") for at in again]  # fmt: skip
        steps = counted
        told = (f"{name!r} starts again at {int(steps[0])} {len(again)} times in an appended table: the same model "
                "goes on, so the counter goes on")  # fmt: skip
        notes.append(Note(kind="guess", message=told, path=path, count=len(again)))
    role = axis_role(name)
    axis = {"epoch": "epoch", "samples_or_tokens": "tokens" if "token" in name.casefold() else "samples"}
    return Clock(
        steps=steps, column=name, axis=axis.get(role or "", "step"), notes=tuple(notes), rewinds=tuple(rewinds)
    )


def _begun_again(steps: IntArray, back: NDArray[np.intp]) -> NDArray[np.intp]:
    """The rows at which the counter starts again at its first value, single missing rows aside, while the model goes
    on: not where a few rows stand before a whole training, which are a start that failed, or several, and that the
    training wrote over."""
    away = np.diff(steps)
    several = len(back) > 1 and len(steps) >= _LONG * (len(back) + 1)
    near = _MISSED * max(1, int(np.median(away[away > 0]))) if several else 0
    again: NDArray[np.intp] = back[np.abs(steps[back] - steps[0]) <= near]
    failed = len(back) == len(again) > 0 and again[-1] <= FAILED_START * (len(steps) - again[-1])
    return again[:0] if failed else again


class _Begun(NamedTuple):
    """The rows at which a counter goes back because an epoch begins: the `next` one, or the `first` one again."""

    next: NDArray[np.intp]
    first: NDArray[np.intp]


def _epochs_begun(table: Table, back: NDArray[np.intp]) -> _Begun | None:
    """None where no epoch begins at one of the rows `back`, at which a counter goes back, or none has several rows."""
    if not len(back):
        return None
    for name in table.names:
        if axis_role(name) != "epoch":
            continue
        numbers = table.numbers(name)
        if numbers is None:
            continue
        epochs = carried(numbers.values, numbers)
        grown = np.diff(epochs)
        if float(np.mean(grown > 0)) >= _COUNTS:
            continue
        begun = _Begun(back[grown[back - 1] > 0], np.flatnonzero(grown < 0) + 1)
        # an epoch that comes back alone, between others, begins no training
        if len(begun.next) and bool(np.all(grown[back - 1] != 0)) and bool(np.all(epochs[begun.first] == epochs[0])):
            return begun
    return None


def _gone_on(steps: IntArray, at: NDArray[np.intp], anew: NDArray[np.intp] | None = None) -> IntArray | None:
    """The counter, counting on at the rows `at` instead of starting again; None where no 64 bits hold it. `anew`: rows
    at which it does start again."""
    if float(np.abs(steps.astype(np.float64)).max()) * (len(at) + 2) >= INT64 / 4:
        return None
    forward = np.diff(steps)
    forward = forward[forward > 0]
    stride = int(np.median(forward)) if len(forward) else 1
    ahead = np.zeros(len(steps), dtype=np.int64)
    ahead[at] = steps[at - 1] + stride - steps[at]
    gone = np.cumsum(ahead)
    if anew is not None and len(anew):
        starts = np.searchsorted(anew, np.arange(len(steps)), side="right")
        gone = gone - np.concatenate(([0], gone[anew]))[starts]
    return steps + gone
