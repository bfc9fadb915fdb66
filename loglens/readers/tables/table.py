"""A table of a log, whatever it was written as: named columns of numbers or words, one row per logging call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray, Note, Problem
from loglens.readers.tables.csv.dialect import CALLED, NULLS, REMARKED, SHOWN, SPELT_INF, SPELT_NAN

if TYPE_CHECKING:
    import polars as pl

BoolArray = NDArray[np.bool_]

_AT_A_TIME = 1 << 20
_SHORT = 64
_A_NUMBER = re.compile(r"\d|nan|inf", re.IGNORECASE)
_ROWS_COMPARED = 1 << 18
"""Rows that are compared at once."""
OF_TOTAL = r"^(\d{1,15})\s?/\s?(\d{1,15})$"
_WORDS_SHARE = 0.5
"""A column in which more than half of the filled cells are not numbers holds words."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """`names` in the order of the file, trimmed and unique; `frame`: the columns in that order (their own names do not
    matter). `restarts`: rows before which the header was repeated. `torn`: the last row was cut, the file may grow."""

    path: Path
    names: tuple[str, ...]
    frame: pl.DataFrame
    restarts: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    torn: bool = False
    _numbers: dict[str, NumberColumn | None] = field(default_factory=dict, init=False, repr=False)

    def noting(self, notes: Iterable[Note]) -> Table:
        return replace(self, notes=(*self.notes, *notes))

    @property
    def rows(self) -> int:
        return self.frame.height

    @property
    def has_words(self) -> bool:
        """Whether a column holds anything but numbers."""
        import polars as pl

        return pl.String in self.frame.dtypes

    @cached_property
    def places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.names)}

    def column(self, name: str) -> pl.Series:
        return self.frame.to_series(self.places[name])

    def picked(self, rows: BoolArray) -> Table:
        """The rows that are True, without notes and problems, which were told once."""
        import polars as pl

        frame = self.frame.filter(pl.Series(rows))
        return replace(self, frame=frame, restarts=self._kept_restarts(rows), notes=(), problems=())

    def emptied(self, cells: Mapping[str, BoolArray]) -> Table:
        """Nothing in those cells of some columns whose rows (rows,) are True."""
        import polars as pl

        columns = [
            pl.select(pl.when(~pl.Series(cells[name])).then(column)).to_series().alias(column.name)
            if name in cells
            else column
            for name, column in zip(self.names, self.frame.get_columns(), strict=True)
        ]
        return replace(self, frame=pl.DataFrame(columns))

    def _kept_restarts(self, rows: BoolArray) -> tuple[int, ...]:
        kept: IntArray = np.cumsum(rows) - rows
        return tuple(int(kept[row]) for row in self.restarts if row < len(kept))

    def keeping(self, places: Sequence[int]) -> Table:
        """The columns at these places only."""
        return replace(self, names=tuple(self.names[place] for place in places), frame=self.frame[:, list(places)])

    def numbers(self, name: str) -> NumberColumn | None:
        """The column as numbers; None where it holds words, yes and no, or nothing."""
        if name not in self._numbers:
            self._numbers[name] = numbers_of(self.column(name))
        return self._numbers[name]

    def words(self, name: str) -> list[str | None] | None:
        """The column as words, null where empty; None where it holds numbers."""
        import polars as pl

        column = self.column(name)
        if column.dtype != pl.String:
            return None
        return [None if cell is None or cell in NULLS else cell for cell in column.to_list()]

    def distinct_words(self, name: str) -> list[str | None] | None:
        """The different words of the column in order of the first row of each; None where it holds numbers. Twenty
        million words made Python's take a gigabyte."""
        import polars as pl

        column = self.column(name)
        if column.dtype != pl.String:
            return None
        words = column.unique(maintain_order=True).to_list()
        return list(dict.fromkeys(None if cell is None or cell in NULLS else cell for cell in words))

    def is_empty(self, name: str) -> bool:
        """No cell of the column holds anything."""
        return self.column(name).null_count() == self.rows or self.distinct_words(name) in ([None], [])

    def repeats(self) -> BoolArray:
        """(rows,) whether a row says just what the row above says."""
        import polars as pl

        same = pl.all_horizontal(pl.all().eq_missing(pl.all().shift(1)))
        again = np.zeros(self.rows, dtype=np.bool_)
        for at in range(1, self.rows, _ROWS_COMPARED):
            # with the row before them; the whole table at once would be held twice
            part = self.frame.slice(at - 1, _ROWS_COMPARED + 1).select(same.alias("again")).to_series()
            again[at : at + _ROWS_COMPARED] = part.fill_null(False).to_numpy()[1:]
        return again


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberColumn:
    """`values` (n,) with anything where there is no point; `present` (n,) True where there is one, None: everywhere.
    `whole` (n,) the exact integers where all of them are. `held`: the one of both that was read. `unreadable`: filled
    cells that are not numbers."""

    held: FloatArray | IntArray
    present: BoolArray | None
    unreadable: int = 0

    @property
    def whole(self) -> IntArray | None:
        return cast(IntArray, self.held) if self.held.dtype == np.int64 else None

    @cached_property
    def values(self) -> FloatArray:
        return self.held.astype(np.float64, copy=False)

    @property
    def count(self) -> int:
        return len(self.held) if self.present is None else int(np.count_nonzero(self.present))

    def points(self) -> NDArray[np.intp] | None:
        """(m,) the rows that hold a point, None: all of them."""
        return None if self.present is None else np.flatnonzero(self.present)


