"""flair's loss.tsv: EPOCH, TIMESTAMP, BAD_EPOCHS, LEARNING_RATE, TRAIN_LOSS, DEV_LOSS and scores."""

from __future__ import annotations

from typing import ClassVar

from loglens.readers.contract.base import TABLE, Probe, ReaderMeta
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table_log import Dialect


class FlairTsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="flair", title="flair loss.tsv")
    dialect: ClassVar[Dialect] = Dialect(
        format="flair", facts=TABLE, rank=10, steps=("epoch",), axis="epoch", canonical=("loss.tsv",),
        aggregate="epoch",        aggregates={"learning_rate": "point"},
    )  # fmt: skip

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return {"epoch", "timestamp", "train_loss"} <= names and bool({"bad_epochs", "learning_rate"} & names)
