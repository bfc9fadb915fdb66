"""Data frames as runs: what a notebook holds in memory, read by the rules that hold for a file of that shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loglens.errors import ReadError
from loglens.model.run import ReadResult
from loglens.readers.runs.assemble import assembled
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

NAME = "frame"


def read_frame(
    frame: pd.DataFrame | pl.DataFrame, *, mapping: Mapping[str, str] | None = None, name: str = NAME
) -> ReadResult:
    """The runs in a pandas or Polars frame: a row a step with columns named as in a log, or the long form of
    `Run.frame()`.

    `name`: what the run is called. A pandas index that has a name, or is no plain count, becomes a column. Raises
    ReadError where no column holds numbers, SettingsError where the mapping names what is not there.
    """
    polars = _polars(frame)
    table = Table(path=Path(name), names=tuple(map(str, polars.columns)), frame=polars)
    logs = [replace(log, folder=Path(name)) for log in table_logs(table, Dialect(format=name, canonical=(name,)))]
    runs, problems = assembled(logs, Path(name), mapping or {})
    if not runs:
        message = problems[0].message if problems else "the frame holds no column of numbers"
        raise ReadError(name, message)
    return ReadResult(path=name, runs=runs, problems=problems)


def _polars(frame: Any) -> pl.DataFrame:
    import polars as pl

    if isinstance(frame, pl.DataFrame):
        return frame
    if frame.index.name is not None or not frame.index.equals(type(frame.index)(range(len(frame)))):
        name = frame.index.name or "step"
        frame = frame.reset_index(names=name if name not in frame.columns else f"index_{name}")
    frame = frame.rename(columns=str)
    return pl.DataFrame({name: pl.Series(frame[name].tolist(), strict=False) for name in frame.columns})
