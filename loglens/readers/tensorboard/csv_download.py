"""TensorBoard's CSV download of a tag: `Wall time,Step,Value`; run and tag stand in the file name.

The files of one run are one run. TensorBoard downloads what it shows, at most 1,000 points drawn from the log.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from loglens.model.run import Note
from loglens.readers.contract.base import NOTHING_SNIFFED, TABLE, Column, Log, Probe, ReaderMeta, Sniffed
from loglens.readers.contract.per_file import per_file
from loglens.readers.naming.metric_names import SPLITS, TRAIN_SPLITS
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.csv.reader import FrameworkCsv
from loglens.readers.tables.table_log import Dialect, table_logs

_NAME = re.compile(r"run-(?P<run>.*?)-tag-(?P<tag>.+?)(?: ?\(\d+\))?\.(?:csv|json)(?:\.gz)?")
_SUFFIX = re.compile(r"\.(?:csv|json)(?:\.gz)?$")
_DRAWN = 1000


class TensorBoardCsv(FrameworkCsv):
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="tensorboard-csv", title="TensorBoard CSV download", sniffs=True)
    dialect: ClassVar[Dialect] = Dialect(format="tensorboard-csv", facts=TABLE, rank=60, steps=("step",))

    def knows(self, names: frozenset[str], probe: Probe) -> bool:
        return names == {"wall time", "step", "value"}

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        return together(per_file(self.meta.id, paths, lambda path: self._logs(path, sniffed)))

    def _logs(self, path: Path, sniffed: Sniffed) -> Iterator[Log]:
        run, tag = run_and_tag(path)
        for log in table_logs(read_csv(path, sniffed), self.dialect):
            columns = tuple(replace(column, tag=tag) for column in log.columns[:1])
            notes = (*log.notes, *(note for column in columns for note in drawn(path, column)))
            yield replace(log, columns=columns, notes=notes, label=run)


def run_and_tag(path: Path) -> tuple[str, str]:
    """What the name of a download says; the run is '' and the tag the name itself where it was renamed."""
    found = _NAME.fullmatch(path.name)
    return (found["run"], found["tag"]) if found else ("", _SUFFIX.sub("", path.name))


def together(logs: Iterable[Log]) -> Iterator[Log]:
    """One log for each run of a folder (`label`); a file without run and tag in its name is a run of its own."""
    runs: dict[Path, dict[str, list[Log]]] = {}
    for log in logs:
        if log.label:
            runs.setdefault(log.folder, {}).setdefault(log.label, []).append(log)
        else:
            yield log
    for folder, here in runs.items():
        homes = _homes(folder, tuple(here))
        for run, parts in here.items():
            yield replace(
                parts[0],
                columns=tuple(column for log in parts for column in log.columns),
                folder=homes[run],
                label="",
                own_file=False,
                notes=tuple(note for log in parts for note in log.notes),
                problems=tuple(problem for log in parts for problem in log.problems),
            )


def _homes(folder: Path, runs: Sequence[str]) -> dict[str, Path]:
    """The folder of each run, as if TensorBoard's log folder were here. It writes `keras_train` for `keras/train`."""
    if len(runs) == 1:
        return {runs[0]: folder}
    pairs: dict[str, dict[str, str]] = {}
    for run in runs:
        main, _, split = run.rpartition("_")
        if split in SPLITS:
            pairs.setdefault(main, {})[split] = run
    homes = {run: folder / run.strip("./") for run in runs}
    for main, splits in pairs.items():
        if len(splits) > 1 and splits.keys() & set(TRAIN_SPLITS):
            home = folder if len(splits) == len(runs) else folder / main.strip("./")
            homes |= {run: home / split for split, run in splits.items()}
    return homes


def drawn(path: Path, column: Column) -> tuple[Note, ...]:
    if len(column.steps) != _DRAWN or len(np.unique(np.diff(column.steps))) <= 2:
        return ()
    told = (f"{column.tag!r} has exactly 1,000 points at uneven steps: TensorBoard drew them from the log, spikes "
            "may be missing; read the event files instead")  # fmt: skip
    return (Note(kind="info", message=told, path=str(path), series=column.tag, count=len(column.steps)),)
