"""JSON lines (and arrays of objects) as a `Table`: nested objects joined, NaN in every spelling, cut lines reported.

Polars reads large files that are sound (`json_fast`). Everything else goes row by row.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.contract.files import (
    PIECE_BYTES,
    count_byte,
    decode_text,
    is_blank,
    read_bytes,
    without_zeros,
)
from loglens.readers.contract.json_text import loaded, spelt, whole_characters
from loglens.readers.contract.limits import opened
from loglens.readers.contract.points import as_number
from loglens.readers.tables.grown_frame import frame_on
from loglens.readers.tables.json.fast import Row, frame_of, leaves, sampled_rows, schema_of
from loglens.readers.tables.table import Table

if TYPE_CHECKING:
    import polars as pl

_REPORTED = 20
_BRACE = re.compile(r'"(?:[^"\\\n]++|\\.)*+"|[{}]')
_DECODER = json.JSONDecoder()
_FAST_BYTES = 1_000_000
"""Smaller files are read row by row: starting Polars' machinery gains nothing."""


def read_json_rows(path: Path, *, joiner: str = ".") -> Table:
    """The rows of a file of JSON lines, or of one array of objects. `joiner`: between the names of nested objects.
    Raises OSError, and ReadError where not one row can be read."""
    size = path.stat().st_size
    in_pieces = size > 2 * PIECE_BYTES
    table = _fast_in_pieces(path, joiner) if in_pieces else None
    if table is not None:
        return table
    data, zeros = without_zeros(read_bytes(path))
    lost = [] if zeros is None else [Problem(path=str(path), message=zeros.message, offset=zeros.offset)]
    if is_blank(data):
        raise ReadError(path, "the file is empty; wait until the training has logged something, or give another path")
    if not lost and len(data) > _FAST_BYTES and data[:1024].lstrip()[:1] == b"{":
        tried = in_pieces and len(data) == size  # it was not packed
        table = (None if tried else _fast(path, data, joiner)) or _fast_but_the_end(path, data, joiner)
        if table is not None:
            return table
    text = decode_text(data)
    if text is None:
        raise ReadError(path, "this is no JSON text; give the path of the log itself")
    rows, problems, torn = parsed_rows(path, text)
    if not rows:
        raise ReadError(path, problems[0].message if problems else "no JSON object with a number was found in it")
    return table_of_rows(path, rows, joiner=joiner, problems=[*lost, *problems], torn=torn)


def table_of_rows(
    path: Path, rows: Sequence[Row], *, joiner: str = ".", problems: Sequence[Problem] = (), torn: bool = False
) -> Table:
    """Rows of unlike keys as a table; the names in the order in which they first appear."""
    import polars as pl

    grid: dict[str, list[Any]] = {}
    for at, row in enumerate(rows):
        for name, value in _flat(row, joiner):
            column = grid.setdefault(name, [])
            if len(column) < at:
                column.extend([None] * (at - len(column)))
            if len(column) == at:
                column.append(value)
            else:
                column[at] = value  # a key that is there twice: the later one, as every JSON reader has it
    for column in grid.values():
        column.extend([None] * (len(rows) - len(column)))
    frame = pl.DataFrame({str(place): _typed(column) for place, column in enumerate(grid.values())})
    return Table(path=path, names=tuple(grid), frame=frame, problems=tuple(problems), torn=torn)


def parsed_rows(path: Path, text: str) -> tuple[list[Row], list[Problem], bool]:
    """The objects in a text, what could not be read, and whether the last line was cut."""
    stripped = text.strip()
    if stripped.startswith("["):
        return _array(path, stripped)
    try:
        # one call for all lines is several times faster than one for each
        rows = loaded(f"[{','.join(line for line in text.splitlines() if line.strip())}]")
        if all(isinstance(row, dict) for row in rows):
            return rows, [], False
    except ValueError:
        pass
    return _line_by_line(path, text)


def _array(path: Path, text: str) -> tuple[list[Row], list[Problem], bool]:
    try:
        rows = loaded(text)
        return [row for row in rows if isinstance(row, dict)], [], False
    except ValueError:
        pass
    text = whole_characters(spelt(text))
    rows = []
    damaged: list[tuple[int, int]] = []
    line, counted = 1, 0
    for begin, end in _beginnings(text):
        row = _object(text[begin:end])
        if row is not None:
            rows.append(row)
            continue
        line, counted = line + text.count("\n", counted, begin), begin
        damaged.append((line, end))
    to_end = bool(damaged) and damaged[-1][1] >= len(text)
    torn = (to_end and damaged[-1][1] > len(text)) or (not text.endswith("]") and (to_end or not damaged))
    if torn and damaged:
        line, _ = damaged.pop()
    problems = [
        Problem(path=str(path), message=f"the object that begins in line {at} is no JSON; it is left out", offset=at)
        for at, _ in damaged[:_REPORTED]
    ]
    if len(damaged) > _REPORTED:
        told = f"{len(damaged) - _REPORTED} more objects are no JSON"
        problems.append(Problem(path=str(path), message=told, offset=damaged[-1][0]))
    if torn or not rows:
        told = f"the JSON array is cut: {len(rows)} whole objects were read"
        problems.append(Problem(path=str(path), message=told, offset=line))
    return rows, problems, torn


