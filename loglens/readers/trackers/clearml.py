"""ClearML's offline sessions: a folder or a zip with `task.json` and `metrics.jsonl`, a list of events a line.

[{"type": "training_stats_scalar", "metric": "loss", "variant": "train", "iter": 10, "value": 0.5, "timestamp": 1}]
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from loglens.model.run import Problem
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.doors import is_zip
from loglens.readers.contract.files import read_text
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.packed import member_of
from loglens.readers.contract.per_file import per_file
from loglens.readers.contract.points import Points, as_number, as_step

METRICS, TASK = "metrics.jsonl", "task.json"
SCALAR = "training_stats_scalar"


class ClearMl:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="clearml-offline", title="ClearML offline session")

    def recognises(self, probe: Probe) -> bool:
        if is_zip(probe):
            try:
                with zipfile.ZipFile(probe.path) as archive:
                    return {METRICS, TASK} <= set(archive.namelist())
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
                return False
        return probe.name.endswith((".jsonl", ".jsonl.gz")) and f'"{SCALAR}"' in (probe.text or "")

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        problems: list[Problem] = []
        text = _text(path)
        points = Points()
        start: float | None = None
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                written = loaded(line)
            except ValueError:
                problems.append(Problem(path=str(path), message=f"line {number} is no whole JSON list", offset=number))
                continue
            for event in _scalars(written):
                value, step = as_number(event.get("value")), as_step(event.get("iter"))
                if value is None or step is None:
                    continue
                time = as_number(event.get("timestamp"))
                seconds = None if time is None else time / 1000
                start = seconds if start is None else start
                names = (str(event.get("metric") or ""), str(event.get("variant") or ""))
                points.add("/".join(dict.fromkeys(filter(None, names))), step, value, seconds)
        yield Log(format=self.meta.id, file=path, folder=path.parent, columns=points.columns(), started=start, rank=20,
                  own_file=path.name != METRICS, problems=tuple(problems))  # fmt: skip


def _text(path: Path) -> str:
    """The events as text. What ends like an archive need not be one: any bytes may follow the last line."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if METRICS in archive.namelist():
                return member_of(archive, METRICS, path).decode("utf-8", errors="replace")
    return read_text(path)


def _scalars(written: object, depth: int = 4) -> Iterator[Mapping[str, object]]:
    """The events of scalars in a line, however they are batched."""
    if isinstance(written, list) and depth:
        for item in written:
            yield from _scalars(item, depth - 1)
    elif isinstance(written, Mapping):
        if written.get("type") == SCALAR:
            yield written
        elif isinstance(written.get("requests"), list):
            yield from _scalars(written["requests"], depth - 1)
