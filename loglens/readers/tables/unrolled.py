"""Tables whose cells hold whole curves: one row a training, as scripts write their histories side by side.

model,loss                               one run a row, its name the words of the row
BOW,"[0.7, 0.6, 0.5]"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from loglens.model.run import Note
from loglens.readers.naming.metric_names import axis_role, name_role
from loglens.readers.tables.csv.dialect import NULLS
from loglens.readers.tables.table import Table, unique_names

_LIST = re.compile(r"\s*[\[(]\s*[-+.\dnNiI][^\[\]()]*[\])]\s*")
_BETWEEN = re.compile(r"\s*,\s*|\s+")
_CURVES = frozenset({"train_loss", "val_loss", "train_accuracy", "val_accuracy"})
_MOST_ROWS = 1000
"""Rows of a table that may each be a training; more are the rows of a log."""


def unrolled(table: Table) -> Table:
    """The table with a row for each number of its lists, and a column `run` where it held several trainings; the table
    itself where no column holds curves, or another counts steps."""
    if table.rows > _MOST_ROWS or not table.has_words:
        return table
    import polars as pl

    curves = {name: lists for name in table.names if (lists := _lists(table, name)) is not None}
    if not any(name_role(name).role in _CURVES for name in curves) or _counted(table):
        return table
    lengths = [max(len(lists[row]) for lists in curves.values()) for row in range(table.rows)]
    at = [row for row, length in enumerate(lengths) for _ in range(length)]
    names = [name for name in table.names if name not in curves]
    columns = [table.column(name).gather(at) for name in names]
    for name, lists in curves.items():
        cells = [value for row, length in enumerate(lengths) for value in _filled(lists[row], length)]
        names.append(name)
        columns.append(pl.Series(cells, dtype=pl.Float64))
    if table.rows > 1:
        labels = _labels(table, [name for name in table.names if name not in curves])
        names.insert(0, "run")
        columns.insert(0, pl.Series([labels[row] for row in at]))
    frame = pl.DataFrame([column.alias(str(place)) for place, column in enumerate(columns)])
    told = f"the cells of {', '.join(map(repr, curves))} hold lists: each row is read as a curve of its own"
    note = Note(kind="guess", message=told, path=str(table.path), count=table.rows)
    return replace(table, names=unique_names(names), frame=frame, restarts=()).noting([note])


def _lists(table: Table, name: str) -> list[list[float | None]] | None:
    """(rows,) the numbers of each cell, none for an empty one; None where a cell holds something else."""
    words = table.words(name)
    if words is None:
        return None
    lists = [[] if cell is None else _numbers(cell) for cell in words]
    if any(found is None for found in lists) or not any(found is not None and len(found) > 1 for found in lists):
        return None
    return [found or [] for found in lists]


def _numbers(cell: str) -> list[float | None] | None:
    if not _LIST.fullmatch(cell):
        return None
    parts = [part for part in _BETWEEN.split(cell.strip(" \t\n[]()").strip(",")) if part]
    try:
        return [None if part in NULLS else float(part) for part in parts]
    except ValueError:
        return None


def _filled(values: Sequence[float | None], length: int) -> list[float | None]:
    return [*values, *[None] * (length - len(values))]


def _counted(table: Table) -> bool:
    """A column counts the rows as the steps of one training: a list is then what was measured at a step."""
    for name in table.names:
        numbers = table.numbers(name) if axis_role(name) in ("step", "epoch") else None
        if numbers is not None and len(set(numbers.values.tolist())) > 1:
            return True
    return False


def _labels(table: Table, names: Sequence[str]) -> list[str]:
    """The words of each row, with the number of the row where they are those of another as well."""
    words = [cells for name in names if (cells := table.words(name)) is not None]
    labels = [" ".join(cell for cells in words if (cell := cells[row])) for row in range(table.rows)]
    alone = len(set(labels)) == len(labels)
    return labels if alone else [f"{label} {row + 1}".strip() for row, label in enumerate(labels)]
