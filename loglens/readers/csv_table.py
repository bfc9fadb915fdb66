"""Any program's CSV: one row per logging call, one column per series."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.readers.base import Log, Probe, ReaderMeta
from loglens.readers.csv_parse import read_csv
from loglens.readers.csv_text import BLANKS, layout_of
from loglens.readers.per_file import per_file
from loglens.readers.table_log import Dialect, table_logs

_SUFFIXES = (".csv", ".tsv", ".tab", ".dat", ".psv")
_LOG_SUFFIXES = (*_SUFFIXES, ".log", ".txt", "")
_NUMERIC = 0.5
_NUMERIC_BY_NAME = 0.2


class CsvTable:
    """The general reader for tables: what no framework's own reader claimed."""

    meta: ClassVar[ReaderMeta] = ReaderMeta(id="csv", title="CSV, one row per step")
    dialect: ClassVar[Dialect] = Dialect(format="csv", rank=60, appended=True)

    def recognises(self, probe: Probe) -> bool:
        suffix = probe.path.with_suffix("").suffix if probe.name.endswith(".gz") else probe.path.suffix
        suffix = suffix.casefold()
        layout = layout_of(probe) if suffix in _LOG_SUFFIXES else None
        if layout is None or not layout.rows and layout.header is None:
            return False
        if suffix in _SUFFIXES:
            return layout.numeric >= _NUMERIC_BY_NAME or not layout.rows
        # a table in a .log or .txt must look like nothing else: columns with names, all rows numbers
        named = layout.header is not None and layout.width > 1 and layout.separator != BLANKS
        return named and len(layout.rows) > 0 and layout.numeric >= _NUMERIC

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: table_logs(read_csv(path), self.dialect))