def _beginnings(text: str) -> list[tuple[int, int]]:
    """Where the objects of an array begin and end: those on lines of their own, indented like the first, each up to the
    next; else what lies between braces that nothing is around."""
    first = text.find("{")
    if first < 0:
        return []
    indent = text[text.rfind("\n", 0, first) + 1 : first]
    if "\n" in text[:first] and not indent.strip():
        starts = [found.end() - 1 for found in re.finditer(rf"\n{indent}\{{", text)]
        return list(zip(starts, [*starts[1:], len(text)], strict=True))
    spans, depth, begin = [], 0, first
    for found in _BRACE.finditer(text, first):
        if found[0] == "{":
            begin = found.start() if depth == 0 else begin
            depth += 1
        elif found[0] == "}" and depth:
            depth -= 1
            if depth == 0:
                spans.append((begin, found.end()))
    return [*spans, (begin, len(text) + 1)] if depth else spans  # nothing closes it: what follows cannot be told apart


def _object(text: str) -> Row | None:
    """The object with which a piece of an array begins; None where it is no JSON."""
    try:
        row, _ = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _line_by_line(path: Path, text: str) -> tuple[list[Row], list[Problem], bool]:
    rows: list[Row] = []
    bad: list[tuple[int, str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = loaded(line)
        except ValueError:
            bad.append((number, f"line {number} is no whole JSON object"))
            continue
        if isinstance(row, dict):
            rows.append(row)
        else:
            bad.append((number, f"line {number} is JSON, but no object"))
    problems = [Problem(path=str(path), message=why, offset=number) for number, why in bad[:_REPORTED]]
    if len(bad) > _REPORTED:
        told = f"{len(bad) - _REPORTED} more lines are no whole JSON objects"
        problems.append(Problem(path=str(path), message=told, offset=bad[-1][0]))
    torn = bool(bad) and bad[-1][0] == len(lines) and not text.endswith("\n")
    return rows, problems, torn


def _flat(row: Row, joiner: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        name = f"{prefix}{str(key).strip()}"
        if isinstance(value, dict):
            yield from _flat(value, joiner, f"{name}{joiner}")
        elif isinstance(value, list):
            if len(value) == 1 and isinstance(value[0], (int, float)):
                yield name, value[0]  # scheduler.get_last_lr()
        else:
            yield name, value


def _typed(column: list[Any]) -> pl.Series:
    """Integers exact, numbers as floats, anything mixed with words as words (numbers as text are cast later)."""
    import polars as pl

    kinds = {type(value) for value in column} - {type(None)}
    if kinds <= {int} and all(value is None or -(2**63) <= value < 2**63 for value in column):
        return pl.Series(column, dtype=pl.Int64)
    if kinds <= {int, float}:
        return pl.Series([None if value is None else as_number(value) for value in column], dtype=pl.Float64)
    if kinds <= {bool}:
        return pl.Series(column, dtype=pl.Boolean)
    return pl.Series([None if value is None else str(value) for value in column], dtype=pl.String)


def _fast(path: Path, data: bytes, joiner: str) -> Table | None:
    """A sound file of flat or nested objects by Polars, None where anything in it is not as sampled."""
    rows = sampled_rows(lambda place, size: data[place : place + size], len(data))
    return _table(path, frame_of(schema_of(rows), [data]), joiner)


def _fast_in_pieces(path: Path, joiner: str) -> Table | None:
    """The same of a large file, of which no more than a piece is held at a time."""
    with opened(path) as file:

        def read_at(place: int, size: int) -> bytes:
            file.seek(place)
            return file.read(size)

        if read_at(0, 1024).lstrip()[:1] != b"{":
            return None
        rows = sampled_rows(read_at, os.fstat(file.fileno()).st_size)
    schema = schema_of(rows)
    if schema is None:
        return None
    shape = [f"{name} {kind}" for name, kind in schema.items()]
    return _table(path, frame_on(path, "jsonl", shape, lambda pieces, *_: frame_of(schema, pieces)), joiner)


def _table(path: Path, frame: pl.DataFrame | None, joiner: str) -> Table | None:
    import polars as pl

    if frame is None:
        return None
    names, columns = zip(*leaves(frame, joiner), strict=True)
    return Table(
        path=path, names=names, frame=pl.DataFrame([column.alias(str(at)) for at, column in enumerate(columns)])
    )


def _fast_but_the_end(path: Path, data: bytes, joiner: str) -> Table | None:
    """A sound file whose last line is cut, as it is while it is written; None where that is not all."""
    end = data.rfind(b"\n") + 1
    try:
        loaded(data[end:])
        return None
    except ValueError:
        table = _fast(path, data[:end], joiner) if data[end:].strip() else None
    if table is None:
        return None
    number = count_byte(data, b"\n") + 1
    told = Problem(path=str(path), message=f"line {number} is no whole JSON object", offset=number)
    return replace(table, problems=(told,), torn=True)
