"""DVCLive: one tab-separated file per metric under `plots/metrics`; the path is the metric's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Note, Problem
from loglens.readers.contract.base import NOTHING_SNIFFED, Column, Log, Probe, ReaderMeta, Sniffed
from loglens.readers.contract.per_file import per_file
from loglens.readers.naming.metric_names import axis_role
from loglens.readers.settings.beside import settings_beside
from loglens.readers.tables.csv.dialect import layout_of
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.table_log import Dialect, table_logs

_PLACES = (("plots", "metrics"), ("scalars",))
"""Under which folders the metrics lie: since DVCLive 1.0, and before."""


class DvcLive:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="dvclive", title="DVCLive", sniffs=True)
    dialect: ClassVar[Dialect] = Dialect(format="dvclive", rank=10, steps=("step",))

    def recognises(self, probe: Probe) -> bool:
        if probe.path.suffix != ".tsv" or _home(probe.path) is None:
            return False
        layout = layout_of(probe)
        return layout is not None and "step" in layout.names and len(layout.names) <= 3

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        runs: dict[Path, list[Log]] = {}
        for log in per_file(self.meta.id, paths, lambda path: self._logs(path, sniffed)):
            runs.setdefault(log.folder, []).append(log)
        for logs in runs.values():
            columns: list[Column] = [column for log in logs for column in log.columns]
            notes: list[Note] = [note for log in logs for note in log.notes if note.kind != "guess"]
            problems: list[Problem] = [problem for log in logs for problem in log.problems]
            yield replace(
                logs[0],
                columns=tuple(columns),
                notes=tuple(notes),
                problems=tuple(problems),
                own_file=False,
                config=settings_beside(logs[0].folder, "params.yaml", "params.json"),
            )

    def _logs(self, path: Path, sniffed: Sniffed) -> Iterator[Log]:
        home = _home(path)
        folder, inner = home if home is not None else (path.parent, Path(path.name))
        tag = inner.with_suffix("").as_posix()
        for log in table_logs(read_csv(path, sniffed), self.dialect, folder=folder):
            values = [column for column in log.columns if axis_role(column.tag) != "step"]
            yield replace(log, columns=tuple(replace(column, tag=tag) for column in values[-1:]))


def _home(path: Path) -> tuple[Path, Path] | None:
    """DVCLive's folder, and the path of a metric below its metrics."""
    parts = path.parts
    for place in _PLACES:
        for at in range(len(parts) - len(place) - 1, 0, -1):
            if parts[at : at + len(place)] == place:
                return Path(*parts[:at]), Path(*parts[at + len(place) :])
    return None
