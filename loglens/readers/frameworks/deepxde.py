"""DeepXDE's `loss.dat`: the step, the terms of the training loss, those of the test loss, and metrics, in one row. Its
heading has one name for each of these, however many columns it has; what is minimised is the sum of the terms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.errors import ReadError
from loglens.model.run import Note, Problem
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.per_file import per_file
from loglens.readers.contract.points import Points

HEADER = b"# step, loss_train, loss_test, metrics_test"


class DeepXde:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="deepxde", title="DeepXDE loss.dat")

    def recognises(self, probe: Probe) -> bool:
        return probe.head.startswith(HEADER)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        points, problems, terms = Points(), [], 0
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            if line.startswith("#") or not line.strip():
                continue
            row = _numbers(line)
            if row is None or len(row) < 3 or not row[0].is_integer() or (terms and (len(row) - 1) // 2 != terms):
                message = "the row has other cells than the others; it is left out"
                problems.append(Problem(path=str(path), message=message, offset=number))
                continue
            terms = (len(row) - 1) // 2
            values = [("train loss", sum(row[1 : 1 + terms])), ("test loss", sum(row[1 + terms : 1 + 2 * terms]))]
            metrics = [("test metric", value) for value in row[1 + 2 * terms :]]
            points.add_row(int(row[0]), [*values, *metrics])
        if not terms:
            raise ReadError(path, "no row below the heading holds a step and losses; train on, or copy the file again")
        told = f"each loss is the sum of its {terms} terms" if terms > 1 else "each loss has one term"
        note = Note(kind="info", message=told, path=str(path))
        yield Log(format=self.meta.id, file=path, folder=path.parent, columns=points.columns(), rank=10, notes=(note,),
                  problems=tuple(problems))  # fmt: skip


def _numbers(line: str) -> list[float] | None:
    try:
        return [float(cell) for cell in line.split()]
    except ValueError:
        return None
