"""Ray Tune: result.json and progress.csv of a trial. The event file beside them repeats it without the NaN points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from loglens.readers.contract.base import TABLE, Log, Probe, ReaderMeta
from loglens.readers.contract.per_file import per_file
from loglens.readers.settings.beside import settings_beside
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.json.lines import first_object
from loglens.readers.tables.json.rows import read_json_rows
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_log import Dialect, table_logs

_STEP = "training_iteration"
_DIALECT = Dialect(
    format="ray-tune", rank=10, steps=(_STEP,), canonical=("result.json", "progress.csv"),
    hidden=frozenset({"pid", "done", "iterations_since_restore", "time_since_restore", "timesteps_since_restore"}),
)  # fmt: skip


class RayTuneJson:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="ray-tune", title="Ray Tune result.json")
    dialect: ClassVar[Dialect] = _DIALECT

    def recognises(self, probe: Probe) -> bool:
        return _STEP in (first_object(probe) or ())

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        return table_logs(
            _without_config(read_json_rows(path, joiner="/")),
            self.dialect,
            config=settings_beside(path.parent, "params.json"),
        )


class RayTuneCsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="ray-tune-csv", title="Ray Tune progress.csv", sniffs=True)
    dialect: ClassVar[Dialect] = replace(_DIALECT, format="ray-tune-csv", facts=TABLE, rank=11)

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return _STEP in names

    def logs(self, table: Table) -> Iterator[Log]:
        return table_logs(
            _without_config(table), self.dialect, config=settings_beside(table.path.parent, "params.json")
        )


def _without_config(table: Table) -> Table:
    """The settings of the trial stand in every row; they are no series."""
    return table.keeping([place for place, name in enumerate(table.names) if not name.startswith("config/")])
