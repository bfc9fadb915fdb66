"""Sound JSON lines by Polars.

Its types come from rows sampled over the whole file, and the keys are counted afterwards, because keys that the sample
does not have would be left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loglens.readers.contract.files import count_byte
from loglens.readers.contract.json_text import loaded
from loglens.readers.naming.metric_names import axis_role

if TYPE_CHECKING:
    import polars as pl

_SAMPLED = 200

Row = Mapping[str, Any]
Schema = dict[str, "pl.DataType"]


def sampled_rows(read_at: Callable[[int, int], bytes], size: int) -> list[Row]:
    """Rows from the beginning, the end and in between of `size` bytes; no row where one of them is not sound.
    `read_at`: from a place, so many bytes."""
    places = [0, *range(size // 16, size, max(size // 16, 1))]
    rows: list[Row] = []
    for place in places:
        lines = read_at(place, 16_384).split(b"\n")
        for line in lines[0 if place == 0 else 1 : -1][:_SAMPLED]:
            if not line.strip():
                continue
            try:
                row = loaded(line)
            except ValueError:
                return []
            if not isinstance(row, dict):
                return []
            rows.append(row)
    return rows


def frame_of(schema: Schema | None, pieces: Iterable[bytes]) -> pl.DataFrame | None:
    """The rows in pieces of whole lines, None where anything in them is not of this schema."""
    import polars as pl

    frames: list[pl.DataFrame] = []
    for piece in pieces if schema else ():
        try:
            frame = pl.read_ndjson(piece, schema=schema)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OverflowError):
            return None
        if count_byte(piece, b":") != _colons(frame):
            return None  # keys that were not sampled, or cells that were no numbers
        frames.append(frame)
    return pl.concat(frames, rechunk=False) if frames else None


def schema_of(rows: Sequence[Row]) -> Schema | None:
    """Polars types for the keys of sampled rows; None where a key holds now this, now that."""
    import polars as pl

    schema: Schema = {}
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
            inner = schema_of(values)
            kind = None if inner is None else pl.Struct(inner)
        else:
            kind = None
        if kind is None:
            return None
        schema[key] = kind
    return schema or None


def leaves(frame: pl.DataFrame, joiner: str) -> Iterator[tuple[str, pl.Series]]:
    """The columns that are no objects, with the names of nested ones joined."""
    import polars as pl

    for column in frame:
        if isinstance(column.dtype, pl.Struct):
            inner = column.struct.unnest()
            yield from ((f"{column.name}{joiner}{name}", leaf) for name, leaf in leaves(inner, joiner))
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
