"""Any program's CSV: one row per logging call, one column per series."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note
from loglens.readers.contract.base import NOTHING_SNIFFED, TABLE, Log, Probe, ReaderMeta, Sniffed
from loglens.readers.contract.per_file import per_file
from loglens.readers.naming.metric_names import name_role, normalise
from loglens.readers.tables.clock import ROW_NUMBERS, clock_of
from loglens.readers.tables.csv.dialect import BLANKS, layout_of
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs
from loglens.readers.tables.wrapped import is_wrapped

_SUFFIXES = (".csv", ".tsv", ".tab", ".dat", ".psv")
_LOG_SUFFIXES = (*_SUFFIXES, ".log", ".txt", ".out", ".train", ".test", ".history", "")
_NUMERIC = 0.5
_SAYS = re.compile(r"[:=]\s?[-+]?\d")  # "iters: 100": a console's line is no heading, whatever it begins with
_NUMERIC_BY_NAME = 0.2
_SAID_BY_FILE = frozenset({"train_loss", "val_loss", "learning_rate", "grad_norm", "train_accuracy", "val_accuracy"})
_SAYS_NOTHING = re.compile(r"column \d+|\d+|values?|y", re.IGNORECASE)
_NUMERIC_BY_BLANKS = 0.9
_BARE_ROWS = 3
_KEPT = re.compile(
    r"(?<=.)[ _.-]?(?:logs?|hist(?:ory)?|list|values?|curve|data|out(?:put)?|record|recorder)", re.IGNORECASE
)
"""What a name says of a file, not of its figures: loss_history.txt"""


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
            return layout.numeric == 1 and len(layout.rows) >= _BARE_ROWS and told_by_file(probe.path) is not None
        if layout.width < 2 or not layout.rows:
            return False
        if any(_SAYS.search(name) for name in layout.header):
            return False
        if layout.separator in (BLANKS, "|"):  # a sentence has blanks as well, and a console draws with bars
            return layout.numeric >= _NUMERIC_BY_BLANKS and any(name_role(name).role for name in layout.header)
        return layout.numeric >= _NUMERIC

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        return per_file(
            self.meta.id, paths, lambda path: table_logs(named_by_file(read_csv(path, sniffed)), self.dialect)
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


def told_by_file(path: Path) -> str | None:
    """What the figures in a file are by its name, None where it does not tell: `loss` of loss_history.txt."""
    stem = path.name.removesuffix(".gz").rpartition(".")[0] or path.name
    names = (stem, _KEPT.sub("", stem))
    return next((name for name in names if name_role(name).role in _SAID_BY_FILE), None)


def named_by_file(table: Table) -> Table:
    """The only series of a table, where it has no name of its own, is what the file says: `0.7` in `loss.csv`."""
    stem = told_by_file(table.path)
    if stem is None:
        return table
    clock = clock_of(table).column
    series = [name for name in table.names if name != clock and normalise(name) not in ROW_NUMBERS
              and table.numbers(name) is not None]  # fmt: skip
    if len(series) != 1 or not _SAYS_NOTHING.fullmatch(series[0]) or stem in table.names:
        return table
    note = Note(kind="guess", message=f"{series[0]!r} is called {stem!r} after its file", path=str(table.path))
    return replace(table, names=tuple(stem if name == series[0] else name for name in table.names)).noting([note])


def names_of(probe: Probe) -> frozenset[str] | None:
    """The column names (trimmed, casefolded) of a table; None where it has no header or its suffix is not a log's."""
    layout = layout_of(probe) if probe.suffix in _LOG_SUFFIXES else None
    return None if layout is None or layout.header is None else layout.names
