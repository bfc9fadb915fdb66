"""A small sound table of numbers without Polars: to import that costs more than to read a megabyte cell by cell.

Only what both ways read alike is read here: plain digits, NaN and infinities, empty cells. At the first doubt the table
is left to Polars, and to its checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from loglens.readers.naming.metric_names import axis_role
from loglens.readers.tables.csv.dialect import NULLS, SEPARATORS, Layout
from loglens.readers.tables.table import BoolArray, NumberColumn, Table

if TYPE_CHECKING:
    import polars as pl

LARGEST = 1 << 19
"""Bytes of a file from which Polars pays."""
_FLOATS = re.compile(r"(?:[+-]?+(?:\d++\.?+\d*+(?:[eE][+-]?\d++)?+|\.\d++(?:[eE][+-]?\d++)?+|nan|NaN|inf)(?:\n|\Z))++")
_WHOLES = re.compile(r"(?:-?+\d{1,18}+(?:\n|\Z))++")
"""The cells of a column, one a line; so many digits fit into an int64, whatever they are."""
_OF_NUMBERS = b"0123456789+-.eE"
"""Of these alone NumPy makes the numbers that `_FLOATS` matches, and no others."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PlainTable(Table):
    """A table whose `columns` are numbers already. Its frame is made where somebody asks for it."""

    columns: tuple[NumberColumn, ...]
    frame: pl.DataFrame = field(init=False, repr=False)

    def __getattr__(self, name: str) -> Any:
        if name != "frame":
            raise AttributeError(name)
        import polars as pl

        series = []
        for place, column in enumerate(self.columns):
            cells = pl.Series(str(place), column.held)
            if column.present is not None:
                cells = pl.select(pl.when(pl.Series(column.present)).then(cells)).to_series()
            series.append(cells)
        object.__setattr__(self, "frame", pl.DataFrame(series))
        return self.frame

    @property
    def rows(self) -> int:
        return len(self.columns[0].held)

    @property
    def has_words(self) -> bool:
        return False

    def picked(self, rows: BoolArray) -> Table:
        columns = tuple(
            NumberColumn(held=column.held[rows], present=None if column.present is None else column.present[rows])
            for column in self.columns
        )
        return replace(self, columns=columns, restarts=self._kept_restarts(rows), notes=(), problems=())

    def emptied(self, cells: Mapping[str, BoolArray]) -> Table:
        columns = list(self.columns)
        for name, rows in cells.items():
            column = columns[self.places[name]]
            present = ~rows if column.present is None else column.present & ~rows
            columns[self.places[name]] = NumberColumn(held=column.held, present=present)
        return replace(self, columns=tuple(columns))

    def keeping(self, places: Sequence[int]) -> Table:
        names = tuple(self.names[place] for place in places)
        return replace(self, names=names, columns=tuple(self.columns[place] for place in places))

    def numbers(self, name: str) -> NumberColumn | None:
        column = self.columns[self.places[name]]
        if column.present is None or not column.present.all():
            return column if column.count else None
        return replace(column, present=None)

    def words(self, name: str) -> list[str | None] | None:
        return None

    def distinct_words(self, name: str) -> list[str | None] | None:
        return None

    def is_empty(self, name: str) -> bool:
        return not self.columns[self.places[name]].count

    def repeats(self) -> BoolArray:
        again = np.ones(self.rows, dtype=np.bool_)
        for column in self.columns:
            values = column.held
            same = (values[1:] == values[:-1]) | (np.isnan(column.values[1:]) & np.isnan(column.values[:-1]))
            if column.present is not None:
                same &= column.present[1:] & column.present[:-1]
                same |= ~column.present[1:] & ~column.present[:-1]
            again[1:] &= same
            if not again[1:].any():
                break
        again[:1] = False
        return again


def plain_columns(data: bytes, layout: Layout, names: Sequence[str]) -> tuple[NumberColumn, ...] | None:
    """The columns of a small table (its bytes are UTF-8) that holds numbers only; None where anything in it is not as
    plain as that."""
    if len(data) > LARGEST or layout.decimal_comma or layout.skipped or layout.separator not in SEPARATORS:
        return None
    if len(layout.header or names) != len(names) or b'"' in data or b" " in data:
        return None
    text = data.replace(b"\r\n", b"\n").decode("utf-8", "replace")
    lines = text.split("\n")
    whole_end = lines[-1] == ""
    body = lines[layout.header is not None : len(lines) - whole_end]
    # a blank line of a table with one column looks like an empty cell: it is no row, and the other ways leave it out
    if not body or "" in body or not (text.isascii() or all(map(str.isascii, body))):
        return None
    return _of_digits(body, layout, names) or _cell_by_cell(body, layout, names, whole_end=whole_end)


def _of_digits(body: Sequence[str], layout: Layout, names: Sequence[str]) -> tuple[NumberColumn, ...] | None:
    """The columns of a table without an empty cell, a NaN or an infinity: NumPy reads them in half of the time. None
    where it is no such table."""
    if "".join(body).encode().translate(None, _OF_NUMBERS + layout.separator.encode()):
        return None
    try:
        numbers = np.loadtxt(body, delimiter=layout.separator, comments=None, ndmin=2)
    except ValueError:  # an empty cell, "1-2", a row of another length
        return None
    if numbers.shape[1] != layout.width:
        return None
    columns = []
    for place, name in enumerate(names):
        if _counts(name, [row[place] for row in layout.rows]):
            # a whole number beyond 2^53 is none as a float
            column = _whole_numbers([line.split(layout.separator, place + 1)[place] for line in body], None)
            if column is None:
                return None
        else:
            column = NumberColumn(held=numbers[:, place].copy(), present=None)
        columns.append(column)
    return tuple(columns)


def _cell_by_cell(
    body: Sequence[str], layout: Layout, names: Sequence[str], *, whole_end: bool
) -> tuple[NumberColumn, ...] | None:
    rows = [line.split(layout.separator) for line in body]
    if set(map(len, rows)) != {layout.width} or not (whole_end or rows[-1][-1]):
        return None
    columns = []
    for place, cells in enumerate(zip(*rows, strict=True)):
        column = _column(cells, counts=_counts(names[place], [row[place] for row in layout.rows]))
        if column is None:
            return None
        columns.append(column)
    return tuple(columns)


def _counts(name: str, sample: Sequence[str]) -> bool:
    """Whether a column holds whole numbers. `sample`: the cells by which that is told, as for Polars."""
    if not (axis_role(name) or name == ""):
        return False
    filled = [cell.strip() for cell in sample if cell.strip() not in NULLS]
    return bool(filled) and all(cell.lstrip("+-").isdigit() for cell in filled)


def _column(cells: Sequence[str], *, counts: bool) -> NumberColumn | None:
    present = None
    if "" in cells:
        present = np.array([cell != "" for cell in cells])
        cells = [cell or "0" for cell in cells]
    if counts:
        return _whole_numbers(cells, present)
    if not _FLOATS.fullmatch("\n".join(cells)):
        return None
    return NumberColumn(held=np.fromiter(map(float, cells), np.float64, len(cells)), present=present)


def _whole_numbers(cells: Sequence[str], present: BoolArray | None) -> NumberColumn | None:
    if not _WHOLES.fullmatch("\n".join(cells)):
        return None
    return NumberColumn(held=np.fromiter(map(int, cells), np.int64, len(cells)), present=present)
