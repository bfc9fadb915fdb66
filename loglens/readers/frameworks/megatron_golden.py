"""Megatron's golden values: the curves that its functional tests compare with, one JSON document a run.

{"lm loss": {"start_step": 1, "end_step": 100, "step_interval": 5, "values": {"1": 10.86, "6": 10.2, ...}}}
{"lm loss": {"start_step": 0, "end_step": 50, "step_interval": 5, "values": [10.86, 10.2, ...]}, ...}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.per_file import per_file
from loglens.readers.contract.points import Points, as_number, as_step
from loglens.readers.tables.json.whole import whole_json

MARK = re.compile(r'"(?:start_step|step_interval)"\s*:\s*\d')


class MegatronGolden:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="megatron-golden", title="Megatron golden values")

    def recognises(self, probe: Probe) -> bool:
        text = probe.text
        if text is None or not text.lstrip().startswith("{") or probe.path.suffix not in (".json", ".gz"):
            return False
        return '"values"' in text and MARK.search(text) is not None

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        document, broken = whole_json(read_text(path))
        if not isinstance(document, Mapping):
            raise ReadError(path, "this is no whole JSON document; write it again")
        points = Points()
        for tag, held in document.items():
            if isinstance(held, Mapping):
                for step, value in _values(held):
                    points.add(str(tag), step, value)
        cut = () if broken is None else (Problem(path=str(path), message="the JSON is cut; its whole part was read"),)
        yield Log(format=self.meta.id, file=path, folder=path.parent, columns=points.columns(), own_file=True,
                  rank=45, problems=cut)  # fmt: skip


def _values(held: Mapping[str, object]) -> Iterator[tuple[int, float]]:
    values = held.get("values")
    if isinstance(values, Mapping):
        for step, item in values.items():
            value, at = as_number(item), as_step(step)
            if value is not None and at is not None:
                yield at, value
    elif isinstance(values, list):
        start, every = as_number(held.get("start_step")) or 0, as_number(held.get("step_interval")) or 1
        for place, item in enumerate(values):
            value, at = as_number(item), as_step(np.floor(start + place * every))
            if value is not None and at is not None:
                yield at, value
