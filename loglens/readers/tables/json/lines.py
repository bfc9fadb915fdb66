"""Any program's JSON: lines of objects, an array of objects, or a whole training in one object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.json.history import history_of, is_history
from loglens.readers.tables.json.rows import read_json_rows
from loglens.readers.tables.table_log import Dialect, table_logs

_LINE = re.compile(r'\s*\{\s*"[^"\n]+"\s*:')
_ARRAY = re.compile(r'\s*\[\s*\{\s*"[^"\n]+"\s*:')
_NUMBER_AFTER_KEY = re.compile(r'"\s*+:\s*+\[?\s*+"?(?:-?\d|NaN|-?Infinity|nan)')
_CONTAINER_LOG = re.compile(
    r'\{"log":\s*"(?:[^"\\]|\\.)*",\s*"(?:stream|attrs)":'
)  # Docker's: text, for the text readers
_LOOKED_AT = 20


class JsonLines:
    """The general reader for JSON: what no framework's own reader claimed."""

    meta: ClassVar[ReaderMeta] = ReaderMeta(id="jsonl", title="JSON lines, one object per logging call")
    dialect: ClassVar[Dialect] = Dialect(format="jsonl", facts=frozenset({"generic"}), rank=60)

    def recognises(self, probe: Probe) -> bool:
        text = probe.text
        if text is None or _of_a_tracker(probe.name):
            return False
        if _is_one_document(text, probe.path):
            return True
        if not _NUMBER_AFTER_KEY.search(text) or _CONTAINER_LOG.match(text):
            return False
        if _ARRAY.match(text):
            return True
        # a file of one object is a log of one row only where its name says that rows are what it holds
        rows = probe.name.removesuffix(".gz").endswith((".jsonl", ".ndjson"))
        return is_json_lines(text, whole=probe.whole and not rows)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        head = Probe(path=path, size=path.stat().st_size).text or ""
        if _is_one_document(head, path):
            table, settings = history_of(path, read_text(path))
            return table_logs(table, self.dialect, config=settings)
        return table_logs(read_json_rows(path), self.dialect)


def _of_a_tracker(name: str) -> bool:
    """W&B's summaries and settings, which are no logs; its history was JSON lines before 2021."""
    return name.startswith("wandb-") and not name.startswith("wandb-history")


def _is_one_document(text: str, path: Path) -> bool:
    if not is_history(text, path):
        return False
    return len(text.strip().splitlines()) == 1 or not is_json_lines(text, whole=False)


def is_json_lines(text: str, *, whole: bool) -> bool:
    """Most of the first lines begin an object, and one is whole. `whole`: one object alone is a settings file."""
    lines = [line for line in text.splitlines() if line.strip()][:_LOOKED_AT]
    if 2 * sum(_LINE.match(line) is not None for line in lines) <= len(lines):
        return False
    first = next((row for line in lines if (row := _object(line)) is not None), None)
    if first is None:
        return False
    return len(lines) > 1 or not whole


def first_object(probe: Probe) -> dict[str, Any] | None:
    """The first object of a file of JSON lines, by which frameworks are told apart; None where it is no such file."""
    text = probe.text
    if text is None or not _LINE.match(text):
        return None
    return _object(text.lstrip().split("\n", 1)[0])


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = loaded(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