def numbers_of(column: pl.Series) -> NumberColumn | None:
    """A Polars column as numbers, see `Table.numbers`."""
    import polars as pl

    unreadable = 0
    if column.dtype == pl.String:
        parsed = _numbers_of_text(column)
        if parsed is None:
            return None
        column, unreadable = parsed
    elif not column.dtype.is_numeric():
        return None
    elif column.dtype.is_decimal():
        column = column.cast(pl.Float64)
    if column.null_count() == len(column):
        return None
    present = None
    if column.null_count():
        present = column.is_not_null().to_numpy()
        column = column.fill_null(0)
    read = _array(column)
    held: FloatArray | IntArray = (
        read.astype(np.int64, copy=False) if column.dtype.is_integer() else read.astype(np.float64, copy=False)
    )
    return NumberColumn(held=held, present=present, unreadable=unreadable)


def _numbers_of_text(column: pl.Series) -> tuple[pl.Series, int] | None:
    """Text as numbers and how many filled cells were none; None where it holds words. A part at a time: what is made on
    the way takes several times the memory of the text."""
    import polars as pl

    if len(column) <= _SHORT and not any(map(_A_NUMBER.search, column.drop_nulls().to_list())):
        return None  # thousands of short columns of words cost a second otherwise
    parts, filled, unreadable = [], 0, 0
    for at in range(0, max(1, len(column)), _AT_A_TIME):
        text = column.slice(at, _AT_A_TIME).str.strip_chars()
        text = pl.select(pl.when(~text.is_in(list(NULLS))).then(text)).to_series()
        part, not_read = _parsed(text)
        filled += len(text) - text.null_count()
        unreadable += not_read
        if unreadable > _WORDS_SHARE * len(column):
            return None  # however many of the others are numbers
        parts.append(part)
    if unreadable > _WORDS_SHARE * filled:
        return None
    whole = all(part.dtype == pl.Int64 for part in parts)
    return pl.concat(parts if whole else [part.cast(pl.Float64) for part in parts]), unreadable


def _array(column: pl.Series) -> NDArray[Any]:
    """(n,) A column without nulls. Put together here, not by Polars: NumPy asks the system for large pages."""
    parts = [chunk.to_numpy() for chunk in column.get_chunks()]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def whole_numbers(numbers: NumberColumn) -> IntArray | None:
    """(n,) the column as exact integers; None where it has fractions, NaN or numbers beyond 64 bits."""
    if numbers.whole is not None:
        return numbers.whole
    values = numbers.values if numbers.present is None else numbers.values[numbers.present]
    if not bool(np.all(np.isfinite(values))) or bool(np.any(np.abs(values) >= 2.0**63)):
        return None
    if not bool(np.all(values == np.floor(values))):
        return None
    return np.where(np.isfinite(numbers.values), numbers.values, 0.0).astype(np.int64)


def _parsed(text: pl.Series) -> tuple[pl.Series, int]:
    """Text as numbers and how many filled cells were none. Integers stay exact where all of them are integers."""
    import polars as pl

    filled = len(text) - text.null_count()
    whole = text.cast(pl.Int64, strict=False)
    if filled and len(whole) - whole.null_count() == filled:
        return whole, 0
    numbers = text.cast(pl.Float64, strict=False)
    if len(numbers) - numbers.null_count() == filled:
        return numbers, 0
    if filled and text.drop_nulls().str.contains(OF_TOTAL).all():
        totals = text.drop_nulls().str.extract(OF_TOTAL, 2)
        if totals.n_unique() == 1:  # 585/2161: how far it has come of one and the same total
            return text.str.extract(OF_TOTAL, 1).cast(pl.Int64, strict=False), 0
    # [0.001], tensor(0.3, device='cuda:0'), np.float64(0.3), 85 %, 0.3 (tracked) and 1,234.5 hold one number each
    grouped = text.str.contains(r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$")
    text = pl.select(pl.when(grouped).then(text.str.replace_all(",", "", literal=True)).otherwise(text)).to_series()
    wrapped = text.str.replace(f"^(?:{SHOWN}|{CALLED}|{REMARKED})$", "${1}${2}${3}").str.strip_chars("[] %")
    wrapped = wrapped.str.replace(SPELT_NAN, "NaN").str.replace(SPELT_INF, "${1}inf")
    wrapped = wrapped.cast(pl.Float64, strict=False)
    numbers = pl.select(pl.coalesce(numbers, wrapped)).to_series()
    return numbers, filled - (len(numbers) - numbers.null_count())


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names with a number behind those that were there before: loss, 'loss (2)'."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(unique)
