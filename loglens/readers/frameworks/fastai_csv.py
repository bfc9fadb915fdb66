"""fastai's CSVLogger: epoch, train_loss, valid_loss, metrics, and `time` as minutes and seconds."""

from __future__ import annotations

from typing import ClassVar

from loglens.readers.contract.base import TABLE, Probe, ReaderMeta
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table_log import Dialect


class FastaiCsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="fastai-csv", title="fastai history.csv")
    dialect: ClassVar[Dialect] = Dialect(
        format="fastai-csv", facts=TABLE, rank=20, steps=("epoch",), axis="epoch", appended=True, aggregate="epoch"
    )

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return {"epoch", "train_loss", "valid_loss"} <= names and "time" in names
