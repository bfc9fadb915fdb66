"""JSON lines (and arrays of objects) as a `Table`: nested objects joined, NaN in every spelling, cut lines reported.

Polars reads sound files; its types come from rows sampled over the whole file, and the keys are counted afterwards,
because keys that the sample does not have would be left out in silence. Everything else goes row by row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.files import count_byte, decode_text, is_blank, read_bytes, without_zeros
from loglens.readers.metric_names import axis_role
from loglens.readers.table import Table

if TYPE_CHECKING:
    import polars as pl

_SAMPLED = 200
_REPORTED = 20
_FAST_BYTES = 1_000_000
"""Smaller files are read row by row: starting Polars' machinery gains nothing."""

Row = Mapping[str, Any]


def read_json_rows(path: Path, *, joiner: str = ".") -> Table:
    """The rows of a file of JSON lines, or of one array of objects. `joiner`: between the names of nested objects.
    Raises OSError, and ReadError where not one row can be read."""
    data, zeros = without_zeros(read_bytes(path))
    lost = [] if zeros is None else [Problem(path=str(path), message=zeros.message, offset=zeros.offset)]
    if is_blank(data):
        raise ReadError(path, "the file is empty; wait until the training has logged something, or give another path")
    if not lost and len(data) > _FAST_BYTES and data[:1024].lstrip()[:1] == b"{":
        table = _fast(path, data, joiner) or _fast_but_the_end(path, data, joiner)
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
        rows = json.loads(f"[{','.join(line for line in text.splitlines() if line.strip())}]")
        if all(isinstance(row, dict) for row in rows):
            return rows, [], False
    except ValueError:
        pass
    return _line_by_line(path, text)


def _array(path: Path, text: str) -> tuple[list[Row], list[Problem], bool]:
    try:
        rows = json.loads(text)
        return [row for row in rows if isinstance(row, dict)], [], False
    except ValueError:
        pass
    rows, decoder, at = [], json.JSONDecoder(), 1
    while (start := text.find("{", at)) >= 0:
        try:
            row, at = decoder.raw_decode(text, start)
        except ValueError:
            break
        rows.append(row)
    told = f"the JSON array is cut: {len(rows)} whole objects were read"
    return rows, [Problem(path=str(path), message=told, offset=text.count("\n", 0, at) + 1)], True


def _line_by_line(path: Path, text: str) -> tuple[list[Row], list[Problem], bool]:
    rows: list[Row] = []
    bad: list[tuple[int, str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
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
        return pl.Series([None if value is None else float(value) for value in column], dtype=pl.Float64)
    if kinds <= {bool}:
        return pl.Series(column, dtype=pl.Boolean)
    return pl.Series([None if value is None else str(value) for value in column], dtype=pl.String)


def _fast(path: Path, data: bytes, joiner: str) -> Table | None:
    """A sound file of flat or nested objects by Polars, None where anything in it is not as sampled."""
    import polars as pl

    schema = _schema(_sample(data))
    if schema is None:
        return None
    try:
        frame = pl.read_ndjson(data, schema=schema)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError):
        return None
    if count_byte(data, b":") != _colons(frame):
        return None  # keys that were not sampled, or cells that were no numbers
    names: list[str] = []
    columns: list[pl.Series] = []
    for name, column in _leaves(frame, joiner):
        names.append(name)
        columns.append(column.alias(str(len(columns))))
    return Table(path=path, names=tuple(names), frame=pl.DataFrame(columns))


def _fast_but_the_end(path: Path, data: bytes, joiner: str) -> Table | None:
    """A sound file whose last line is cut, as it is while it is written; None where that is not all."""
    end = data.rfind(b"\n") + 1
    try:
        json.loads(data[end:])
        return None
    except ValueError:
        table = _fast(path, data[:end], joiner) if data[end:].strip() else None
    if table is None:
        return None
    number = count_byte(data, b"\n") + 1
    told = Problem(path=str(path), message=f"line {number} is no whole JSON object", offset=number)
    return replace(table, problems=(told,), torn=True)


def _sample(data: bytes) -> list[Row]:
    """Rows from the beginning, the end and in between; no row where one of them is not sound."""
    chunk = 16_384
    places = [0, *range(len(data) // 16, len(data), max(len(data) // 16, 1))]
    rows: list[Row] = []
    for place in places:
        lines = data[place : place + chunk].split(b"\n")
        for line in lines[0 if place == 0 else 1 : -1][:_SAMPLED]:
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                return []
            if not isinstance(row, dict):
                return []
            rows.append(row)
    return rows


def _schema(rows: Sequence[Row]) -> dict[str, pl.DataType] | None:
    """Polars types for the keys of sampled rows; None where a key holds now this, now that."""
    import polars as pl

    schema: dict[str, pl.DataType] = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        values = [row[key] for row in rows if row.get(key) is not None]
        kinds = {type(value) for value in values}
        kind: pl.DataType | None
        if not kinds or kinds <= {int, float}:
            kind = pl.Int64() if kinds == {int} and axis_role(key) else pl.Float64()
        elif kinds == {str}:
            kind = pl.String()
        elif kinds == {bool}:
            kind = pl.Boolean()
        elif kinds == {dict}:
            inner = _schema(values)
            kind = None if inner is None else pl.Struct(inner)
        else:
            kind = None
        if kind is None:
            return None
        schema[key] = kind
    return schema or None


def _leaves(frame: pl.DataFrame, joiner: str) -> Iterator[tuple[str, pl.Series]]:
    import polars as pl

    for column in frame:
        if isinstance(column.dtype, pl.Struct):
            inner = column.struct.unnest()
            yield from ((f"{column.name}{joiner}{name}", leaf) for name, leaf in _leaves(inner, joiner))
        else:
            yield column.name, column


def _colons(frame: pl.DataFrame) -> int:
    """How many colons the text of these cells has: one for each key, and those within words."""
    import polars as pl

    total = 0
    for column in frame:
        total += len(column) - column.null_count()
        if isinstance(column.dtype, pl.Struct):
            total += _colons(column.struct.unnest())
        elif column.dtype == pl.String:
            total += int(column.str.count_matches(":", literal=True).sum() or 0)
    return total
