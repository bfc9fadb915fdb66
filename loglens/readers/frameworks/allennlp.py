"""AllenNLP's serialization folder: `metrics_epoch_0.json`, `metrics_epoch_1.json`, ... one file an epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Problem
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.points import Points, flat_numbers

NAME = re.compile(r"metrics_epoch_(\d+)\.json")
NOT_MEASURED = ("best_", "peak_", "epoch", "training_epochs", "training_start_epoch")


class AllenNlp:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="allennlp", title="AllenNLP metrics of each epoch")

    def recognises(self, probe: Probe) -> bool:
        return NAME.fullmatch(probe.name) is not None and b'"training_' in probe.head

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        folders: dict[Path, list[Path]] = {}
        for path in paths:
            folders.setdefault(path.parent, []).append(path)
        for folder, files in folders.items():
            yield _log(folder, sorted(files, key=_epoch))


def _epoch(path: Path) -> int:
    found = NAME.fullmatch(path.name)
    return int(found[1]) if found else 0


def _log(folder: Path, files: Sequence[Path]) -> Log:
    points, problems = Points(), []
    for path in files:
        try:
            metrics = loaded(read_text(path))
        except (OSError, ValueError) as error:
            problems.append(Problem(path=str(path), message=f"this epoch cannot be read: {error}"))
            continue
        if not isinstance(metrics, dict):
            problems.append(Problem(path=str(path), message="this epoch's file holds no metrics"))
            continue
        for name, value in metrics.items():
            if not name.startswith(NOT_MEASURED):
                points.add_row(_epoch(path), flat_numbers(name, value, {}))
    return Log(
        format=AllenNlp.meta.id, file=files[0], folder=folder, columns=points.columns(axis="epoch"), rank=20,
        problems=tuple(problems),
    )  # fmt: skip
