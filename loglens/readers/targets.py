"""Whatever a caller holds becomes runs: a path, several, a `Run`, a frame, a dict of columns, a list of losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from loglens.model.results.several import joined
from loglens.model.run import ReadResult, Run

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    Target: TypeAlias = (
        str
        | Path
        | Run
        | ReadResult
        | pd.DataFrame
        | pl.DataFrame
        | Mapping[str, Iterable[Any]]
        | Sequence[str | Path]
        | Sequence[float]
    )


def read_paths(path: str | Path | Sequence[str | Path], mapping: Mapping[str, str]) -> ReadResult:
    """Everything under one path, or under several as one result."""
    from loglens import readers

    if isinstance(path, str | Path):
        return readers.read(Path(path), mapping=mapping)
    parts = [readers.read(Path(item), mapping=mapping) for item in path]
    return parts[0] if len(parts) == 1 else joined(parts)


def runs_of(target: Target, *, mapping: Mapping[str, str]) -> ReadResult:
    """The runs in `target`. ReadError where it holds none, TypeError where it is nothing of the kind."""
    if isinstance(target, ReadResult):
        return target
    if isinstance(target, Run):
        return ReadResult(path=target.source, runs=(target,))
    given: Any = target
    if isinstance(given, str | Path) or (
        isinstance(given, Sequence) and all(isinstance(item, str | Path) for item in given)
    ):
        return read_paths(given, mapping)
    from loglens.readers.values import is_values, read_values

    if is_values(given):
        return read_values(given, mapping=mapping)
    if hasattr(given, "columns"):
        from loglens.readers.frames import read_frame

        return read_frame(given, mapping=mapping)
    raise TypeError(f"a path, a Run, a data frame, a dict or a list of losses expected, not {type(given).__name__}")
