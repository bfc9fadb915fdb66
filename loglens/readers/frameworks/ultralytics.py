"""Ultralytics' and YOLOv5's results.csv: padded names, one row per epoch, the loss in its parts.

The framework minimises the sum of the parts and logs the parts alone; their sum is added as for any detector
(`naming.sums`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from loglens.readers.contract.base import TABLE, Log, Probe, ReaderMeta
from loglens.readers.naming.settings_file import settings_beside
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs


class Ultralytics(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="ultralytics", title="Ultralytics results.csv")
    dialect: ClassVar[Dialect] = Dialect(
        format="ultralytics", facts=TABLE, rank=10, steps=("epoch",), axis="epoch", canonical=("results.csv",),
        aggregate="epoch",
        aggregates={f"{split}/{part}_loss": "component" for split in ("train", "val")
                    for part in ("box", "cls", "dfl", "obj", "seg", "pose", "kobj")},
    )  # fmt: skip

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        parts = any(name.startswith("train/") and name.endswith("loss") for name in names)
        rates = any(name.startswith(("lr/pg", "x/lr")) for name in names)
        return "epoch" in names and parts and (rates or any(name.startswith("metrics/") for name in names))

    def logs(self, table: Table) -> Iterator[Log]:
        settings = settings_beside(table.path.parent, "args.yaml", "opt.yaml")
        yield from table_logs(table, self.dialect, config=settings)
