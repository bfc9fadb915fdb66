"""TensorBoard's CSV download of a tag: `Wall time,Step,Value`; run and tag stand in the file name.

The files of one run are one run. TensorBoard downloads what it shows, at most 1,000 points drawn from the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from loglens.model.run import Note
from loglens.readers.base import Column, Log, Probe, ReaderMeta
from loglens.readers.csv_parse import read_csv
from loglens.readers.csv_table import FrameworkCsv
from loglens.readers.per_file import per_file
from loglens.readers.table_log import Dialect, table_logs

_NAME = re.compile(r"run-(?P<run>.*?)-tag-(?P<tag>.+?)(?: ?\(\d+\))?\.csv(?:\.gz)?")
_DRAWN = 1000


class TensorBoardCsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="tensorboard-csv", title="TensorBoard CSV download")
    dialect: ClassVar[Dialect] = Dialect(format="tensorboard-csv", rank=60, steps=("step",))

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return names == {"wall time", "step", "value"}

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        """One log for each run of a folder; a file without run and tag in its name is a run of its own."""
        runs: dict[tuple[Path, str], list[Log]] = {}
        for log in per_file(self.meta.id, paths, self._logs):
            if log.label:
                runs.setdefault((log.folder, log.label), []).append(log)
            else:
                yield log
        several = {folder for folder, _ in runs if sum(other == folder for other, _ in runs) > 1}
        for (folder, run), logs in runs.items():
            yield replace(
                logs[0],
                columns=tuple(column for log in logs for column in log.columns),
                folder=folder / run.strip("./") if folder in several else folder,
                label="",
                own_file=False,
                notes=tuple(note for log in logs for note in log.notes),
                problems=tuple(problem for log in logs for problem in log.problems),
            )

    def _logs(self, path: Path) -> Iterator[Log]:
        found = _NAME.fullmatch(path.name)
        tag = found["tag"] if found else path.name.removesuffix(".gz").removesuffix(".csv")
        for log in table_logs(read_csv(path), self.dialect):
            columns = tuple(replace(column, tag=tag) for column in log.columns[:1])
            notes = (*log.notes, *(note for column in columns for note in _drawn(path, column)))
            yield replace(log, columns=columns, notes=notes, label=found["run"] if found else "")


def _drawn(path: Path, column: Column) -> tuple[Note, ...]:
    if len(column.steps) != _DRAWN or len(np.unique(np.diff(column.steps))) <= 2:
        return ()
    told = (f"{column.tag!r} has exactly 1,000 points at uneven steps: TensorBoard drew them from the log, spikes "
            "may be missing; read the event files instead")  # fmt: skip
    return (Note(kind="info", message=told, path=str(path), series=column.tag, count=len(column.steps)),)
