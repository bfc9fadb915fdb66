"""A sound table by Polars: every column of a kind known beforehand, and no row short.

Polars is given the types: a guess from the first rows is what makes whole columns text or raises later on. Then it is
proven that no row was short: Polars fills missing cells in silence, so separators are counted. A large file is read in
pieces, each into the memory of the last: fresh memory of the file's size costs as much as half of the parsing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from loglens.readers.contract.files import count_byte
from loglens.readers.naming.metric_names import axis_role
from loglens.readers.tables.csv.dialect import BLANKS, NULLS, Layout, is_number, unwrap_number
from loglens.readers.tables.csv.gathered import GatheredColumn, put_together

if TYPE_CHECKING:
    import polars as pl
    from polars.datatypes import DataType

_LONE_QUOTE = re.compile(rb'(?:^|[,;\t|\n])"(?:[,;\t|\r\n]|$)')
"""A cell that is one quotation mark and nothing else: Polars panics at it."""


@dataclass(frozen=True, slots=True)
class TypedCsv:
    """A layout, and the type of each of its columns."""

    layout: Layout
    types: tuple[DataType, ...]

    @classmethod
    def of(cls, layout: Layout, names: Sequence[str]) -> Self | None:
        """None where the table is none for Polars. `names`: those of all columns."""
        import polars as pl

        if layout.separator == BLANKS or layout.skipped or len(layout.header or names) != len(names):
            return None
        types = {"integer": pl.Int64(), "number": pl.Float64(), "text": pl.String()}
        kinds = [_kind(name, [row[place] for row in layout.rows], layout) for place, name in enumerate(names)]
        known = tuple(types[kind] for kind in kinds if kind is not None)
        return cls(layout, known) if len(known) == len(kinds) else None

    def read(self, data: bytes) -> pl.DataFrame | None:
        """The whole table, None where anything in it does not fit."""
        if b'"' in data and _LONE_QUOTE.search(data):
            return None
        return self._frame(data, header=self.layout.header is not None)

    def read_pieces(self, pieces: Iterable[bytes], size: int, *, begins: bool = True) -> pl.DataFrame | None:
        """The table in pieces of whole lines, None where anything does not fit, or may go on over the end of a line.
        `size`: bytes of all pieces. `begins`: the first piece is the file's beginning, with its header."""
        columns: list[GatheredColumn] = []
        for piece in pieces:
            header = self.layout.header is not None and begins and not columns
            frame = None if b'"' in piece or b"\0" in piece else self._frame(piece, header=header)
            if frame is None:
                return None
            if not columns:
                expected = int(1.1 * frame.height * size / len(piece))
                columns = [GatheredColumn(expected) for _ in range(frame.width)]
            for column, part in zip(columns, frame.get_columns(), strict=True):
                column.add(part)
        return put_together(columns) if columns else None

    def _frame(self, data: bytes, *, header: bool) -> pl.DataFrame | None:
        import polars as pl

        for nulls in (None, list(NULLS)):  # looking for words costs a third of the time, and most files have none
            with contextlib.suppress(pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError):
                frame = pl.read_csv(
                    data,
                    separator=self.layout.separator,
                    decimal_comma=self.layout.decimal_comma,
                    has_header=header,
                    new_columns=[f"{place}" for place in range(self.layout.width)],
                    schema_overrides=self.types,
                    null_values=nulls,
                    encoding="utf8",
                )
                whole = frame.width == self.layout.width and _whole_rows(frame, data, self.layout, header=header)
                return frame if whole else None
        return None


def _kind(name: str, cells: Sequence[str], layout: Layout) -> str | None:
    """How a column is read: 'integer' where it may count steps exactly, 'number', 'text'; None: not by Polars."""
    filled = [cell.strip() for cell in cells if cell.strip() not in NULLS]
    numbers = [is_number(cell, decimal_comma=layout.decimal_comma) for cell in filled]
    if all(numbers):
        whole = bool(filled) and all(cell.lstrip("+-").isdigit() for cell in filled)
        return "integer" if whole and (axis_role(name) or name == "") else "number"
    if any(numbers) or any(is_number(unwrap_number(cell)) for cell in filled):
        return None
    return "text"


def _whole_rows(frame: pl.DataFrame, data: bytes, layout: Layout, *, header: bool) -> bool:
    """No row has fewer cells than the header: all separators are there. Blank lines have none."""
    import polars as pl

    if layout.width == 1:
        return int(frame.null_count().item()) == 0
    if b'"' in data:
        # separators may stand inside quotes: a short row shows as an empty last cell instead
        last = frame.columns[-1]
        return frame[last].null_count() == 0 or data.count(b'"') % (2 * layout.width) == 0
    rows = frame.height + header
    found = count_byte(data, layout.separator.encode())
    if found == rows * (layout.width - 1):
        return not frame.height or _ends_whole(frame, data)
    blank = frame.select(pl.all_horizontal(pl.all().is_null()).sum()).item()
    return bool(blank) and found == (rows - blank) * (layout.width - 1) and blank == _blank_lines(data)


def _ends_whole(frame: pl.DataFrame, data: bytes) -> bool:
    """A last line without its end must at least have a last cell: `250,1.5,` was cut."""
    return data[-1:] in (b"\n", b"\r") or frame[frame.columns[-1]][-1] is not None


def _blank_lines(data: bytes) -> int:
    return sum(1 for line in data.splitlines() if not line.strip())
