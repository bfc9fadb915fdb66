"""Keras' CSVLogger: one row per epoch, `NA` where a metric was not measured, appended without a header."""

from __future__ import annotations

from typing import ClassVar

from loglens.readers.contract.base import TABLE, Probe, ReaderMeta
from loglens.readers.naming.metric_names import axis_role
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table_log import Dialect


class KerasCsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="keras-csv", title="Keras CSVLogger")
    dialect: ClassVar[Dialect] = Dialect(
        format="keras-csv", facts=TABLE, rank=20, steps=("epoch",), axis="epoch", appended=True, aggregate="epoch",
        aggregates={"learning_rate": "point", "lr": "point"},
    )  # fmt: skip

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        """`loss` beside `epoch`, or beside nothing but metrics and their `val_` duplicates (older callbacks)."""
        if "loss" not in names or any(axis_role(name) == "step" for name in names):
            return False
        measured = names - {"epoch", "lr", "learning_rate"}
        duplicates = {f"val_{name}" for name in measured if not name.startswith("val_")}
        validated = {name for name in measured if name.startswith("val_")}
        return (bool(validated) and validated <= duplicates and validated == duplicates) or (
            "epoch" in names and validated == duplicates
        )
