"""A CSV file as a `Table`: by Polars where the file is sound (`csv_fast`), row by row where it is not.

In the slow way every row is looked at, repeated headers are found and damage is reported with its line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from loglens.errors import ReadError, UnknownFormat
from loglens.model.run import Note, Problem
from loglens.readers.contract.base import HEAD_BYTES, NOTHING_SNIFFED, Sniffed
from loglens.readers.contract.files import (
    PIECE_BYTES,
    decode_text,
    is_blank,
    read_bytes,
    with_line_ends,
    without_zeros,
)
from loglens.readers.contract.limits import opened
from loglens.readers.tables.csv.bad_lines import set_aside
from loglens.readers.tables.csv.dialect import (
    BLANKS,
    Layout,
    SniffedLayout,
    handed_layout,
    joined_lines,
    sniff,
    split_lines,
)
from loglens.readers.tables.csv.fast import TypedCsv
from loglens.readers.tables.csv.plain import PlainTable, plain_columns
from loglens.readers.tables.grown_frame import frame_on
from loglens.readers.tables.table import Table, unique_names

if TYPE_CHECKING:
    import polars as pl

_FRAMES_SHAPE = re.compile(r"\s{0,9}\[\d+ rows x \d+ columns\]\s{0,9}|[.\s]+")
"""What pandas prints below a frame, and for the rows that it leaves out."""
_REPORTED_ROWS = 20
_HEAD_LINES = 4
_LONGEST_HEAD = 1 << 24
_MENDED_BYTES = 1_000_000
"""A damaged file that is smaller is read row by row in a moment."""


def read_csv(path: Path, sniffed: Sniffed = NOTHING_SNIFFED) -> Table:
    """The table in a file. Raises OSError, and UnknownFormat where the file is no table.

    A layout that recognising handed on holds where the file has not grown and its first lines are what was looked at.
    """
    size = path.stat().st_size
    handed = handed_layout(sniffed, path)
    if handed is not None and handed.size != size:
        handed = None
    in_pieces = size > 2 * PIECE_BYTES
    table = _fast_in_pieces(path, handed) if in_pieces else None
    if table is not None:
        return table
    written = read_bytes(path)
    data, zeros = without_zeros(with_line_ends(written))
    if is_blank(data):
        raise ReadError(path, "the file is empty; wait until the training has logged something, or give another path")
    head = _first_lines(data)
    text = decode_text(head)
    if handed is not None and data is written and len(data) == size and len(head) <= HEAD_BYTES:
        layout = handed.layout
    else:
        layout = None if text is None else sniff(text, whole=len(head) == len(data))
    if layout is None:
        raise UnknownFormat(path, "no table of numbers was found in it; give the path of the log itself")
    if (text is not None and text.isascii()) or _is_utf8(data):
        # what does not fit in pieces does not as a whole, unless it was packed, or quotes may hide the end of a line
        tried = in_pieces and len(data) == size and zeros is None and b'"' not in data
        table = (None if tried else _fast(path, data, layout)) or _mended(path, data, layout)
    if table is None:
        table = _slow(path, decode_text(data) or "", layout)
    if zeros is None:
        return table
    lost = Problem(path=str(path), message=zeros.message, offset=zeros.offset)
    return replace(table, problems=(lost, *table.problems))


def _first_lines(data: bytes) -> bytes:
    """What the layout is guessed from: thousands of columns have a longer header than is enough for others."""
    end = -1
    for _ in range(_HEAD_LINES):
        end = data.find(b"\n", end + 1, _LONGEST_HEAD)
        if end < 0:
            return data[: _LONGEST_HEAD if len(data) < _LONGEST_HEAD else HEAD_BYTES]
    return data[: max(HEAD_BYTES, end + 1)]


def _is_utf8(data: bytes) -> bool:
    return data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0" not in data[:1024]


def _names(layout: Layout) -> list[str]:
    if layout.header is None:
        return [f"column {number}" for number in range(1, layout.width + 1)]
    names = [name.strip() for name in layout.header]
    if len(names) == layout.width - 1:
        # one name fewer than cells: a column that is empty, or (R) a row number
        empty = [place for place in range(layout.width) if all(not row[place].strip() for row in layout.rows)]
        place = empty[0] if empty else 0
        names = [*names[:place], "", *names[place:]]
    return names


def _fast(path: Path, data: bytes, layout: Layout) -> Table | None:
    """The whole file, by Polars unless it is small and plain; None where anything in it does not fit the layout."""
    names = _names(layout)
    columns = plain_columns(data, layout, names)
    if columns is not None:
        return PlainTable(path=path, names=unique_names(names), columns=columns).noting(
            _layout_notes(path, layout, names)
        )
    typed = TypedCsv.of(layout, names)
    return _table(path, layout, names, None if typed is None else typed.read(data))


def _fast_in_pieces(path: Path, handed: SniffedLayout | None) -> Table | None:
    """A large file by Polars, None where anything in it does not fit what its first lines say."""
    with opened(path) as file:
        head = file.read(HEAD_BYTES)
    text = decode_text(head) if _is_utf8(head) else None
    if text is None or head.count(b"\n") < _HEAD_LINES:
        return None
    layout = sniff(text, whole=False) if handed is None else handed.layout
    if layout is None:
        return None
    names = _names(layout)
    typed = TypedCsv.of(layout, names)
    if typed is None:
        return None
    shape = [layout.separator, *names, *map(str, typed.types)]
    frame = frame_on(path, "csv", shape, lambda pieces, begin, size: typed.read_pieces(pieces, size, begins=begin == 0))
    return _table(path, layout, names, frame)


def _table(path: Path, layout: Layout, names: Sequence[str], frame: pl.DataFrame | None) -> Table | None:
    if frame is None:
        return None
    return Table(path=path, names=unique_names(names), frame=frame).noting(_layout_notes(path, layout, names))


def _mended(path: Path, data: bytes, layout: Layout) -> Table | None:
    """A large file that a few lines keep from being read fast: without them it is. None where that is not all."""
    if len(data) < _MENDED_BYTES or layout.header is None or layout.separator == BLANKS or layout.skipped:
        return None
    aside = set_aside(data, layout.separator.encode(), layout.width)
    table = None if aside is None else _fast(path, aside.data, layout)
    if aside is None or table is None:
        return None
    rows = _Rows(path=path, layout=layout, names=list(table.names), current=tuple(range(layout.width)))
    cut = not data.endswith((b"\n", b"\r"))
    for number, line in aside.lines:
        if line.strip() and not line.startswith("#"):
            rows.take(next(split_lines([line], layout.separator)), number, cut=cut and number == aside.count)
    if rows.cells or rows.restarts:
        return None  # not damage, but another header or a separator at the end
    torn = cut and bool(rows.bad) and rows.bad[-1][0] == aside.count
    table = replace(table, restarts=aside.restarts, problems=_row_problems(path, rows.bad), torn=torn)
    return table.noting(_restart_notes(path, len(aside.restarts)))


def _restart_notes(path: Path, count: int) -> list[Note]:
    told = f"the header is repeated {count} times: a new start appended to the file"
    return [Note(kind="repair", message=told, path=str(path), count=count)] if count else []


def _layout_notes(path: Path, layout: Layout, names: Sequence[str]) -> list[Note]:
    notes = []
    separators = {"\t": "tabs", ";": "semicolons", "|": "bars", BLANKS: "blanks", ",": "commas"}
    if layout.separator != "," or layout.decimal_comma:
        mark = " and decimal commas" if layout.decimal_comma else ""
        told = f"cells are separated by {separators[layout.separator]}{mark}"
        notes.append(Note(kind="guess", message=told, path=str(path)))
    if layout.header is None:
        told = "the table has no header: columns are called 'column 1', 'column 2', ...; --map says which is which"
        notes.append(Note(kind="guess", message=told, path=str(path)))
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        told = f"column names that are there more than once got a number: {', '.join(map(repr, twice))}"
        notes.append(Note(kind="repair", message=told, path=str(path)))
    return notes


@dataclass
class _Rows:
    """The rows of a damaged file as they are sorted out; one section for each header."""

    path: Path
    layout: Layout
    names: list[str]
    cells: list[list[str]] = field(default_factory=list)
    keys: list[tuple[int, ...]] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    bad: list[tuple[int, str]] = field(default_factory=list)
    current: tuple[int, ...] = ()

    def take(self, row: list[str], line: int, *, cut: bool) -> None:
        width = len(self.current)
        if len(row) == width + 1 and not row[-1].strip():
            row = row[:-1]
        if self._is_header(row):
            self._start_again(row)
        elif len(row) != width:
            end = " and no line end" if cut else ""
            self.bad.append((line, f"line {line} has {len(row)} of {width} cells{end}; the row is not taken"))
        elif cut and not row[-1].strip():
            self.bad.append((line, f"line {line} ends in the middle; the row is not taken"))
        else:
            self.cells.append(row)
            self.keys.append(self.current)

    def _is_header(self, row: Sequence[str]) -> bool:
        if self.layout.header is None:
            return False
        known = {name for name in self.names if name}
        named = sum(cell.strip() in known for cell in row)
        return 2 * named > len([cell for cell in row if cell.strip()]) and named > 0

    def _start_again(self, row: Sequence[str]) -> None:
        """A header in the middle: another start appended to the file, maybe with other columns."""
        self.restarts.append(len(self.cells))
        row_names = unique_names([cell.strip() for cell in row])
        self.names += [name for name in row_names if name not in self.names]
        self.current = tuple(self.names.index(name) for name in row_names)


def _slow(path: Path, text: str, layout: Layout) -> Table:
    """Row by row: good rows are kept, the others reported with their line."""
    names = list(unique_names(_names(layout)))
    rows = _Rows(path=path, layout=layout, names=names, current=tuple(range(layout.width)))
    lines = text.splitlines()
    whole_end = text.endswith(("\n", "\r"))
    start = layout.skipped + (layout.header is not None)
    for place, line in joined_lines(lines[start:], layout.separator, layout.width):
        number = start + place
        if not line.strip() or line.startswith("#") or _FRAMES_SHAPE.fullmatch(line):
            continue
        cells = next(iter(split_lines([line], layout.separator)), [])
        rows.take(cells, number, cut=number == len(lines) and not whole_end)
    notes = _layout_notes(path, layout, _names(layout))
    notes += _restart_notes(path, len(rows.restarts))
    table = Table(
        path=path,
        names=tuple(rows.names),
        frame=_frame(rows, layout),
        restarts=tuple(rows.restarts),
        problems=_row_problems(path, rows.bad),
        torn=not whole_end and bool(rows.bad) and rows.bad[-1][0] == len(lines),
    )
    return table.noting(notes)


def _frame(rows: _Rows, layout: Layout) -> pl.DataFrame:
    import polars as pl

    width = len(rows.names)
    grid: list[list[str | None]] = [[None] * len(rows.cells) for _ in range(width)]
    for at, (places, cells) in enumerate(zip(rows.keys, rows.cells, strict=True)):
        for place, cell in zip(places, cells, strict=True):
            grid[place][at] = cell
    columns = {str(place): pl.Series(column, dtype=pl.String) for place, column in enumerate(grid)}
    frame = pl.DataFrame(columns) if columns else pl.DataFrame()
    stripped = frame.select(pl.all().str.strip_chars())
    if not layout.decimal_comma:
        return stripped
    stripped = stripped.select(_without_thousands(stripped[name]) for name in stripped.columns)
    return stripped.select(pl.all().str.replace(r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?\s*%?)$", "$1.$2"))


def _without_thousands(column: pl.Series) -> pl.Series:
    """1.234,5 as 1234,5, and then 1.234 as 1234: where one cell of a column has points between thousands, all have."""
    import polars as pl

    if not column.str.contains(r"^[+-]?\d{1,3}(?:\.\d{3})+,\d").any():
        return column
    grouped = column.str.contains(r"^[+-]?\d{1,3}(?:\.\d{3})+(?:,\d+)?$")
    return pl.select(pl.when(grouped).then(column.str.replace_all(".", "", literal=True)).otherwise(column)).to_series()


def _row_problems(path: Path, bad: Sequence[tuple[int, str]]) -> tuple[Problem, ...]:
    problems = [Problem(path=str(path), message=why, offset=line) for line, why in bad[:_REPORTED_ROWS]]
    if len(bad) > _REPORTED_ROWS:
        more = len(bad) - _REPORTED_ROWS
        told = f"{more} more rows have the wrong number of cells, the last in line {bad[-1][0]}"
        problems.append(Problem(path=str(path), message=told, offset=bad[-1][0]))
    return tuple(problems)
