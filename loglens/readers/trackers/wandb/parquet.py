"""A W&B run's history artifact: Parquet with the columns of a history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import is_parquet
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.long_table import long_names
from loglens.readers.tables.parquet import read_parquet
from loglens.readers.trackers.wandb.history import MARKS, WandbHistory


class WandbParquet:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="wandb-parquet", title="W&B history artifact (Parquet)")

    def recognises(self, probe: Probe) -> bool:
        if not is_parquet(probe):
            return False
        names = _names(probe.path)
        known = {name.strip().casefold() for name in names}
        return "_step" in known and bool(known & MARKS - {"_step"}) and long_names(names) is None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: WandbHistory().logs(read_parquet(path)))


def _names(path: Path) -> tuple[str, ...]:
    """The names of the columns, from the file's footer; none where it is damaged: the general reader says how."""
    import polars as pl

    try:
        return tuple(pl.read_parquet_schema(path))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return ()
