"""Runs and splits that share one table: a column names the run, or the split (train, val), of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from loglens.model.run import FloatArray, Note
from loglens.readers.naming.metric_names import SPLITS, name_role, normalise
from loglens.readers.tables.clock import FAILED_START, clock_of
from loglens.readers.tables.long_table import LongNames
from loglens.readers.tables.table import Table

_RUN_COLUMNS = ("run", "run_id", "runid", "run_name", "run name", "run_uuid", "experiment", "experiment_name",
                "exp_name", "trial", "trial_id", "trial_name", "job_id")  # fmt: skip
_MAYBE_RUN_COLUMNS = ("seed", "fold", "model", "model_name", "name", "config")
_FEWEST = 3
"""Rows that a training of its own has."""
_LOST, _MOVED, _HALF = 0.5, 0.1, 0.5
"""Of what was gained, and of where the loss had ended, what a model that goes on does not lose; of where it had ended,
what is not gained between two rows."""
_SPLITS = SPLITS | {"opt"}  # what MACE calls the batches that it optimises on
_SPLIT_COLUMNS = ("split", "phase", "mode", "stage", "subset", "set", "partition")


def runs_of(table: Table, steps: Sequence[str], form: LongNames | None) -> Iterator[tuple[str, Table]]:
    """The runs in a table with their names; one without a name where no column tells runs apart. `steps`: normalised
    names of the step column, see `clock_of`. `form`: the columns of a long table, see `long_form`."""
    if form is not None:
        yield from grouped(table, form.run) if form.run is not None else iter([("", table)])
        return
    for name in table.names:
        known = normalise(name)
        if known not in _RUN_COLUMNS and known not in _MAYBE_RUN_COLUMNS:
            continue
        words = table.distinct_words(name)
        values = {value for value in (row_values(table, name) if words is None else words) if value is not None}
        if not 1 < len(values) <= max(table.rows // 2, 2):
            continue
        groups = list(grouped(table, name))
        if (known in _RUN_COLUMNS and words is not None) or _untangles(table, groups, steps):
            yield from groups
            return
    yield "", table


def trainings_of(table: Table, steps: Sequence[str]) -> Iterator[tuple[str, Table]]:
    """The trainings that were logged one behind the other to one table, each with a name; the table without a name
    where it is one, else a note with each.

    The counter is back at its very first value, and the loss is not where it was: a model that goes on with a counter
    begun anew loses nothing of what it had learned. A start that failed after a few rows is no training.
    """
    cuts = _begun_anew(table, steps)
    if not cuts:
        yield "", table
        return
    place = np.searchsorted(cuts, np.arange(table.rows), side="right")
    told = f"{len(cuts) + 1} trainings are in this file one after the other: each is a run"
    note = Note(kind="guess", message=told, path=str(table.path), count=len(cuts) + 1)
    for number in range(len(cuts) + 1):
        yield f"training {number + 1}", table.picked(place == number).noting([note])


def _begun_anew(table: Table, steps: Sequence[str]) -> list[int]:
    """The rows at which another training begins."""
    clock = clock_of(table, preferred=steps)
    back = np.flatnonzero(np.diff(clock.steps) < 0) + 1
    back = back[clock.steps[back] <= clock.steps[:1]]
    name = next((name for name in table.names if name_role(name).role == "train_loss"), None)
    loss = None if name is None or not len(back) else table.numbers(name)
    if loss is None or loss.present is not None:
        return []
    edges = [0, *back.tolist(), table.rows]
    parts = [loss.values[begin:end] for begin, end in pairwise(edges)]
    if min(map(len, parts)) < _FEWEST or edges[-2] <= FAILED_START * (table.rows - edges[-2]):
        return []
    return [
        at for at, (before, after) in zip(back.tolist(), pairwise(parts), strict=True) if _is_another(before, after)
    ]


def _is_another(before: FloatArray, after: FloatArray) -> bool:
    """Whether a loss begins where the one before did not end: half of what that had gained is lost, or more than it had
    gained is gone at once."""
    few = max(1, min(len(before), len(after)) // 5)
    start, end, begin = (float(np.median(part)) for part in (before[:few], before[-few:], after[:few]))
    if not np.isfinite([start, end, begin]).all():
        return True  # after a NaN a model is another
    gain = abs(start - end)
    return begin - end > max(_LOST * gain, _MOVED * abs(end)) or end - begin > max(gain, _HALF * abs(end))


def splits_of(table: Table) -> str | None:
    """The column that says which split a row is about, None where there is none."""
    for name in table.names:
        words = table.distinct_words(name) if normalise(name) in _SPLIT_COLUMNS else None
        if words is not None and {word.casefold() for word in words if word} <= _SPLITS:
            return name
    return None


def grouped(table: Table, name: str) -> Iterator[tuple[str, Table]]:
    """The rows of each value of a column, in order of its first row."""
    values = np.array([value or "" for value in row_values(table, name)], dtype=object)
    for value in dict.fromkeys(values.tolist()):
        yield value, table.picked(values == value)


def row_values(table: Table, name: str) -> list[str | None]:
    """A column as text, whatever it holds."""
    words = table.words(name)
    if words is not None:
        return words
    numbers = table.numbers(name)
    if numbers is None:
        return [None] * table.rows
    here = np.ones(table.rows, dtype=bool) if numbers.present is None else numbers.present
    return [f"{value:g}" if point else None
            for value, point in zip(numbers.values.tolist(), here.tolist(), strict=True)]  # fmt: skip


def _untangles(table: Table, groups: Sequence[tuple[str, Table]], steps: Sequence[str]) -> bool:
    """The steps of the table go back, and within each group they do not: the column tells the runs apart."""
    whole = clock_of(table, preferred=steps)
    if not whole.column or not bool(np.any(np.diff(whole.steps) < 0)) or any(part.rows < 2 for _, part in groups):
        return False
    inner = (clock_of(part, preferred=(normalise(whole.column),)) for _, part in groups)
    return all(bool(np.all(np.diff(clock.steps) >= 0)) for clock in inner)
