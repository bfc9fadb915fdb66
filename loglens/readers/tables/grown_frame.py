"""A large table read on from where an earlier reading ended, see `contract/grown.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens.readers.contract import grown
from loglens.readers.contract.files import PIECE_BYTES, line_pieces
from loglens.readers.contract.limits import opened

if TYPE_CHECKING:
    import polars as pl

Parse = Callable[[Iterator[bytes], int, int], "pl.DataFrame | None"]
"""Pieces of whole lines, where in the file they begin, and their bytes -> the rows in them."""
_LAST_LINE = 1 << 16


def frame_on(path: Path, kind: str, shape: Sequence[str], parse: Parse) -> pl.DataFrame | None:
    """The rows of a file of lines; None where `parse` does not take it (as where its last line is cut).

    `shape`: what must be as it was for rows read earlier to go with those read now. What was appended and is not taken
    would not be taken with all before it either: that is not parsed in vain. Raises OSError.
    """
    end = path.stat().st_size
    kept = grown.recall(path, kind)
    frame = None
    if kept is not None and kept.about.get("shape") == list(shape):
        frame = grown.rebuilt(kept, _restored)
    if kept is not None and frame is not None:
        if kept.offset < end:
            rest = parse(line_pieces(path, PIECE_BYTES, kept.offset, end), kept.offset, end - kept.offset)
            if rest is None:
                return None
            frame = _together(frame, rest)
        elif kept.offset == end:
            return frame
    if frame is None:
        frame = parse(line_pieces(path, PIECE_BYTES, 0, end), 0, end)
    if frame is not None:
        _keep(path, kind, shape, frame, end)
    return frame


def _together(frame: pl.DataFrame, rest: pl.DataFrame) -> pl.DataFrame | None:
    """The rows of both; None where a column is of two kinds. One that is empty in either takes the kind of the other:
    a validation loss is in few of the rows, and may be in none of those that were appended."""
    if rest.columns != frame.columns:
        return None
    frame, rest = _of_kinds(frame, rest), _of_kinds(rest, frame)
    return frame.vstack(rest) if rest.schema == frame.schema else None


def _of_kinds(part: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return part.cast({name: other.schema[name] for name, kind in part.schema.items() if kind == pl.Null})


def _keep(path: Path, kind: str, shape: Sequence[str], frame: pl.DataFrame, end: int) -> None:
    import polars as pl

    if not grown.is_wanted(end) or any(dtype not in (pl.Int64, pl.Float64, pl.Null) for dtype in frame.dtypes):
        return
    with opened(path) as file:
        file.seek(max(0, end - _LAST_LINE))
        tail = file.read(min(end, _LAST_LINE))
    cut = len(tail) - tail.rfind(b"\n") - 1
    if cut == len(tail):
        return
    # a last line without its end may go on: `1.2` may become `1.25`
    whole = frame[:-1] if tail[len(tail) - cut :].strip() else frame
    arrays: dict[str, Any] = {}
    empty, gaps = [], []
    for place, column in enumerate(whole.iter_columns()):
        if column.dtype == pl.Null:
            empty.append(place)
            continue
        if column.null_count():
            gaps.append(place)
            arrays[f"here{place}"] = column.is_not_null().to_numpy()
        arrays[f"values{place}"] = column.fill_null(0).to_numpy()
    about = {"shape": list(shape), "names": whole.columns, "rows": whole.height, "empty": empty, "gaps": gaps}
    grown.keep(path, kind, end - cut, about, arrays)


def _restored(kept: grown.Kept) -> pl.DataFrame:
    import polars as pl

    columns = []
    for place, name in enumerate(kept.about["names"]):
        if place in kept.about["empty"]:
            column = pl.repeat(None, kept.about["rows"], dtype=pl.Null, eager=True).alias(name)
        else:
            column = pl.Series(name, kept.arrays[f"values{place}"])
        if place in kept.about["gaps"]:
            here = pl.Series(kept.arrays[f"here{place}"])
            column = pl.select(pl.when(here).then(column).alias(name))[name]
        columns.append(column)
    return pl.DataFrame(columns)
