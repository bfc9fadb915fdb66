"""CatBoost's `catboost_info/`: `catboost_training.json`, and the same numbers as tables and as event files.

Series are called `learn/<metric>` and `test/<metric>`, as in its event files, which lie in folders of those names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from loglens.errors import ReadError
from loglens.model.run import Problem
from loglens.readers.contract.base import NOTHING_SNIFFED, Log, Probe, ReaderMeta, Sniffed
from loglens.readers.contract.files import read_text
from loglens.readers.contract.json_text import as_list
from loglens.readers.contract.per_file import per_file
from loglens.readers.contract.points import Points, as_number, as_step
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.json.whole import whole_json
from loglens.readers.tables.table_log import Dialect, table_logs

TRAINING = "catboost_training.json"
TABLE = re.compile(r"(?P<set>learn|test\d*)_error\.tsv|time_left\.tsv")
HEADER = b"iter\t"


class CatBoost:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="catboost", title="CatBoost catboost_info", sniffs=True)
    dialect: ClassVar[Dialect] = Dialect(format="catboost", rank=10, steps=("iter",), aggregate="point")

    def recognises(self, probe: Probe) -> bool:
        if probe.head.startswith(HEADER) and TABLE.fullmatch(probe.name):
            return True
        return probe.head[:1] == b"{" and b'"learn_metrics"' in probe.head and b'"iteration_count"' in probe.head

    def read(self, paths: Sequence[Path], sniffed: Sniffed = NOTHING_SNIFFED) -> Iterator[Log]:
        """The JSON of a folder, which holds every set; the tables where there is no JSON."""
        whole = {path.parent for path in paths if not TABLE.fullmatch(path.name)}
        left = [path for path in paths if not TABLE.fullmatch(path.name) or path.parent not in whole]
        return per_file(self.meta.id, left, lambda path: self._logs(path, sniffed))

    def _logs(self, path: Path, sniffed: Sniffed) -> Iterator[Log]:
        found = TABLE.fullmatch(path.name)
        if found is None:
            yield _training(path)
            return
        if found["set"] is None:
            return  # how long each round took
        for log in table_logs(read_csv(path, sniffed), self.dialect):
            columns = tuple(replace(column, tag=f"{found['set']}/{column.tag}") for column in log.columns)
            yield replace(log, columns=columns, own_file=False)


def _training(path: Path) -> Log:
    document, broken_at = whole_json(read_text(path))
    meta = document.get("meta") if isinstance(document, dict) else None
    rows = document.get("iterations", []) if isinstance(document, dict) else []
    if not isinstance(meta, dict) or not isinstance(rows, list):
        raise ReadError(path, "the JSON is not whole; copy the file again", offset=broken_at)
    points = Points()
    for row in rows:
        step = as_step(row.get("iteration")) if isinstance(row, dict) else None
        if step is not None:
            points.add_row(step, _measured(row, meta))
    problems = []
    if broken_at is not None:
        message = "the JSON ends here: the training was stopped, or is still writing it"
        problems.append(Problem(path=str(path), message=message, offset=broken_at))
    return Log(format=CatBoost.meta.id, file=path, folder=path.parent, columns=points.columns(), rank=10,
               problems=tuple(problems))  # fmt: skip


def _measured(row: Mapping[str, Any], meta: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for kind, metrics in (("learn", "learn_metrics"), ("test", "test_metrics")):
        names = [str(item.get("name")) for item in as_list(meta.get(metrics)) if isinstance(item, dict)]
        for name in map(str, as_list(meta.get(f"{kind}_sets"))):
            for metric, value in zip(names, as_list(row.get(name)), strict=False):
                number = as_number(value)
                if number is not None:
                    yield f"{name}/{metric}", number
