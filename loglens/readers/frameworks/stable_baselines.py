"""stable-baselines3: progress.csv and progress.json; the x axis is environment steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from loglens.readers.contract.base import TABLE, Log, Probe, ReaderMeta
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.json.lines import first_object
from loglens.readers.tables.json.rows import read_json_rows
from loglens.readers.tables.table_log import Dialect, table_logs

_STEP = "time/total_timesteps"
_DIALECT = Dialect(
    format="sb3", facts=TABLE, rank=10, steps=(_STEP,), canonical=("progress.csv", "progress.json")
)  # fmt: skip


class StableBaselinesCsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="sb3", title="stable-baselines3 progress.csv")
    dialect: ClassVar[Dialect] = _DIALECT

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return _STEP in names


class StableBaselinesJson:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="sb3-json", title="stable-baselines3 progress.json")
    dialect: ClassVar[Dialect] = replace(_DIALECT, format="sb3-json", facts=frozenset(), rank=11)

    def recognises(self, probe: Probe) -> bool:
        return _STEP in (first_object(probe) or ())

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, lambda path: table_logs(read_json_rows(path), self.dialect))
