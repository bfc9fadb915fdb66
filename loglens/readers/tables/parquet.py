"""Parquet: a long table (one row per point), or one row per logging call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from loglens.errors import ReadError
from loglens.readers.contract import limits
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import is_parquet
from loglens.readers.contract.limits import whole
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs

if TYPE_CHECKING:
    import polars as pl


class ParquetTable:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="parquet", title="Parquet table")
    dialect: ClassVar[Dialect] = Dialect(format="parquet", facts=frozenset({"generic"}), rank=60)

    def recognises(self, probe: Probe) -> bool:
        return is_parquet(probe)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: table_logs(read_parquet(path), self.dialect))


def read_parquet(path: Path) -> Table:
    """The table in a Parquet file, nested columns joined with a dot. Raises OSError, and ReadError where it is cut."""
    import polars as pl

    try:
        # whole in memory first: a mapped file that is cut while it is read would end the process
        data = whole(path)
        _check_size(path, data)
        frame = pl.read_parquet(data)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ReadError(path, f"the Parquet file is damaged or not whole ({why}); write it again") from error
    names: list[str] = []
    columns: list[pl.Series] = []
    for name, column in _leaves(frame):
        names.append(name.strip())
        columns.append(column.alias(str(len(columns))))
    return Table(path=path, names=tuple(names), frame=pl.DataFrame(columns))


def _check_size(path: Path, data: bytes) -> None:
    """Raises ReadError where the table is beyond the limit: a few bytes may say that a column holds a billion zeros."""
    import polars as pl

    rows = pl.scan_parquet(BytesIO(data)).select(pl.len()).collect().item()
    cells = rows * len(pl.read_parquet_schema(BytesIO(data)))
    if cells > limits.current().cells:
        raise ReadError(path, f"the table has {cells:,} cells; {limits.hint('cells')}")


def _leaves(frame: pl.DataFrame, prefix: str = "") -> Iterator[tuple[str, pl.Series]]:
    import polars as pl

    for column in frame:
        if isinstance(column.dtype, pl.Struct):
            yield from _leaves(column.struct.unnest(), f"{prefix}{column.name}.")
        elif column.dtype == pl.Categorical:
            yield f"{prefix}{column.name}", column.cast(pl.String)
        else:
            yield f"{prefix}{column.name}", column
