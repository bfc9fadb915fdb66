"""TensorBoard's JSON download of a tag: `[[wall time, step, value], ...]`; run and tag stand in the file name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.per_file import per_file
from loglens.readers.contract.points import Points, as_number, as_step
from loglens.readers.tables.json.whole import whole_json
from loglens.readers.tensorboard.csv_download import drawn, run_and_tag, together

_POINT = re.compile(r'\s*\[\s*\[\s*(\d{9,11}(?:\.\d+)?(?:[eE]\+?\d+)?)\s*,\s*-?\d+\s*,\s*[-\d"NI]')
"""The first point; its wall time is that of a year between 1973 and 5138."""


class TensorBoardJson:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="tensorboard-json", title="TensorBoard JSON download")

    def recognises(self, probe: Probe) -> bool:
        return _POINT.match(probe.text or "") is not None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return together(per_file(self.meta.id, paths, self._logs))

    def _logs(self, path: Path) -> Iterator[Log]:
        document, broken_at = whole_json(read_text(path))
        if not isinstance(document, list):
            raise ReadError(path, "the JSON is not whole; download it again", offset=broken_at)
        run, tag = run_and_tag(path)
        points, damaged = Points(), 0
        for row in document:
            numbers = [as_number(cell) for cell in row] if isinstance(row, list) else []
            step = as_step(row[1]) if len(numbers) == 3 else None
            if step is not None and numbers[2] is not None:
                points.add(tag, step, numbers[2], numbers[0])
            else:
                damaged += 1
        problems = []
        if broken_at is not None:
            problems.append(
                Problem(path=str(path), message="the JSON is cut here; download it again", offset=broken_at)
            )
        if damaged:
            problems.append(Problem(path=str(path), message=f"{damaged} rows are no [wall time, step, value]"))
        columns = points.columns()
        yield Log(
            format=self.meta.id,
            file=path,
            folder=path.parent,
            columns=columns,
            label=run,
            own_file=True,
            rank=60,
            notes=tuple(note for column in columns for note in drawn(path, column)),
            problems=tuple(problems),
        )
