"""Ultralytics' and YOLOv5's results.csv: padded names, one row per epoch, the loss in its parts.

The framework minimises the sum of the parts and logs the parts alone; the sum is added here as `train/loss` and
`val/loss`, because that is what the optimizer saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from loglens.model.run import Note
from loglens.readers.contract.base import TABLE, Column, Log, Probe, ReaderMeta
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
        for log in table_logs(table, self.dialect, config=settings):
            sums = [total for split in ("train", "val") if (total := _total(log.columns, split)) is not None]
            told = [Note(kind="info", message=f"{one.tag!r} is the sum of the parts that the framework adds up",
                         path=str(log.file), series=one.tag) for one in sums]  # fmt: skip
            yield replace(log, columns=(*log.columns, *sums), notes=(*log.notes, *told))


def _total(columns: Sequence[Column], split: str) -> Column | None:
    """The sum of a split's parts, None where the whole is there or a row lacks a part."""
    name = f"{split}/loss"
    parts = [column for column in columns if column.tag.startswith(f"{split}/") and column.tag.endswith("_loss")]
    if len(parts) < 2 or any(column.tag == name for column in columns):
        return None
    first = parts[0]
    if any(not np.array_equal(part.steps, first.steps) for part in parts):
        return None
    total = np.sum([part.values for part in parts], axis=0)
    return replace(first, tag=name, values=total, aggregate="epoch")
