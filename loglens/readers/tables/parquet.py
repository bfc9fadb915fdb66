"""Parquet: a long table (one row per point), or one row per logging call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from loglens.errors import ReadError
from loglens.readers.contract import limits
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import is_parquet
from loglens.readers.contract.limits import whole
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.parquet_decoder import TABLE, TOO_LARGE, ParquetDecoder
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


_DECODER = ParquetDecoder()


def read_parquet(path: Path) -> Table:
    """The table in a Parquet file, nested columns joined with a dot. Raises OSError, and ReadError where it is damaged
    or beyond the limit of cells: a few bytes may say that a column holds a billion zeros."""
    import polars as pl

    # whole in memory first: a mapped file that is cut while it is read would end the process
    kind, said = _DECODER.decoded(whole(path), limits.current().cells)
    if kind == TOO_LARGE:
        raise ReadError(path, f"the table has {int(said):,} cells; {limits.hint('cells')}")
    if kind != TABLE:
        why = said.decode("utf-8", errors="replace")
        raise ReadError(path, f"the Parquet file is damaged or not whole ({why}); write it again")
    frame = pl.read_ipc(said)
    names: list[str] = []
    columns: list[pl.Series] = []
    for name, column in _leaves(frame):
        names.append(name.strip())
        columns.append(column.alias(str(len(columns))))
    return Table(path=path, names=tuple(names), frame=pl.DataFrame(columns))


def _leaves(frame: pl.DataFrame, prefix: str = "") -> Iterator[tuple[str, pl.Series]]:
    import polars as pl

    for column in frame:
        if isinstance(column.dtype, pl.Struct):
            yield from _leaves(column.struct.unnest(), f"{prefix}{column.name}.")
        elif column.dtype == pl.Categorical:
            yield f"{prefix}{column.name}", column.cast(pl.String)
        else:
            yield f"{prefix}{column.name}", column
