"""Lightning's CSVLogger: sparse rows, training, validation, epoch means and learning rate each on rows of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from loglens.readers.contract.base import TABLE, Log, Probe, ReaderMeta
from loglens.readers.naming.settings_file import settings_beside
from loglens.readers.tables.csv.dialect import layout_of
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs


class LightningCsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="lightning-csv", title="Lightning metrics.csv")
    dialect: ClassVar[Dialect] = Dialect(
        format="lightning-csv", facts=TABLE, rank=10, steps=("step",), canonical=("metrics.csv",)
    )  # fmt: skip

    def logs(self, table: Table) -> Iterator[Log]:
        return table_logs(table, self.dialect, config=settings_beside(table.path.parent, "hparams.yaml"))

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        layout = layout_of(probe)
        if "step" not in names or layout is None or layout.header is None:
            return False
        if "epoch" not in names or probe.name.removesuffix(".gz") != "metrics.csv":
            return False
        # Lightning sorts its columns; before 2.0 it did not, but wrote its settings beside the table as it still does
        return list(layout.header) == sorted(layout.header) or (probe.path.parent / "hparams.yaml").is_file()
