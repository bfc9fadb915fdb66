"""detectron2's metrics.json: JSON lines; values are the median of the last 20 iterations, evaluation on sparse rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.json.lines import first_object
from loglens.readers.tables.json.rows import read_json_rows
from loglens.readers.tables.table_log import Dialect, table_logs


class Detectron2:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="detectron2", title="detectron2 metrics.json")
    dialect: ClassVar[Dialect] = Dialect(
        format="detectron2", rank=10, steps=("iteration",), canonical=("metrics.json",), aggregate="median20",
        aggregates={"lr": "point"},
    )  # fmt: skip

    def recognises(self, probe: Probe) -> bool:
        keys = first_object(probe)
        return (
            keys is not None and "iteration" in keys and bool({"total_loss", "eta_seconds", "data_time"} & keys.keys())
        )

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: table_logs(read_json_rows(path), self.dialect))
