"""Any program's CSV: one row per logging call, one column per series."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.readers.contract.base import NOTHING_SNIFFED, TABLE, Log, Probe, ReaderMeta, Sniffed
from loglens.readers.contract.per_file import per_file
from loglens.readers.naming.metric_names import name_role
from loglens.readers.settings.printed import settings_in_comments
from loglens.readers.tables.csv.dialect import BLANKS, Layout, is_number, layout_of, unwrap_number
from loglens.readers.tables.csv.nameless import is_nameless_log, named_by_file
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs
from loglens.readers.tables.wrapped import is_wrapped

_SUFFIXES = (".csv", ".tsv", ".tab", ".dat", ".psv")
_LOG_SUFFIXES = (*_SUFFIXES, ".log", ".txt", ".out", ".train", ".test", ".history", ".report", ".res", ".result",
                 ".results", ".metrics", ".loss", ".stat", ".stats", ".table", "")  # fmt: skip
_NUMERIC = 0.5
_SAYS = re.compile(r"[:=]\s?[-+]?\d")  # "iters: 100": a console's line is no heading, whatever it begins with
_NUMERIC_BY_NAME = 0.2
_NUMERIC_BY_BLANKS = 0.9


class CsvTable:
    """The general reader for tables: what no framework's own reader claimed."""

    meta: ClassVar[ReaderMeta] = ReaderMeta(id="csv", title="CSV, one row per step", sniffs=True)
    dialect: ClassVar[Dialect] = Dialect(format="csv", facts=TABLE | {"generic"}, rank=60, appended=True)

    def recognises(self, probe: Probe) -> bool:
        suffix = probe.suffix
        layout = layout_of(probe) if suffix in _LOG_SUFFIXES else None
        if layout is None:
            return False
        if suffix in _SUFFIXES:
            return layout.numeric >= _NUMERIC_BY_NAME or not layout.rows
        if is_wrapped(probe.head):
            return False  # a frame in blocks, for the reader of consoles
        # a table in a .log or .txt must look like nothing else: columns with names, most cells numbers
        if layout.header is None:
            return is_nameless_log(layout, probe.path)
        if layout.width < 2 or not layout.rows:
            return False
        if any(_SAYS.search(name) for name in layout.header) or not _holds_numbers(layout):
            return False
        if layout.separator in (BLANKS, "|"):  # a sentence has blanks as well, and a console draws with bars
            return layout.numeric >= _NUMERIC_BY_BLANKS and any(name_role(name).role for name in layout.header)
        return layout.numeric >= _NUMERIC

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: self._logs(path, sniffed))

    def _logs(self, path: Path, sniffed: Sniffed) -> Iterator[Log]:
        table = named_by_file(read_csv(path, sniffed))
        return table_logs(table, self.dialect, config=settings_in_comments(path))


def _holds_numbers(layout: Layout) -> bool:
    """Whether any cell is a number: of lines that a tab indents, half of all cells are empty."""
    return any(
        is_number(unwrap_number(cell), decimal_comma=layout.decimal_comma) for row in layout.rows for cell in row
    )


class FrameworkCsv(ABC):
    """A framework's own table: `knows` tells it by its column names. What a log needs besides is in `logs`."""

    meta: ClassVar[ReaderMeta]
    dialect: ClassVar[Dialect]

    @abstractmethod
    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        """Whether a header (trimmed, casefolded) is this framework's."""

    def logs(self, table: Table) -> Iterator[Log]:
        return table_logs(table, self.dialect)

    def recognises(self, probe: Probe) -> bool:
        names = names_of(probe)
        return names is not None and self.knows(names, probe)

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: self.logs(read_csv(path, sniffed)))


def names_of(probe: Probe) -> frozenset[str] | None:
    """The column names (trimmed, casefolded) of a table; None where it has no header or its suffix is not a log's."""
    layout = layout_of(probe) if probe.suffix in _LOG_SUFFIXES else None
    return None if layout is None or layout.header is None else layout.names
