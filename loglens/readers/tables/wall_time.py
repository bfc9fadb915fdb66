"""Wall times of a table: a column of unix seconds, milliseconds or written dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loglens.model.run import FloatArray
from loglens.readers.naming.metric_names import axis_role, normalise
from loglens.readers.tables.table import Table

if TYPE_CHECKING:
    import polars as pl

_WRITTEN = frozenset(
    {"time", "date", "datetime", "timestamp", "created_at", "logged_at", "wall_time", "wall time", "asctime"}
)
_EARLIEST = 1e9  # 2001: anything smaller counts seconds since the start of the run
_UNITS = ((4e9, 1.0), (4e12, 1e3), (4e15, 1e6), (4e18, 1e9))  # the year 2096 in s, ms, us, ns


def absolute_seconds(table: Table) -> tuple[str | None, FloatArray | None]:
    """The column that holds the time of day of each row and its seconds since 1970 (rows,), NaN where it is empty."""
    for name in table.names:
        if axis_role(name) != "wall_time" and normalise(name) not in _WRITTEN:
            continue
        seconds = seconds_of(table, name)
        if seconds is not None:
            return name, seconds
    return None, None


def seconds_of(table: Table, name: str) -> FloatArray | None:
    """(rows,) a column of dates or unix times as seconds since 1970, NaN where empty; None where it is neither."""
    numbers = table.numbers(name)
    if numbers is not None:
        return to_seconds(
            numbers.values if numbers.present is None else np.where(numbers.present, numbers.values, np.nan)
        )
    import polars as pl

    column = table.column(name)
    if column.dtype.is_temporal():
        return _epoch(column)
    if column.dtype != pl.String:
        return None
    text = column.str.strip_chars().str.replace("T", " ", literal=True).str.replace(r"(?:Z|\+00:00)$", "")
    text = text.str.replace(",", ".", literal=True)
    for pattern in ("%Y-%m-%d %H:%M:%S%.f", "%Y/%m/%d %H:%M:%S%.f", "%Y-%m-%d_%H-%M-%S", "%Y%m%d-%H%M%S"):
        parsed = text.str.to_datetime(pattern, strict=False)
        if parsed.null_count() < len(parsed):
            return _epoch(parsed)
    return None


def _epoch(column: pl.Series) -> FloatArray | None:
    import polars as pl

    if column.dtype not in (pl.Datetime, pl.Date):
        return None
    micros = column.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64).fill_null(float("nan"))
    seconds: FloatArray = micros.to_numpy() / 1e6
    return seconds


def to_seconds(values: FloatArray) -> FloatArray | None:
    """Unix times in s, ms, us or ns as seconds; None where the numbers are no times of day."""
    finite = values[np.isfinite(values)]
    if not len(finite) or float(finite.min()) < _EARLIEST:
        return None
    latest = float(finite.max())
    return next((values / unit for limit, unit in _UNITS if latest < limit), None)
