"""Runs and splits that share one table: a column names the run, or the split (train, val), of each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from loglens.readers.naming.metric_names import SPLITS, normalise
from loglens.readers.tables.clock import clock_of
from loglens.readers.tables.long_table import LongNames
from loglens.readers.tables.table import Table

_RUN_COLUMNS = ("run", "run_id", "runid", "run_name", "run name", "run_uuid", "experiment", "experiment_name",
                "exp_name", "trial", "trial_id", "trial_name", "job_id")  # fmt: skip
_MAYBE_RUN_COLUMNS = ("seed", "fold", "model", "model_name", "name", "config")
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


def splits_of(table: Table) -> str | None:
    """The column that says which split a row is about, None where there is none."""
    for name in table.names:
        words = table.distinct_words(name) if normalise(name) in _SPLIT_COLUMNS else None
        if words is not None and {word.casefold() for word in words if word} <= SPLITS:
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
