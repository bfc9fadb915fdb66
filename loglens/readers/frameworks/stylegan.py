"""StyleGAN's `stats.jsonl`: a mean, a number and a deviation for each statistic of a tick; the axis is images shown.

{"Progress/tick": {"num": 1, "mean": 0.0, "std": 0.0}, "Progress/kimg": {"num": 1, "mean": 4.0, "std": 0.0},
 "Loss/G/loss": {"num": 4000, "mean": 0.52, "std": 0.1}, ..., "timestamp": 1634.5}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.per_file import per_file
from loglens.readers.contract.points import Points, as_number, as_step
from loglens.readers.tables.json.lines import first_object
from loglens.readers.tables.json.rows import parsed_rows

KIMG = "Progress/kimg"


class StyleGan:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="stylegan", title="StyleGAN stats.jsonl")

    def recognises(self, probe: Probe) -> bool:
        first = first_object(probe) if probe.path.suffix in (".jsonl", ".txt", ".gz") else None
        return first is not None and isinstance(first.get(KIMG), Mapping) and "mean" in first[KIMG]

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        rows, problems, _ = parsed_rows(path, read_text(path))
        points = Points()
        start: float | None = None
        for row in rows:
            values = dict(_means(row))
            kimg = values.pop(KIMG, None)
            time = as_number(row.get("timestamp"))
            start = time if start is None else start
            shown = None if kimg is None else as_step(np.round(1000 * kimg))
            if shown is None:
                continue
            for tag, value in values.items():
                points.add(tag, shown, value, time)
        yield Log(
            format=self.meta.id,
            file=path,
            folder=path.parent,
            columns=points.columns(axis="samples"),
            started=start,
            rank=40,
            problems=tuple(problems),
        )


def _means(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The mean of each statistic; nothing of those that were not measured in this tick."""
    for tag, held in row.items():
        if isinstance(held, Mapping) and held.get("num") != 0 and (mean := as_number(held.get("mean"))) is not None:
            yield str(tag), mean
