"""A CSV file as a `Table`: by Polars where the file is sound, row by row where it is not.

The fast way gives Polars the types (a guess from the first rows is what makes whole columns text or raises later on),
then proves that no row was short: Polars fills missing cells in silence, so separators are counted. Whatever does not
fit goes the slow way, where every row is looked at, repeated headers are found and damage is reported with its line.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from loglens.errors import ReadError, UnknownFormat
from loglens.model.run import Note, Problem
from loglens.readers.csv_mend import set_aside
from loglens.readers.csv_text import BLANKS, NULLS, Layout, is_number, sniff, split_lines, unwrap_number
from loglens.readers.files import count_byte, decode_text, is_blank, read_bytes, without_zeros
from loglens.readers.metric_names import axis_role
from loglens.readers.table import Table, unique_names

if TYPE_CHECKING:
    import polars as pl

_REPORTED_ROWS = 20
_MENDED_BYTES = 1_000_000
"""A damaged file that is smaller is read row by row in a moment."""
_LONE_QUOTE = re.compile(rb'(?:^|[,;\t|\n])"(?:[,;\t|\r\n]|$)')
"""A cell that is one quotation mark and nothing else: Polars panics at it."""


def read_csv(path: Path) -> Table:
    """The table in a file. Raises OSError, and UnknownFormat where the file is no table."""
    data, zeros = without_zeros(read_bytes(path))
    if is_blank(data):
        raise ReadError(path, "the file is empty; wait until the training has logged something, or give another path")
    head = data[:65_536]
    text = decode_text(head)
    layout = None if text is None else sniff(text, whole=len(head) == len(data))
    if layout is None:
        raise UnknownFormat(path, "no table of numbers was found in it; give the path of the log itself")
    utf8 = (text is not None and text.isascii()) or _is_utf8(data)
    table = (_fast(path, data, layout) or _mended(path, data, layout)) if utf8 else None
    if table is None:
        table = _slow(path, decode_text(data) or "", layout)
    if zeros is None:
        return table
    lost = Problem(path=str(path), message=zeros.message, offset=zeros.offset)
    return replace(table, problems=(lost, *table.problems))


def _is_utf8(data: bytes) -> bool:
    return data[:2] not in (b"\xff\xfe", b"\xfe\xff") and b"\0" not in data[:1024]


def _names(layout: Layout) -> list[str]:
    if layout.header is None:
        return [f"column {number}" for number in range(1, layout.width + 1)]
    names = [name.strip() for name in layout.header]
    if len(names) == layout.width - 1:
        # one name fewer than cells: rows that end in a separator, or (R) a row number without a name
        names = [*names, ""] if all(row[-1].strip() == "" for row in layout.rows) else ["", *names]
    return names


def _fast(path: Path, data: bytes, layout: Layout) -> Table | None:
    """The whole file by Polars, None where anything in it does not fit the layout."""
    import polars as pl

    names = _names(layout)
    if layout.separator == BLANKS or layout.skipped or (layout.header is not None and len(layout.header) != len(names)):
        return None
    if b'"' in data and _LONE_QUOTE.search(data):
        return None
    keys = [f"{place}" for place in range(layout.width)]
    kinds = [_kind(name, [row[place] for row in layout.rows], layout) for place, name in enumerate(names)]
    if None in kinds:
        return None
    types = {"integer": pl.Int64(), "number": pl.Float64(), "text": pl.String()}
    frame = None
    for nulls in (None, list(NULLS)):  # looking for words costs a third of the time, and most files have none
        with contextlib.suppress(pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError):
            frame = pl.read_csv(
                data,
                separator=layout.separator,
                decimal_comma=layout.decimal_comma,
                has_header=layout.header is not None,
                new_columns=keys,
                schema_overrides=[types[str(kind)] for kind in kinds],
                null_values=nulls,
                encoding="utf8",
            )
            break
    if frame is None:
        return None
    if frame.width != layout.width or not _whole_rows(frame, data, layout):
        return None
    table = Table(path=path, names=unique_names(names), frame=frame)
    return table.noting(_layout_notes(path, layout, names))


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


def _whole_rows(frame: pl.DataFrame, data: bytes, layout: Layout) -> bool:
    """No row has fewer cells than the header: all separators are there. Blank lines have none."""
    import polars as pl

    if layout.width == 1:
        return int(frame.null_count().item()) == 0
    if b'"' in data:
        # separators may stand inside quotes: a short row shows as an empty last cell instead
        last = frame.columns[-1]
        return frame[last].null_count() == 0 or data.count(b'"') % (2 * layout.width) == 0
    rows = frame.height + (layout.header is not None)
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
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip() or line.startswith("#"):
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
    return stripped.select(pl.all().str.replace(r"^([+-]?\d*),(\d+(?:[eE][+-]?\d+)?\s*%?)$", "$1.$2"))


def _row_problems(path: Path, bad: Sequence[tuple[int, str]]) -> tuple[Problem, ...]:
    problems = [Problem(path=str(path), message=why, offset=line) for line, why in bad[:_REPORTED_ROWS]]
    if len(bad) > _REPORTED_ROWS:
        more = len(bad) - _REPORTED_ROWS
        told = f"{more} more rows have the wrong number of cells, the last in line {bad[-1][0]}"
        problems.append(Problem(path=str(path), message=told, offset=bad[-1][0]))
    return tuple(problems)
