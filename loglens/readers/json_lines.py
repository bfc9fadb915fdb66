"""Any program's JSON: lines of objects, an array of objects, or one object of lists (a dumped Keras history; nested as
Ludwig's training_statistics.json and XGBoost's evals_result)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from loglens.errors import ReadError, UnknownFormat
from loglens.readers.base import Log, Probe, ReaderMeta
from loglens.readers.files import read_text
from loglens.readers.json_rows import read_json_rows, table_of_rows
from loglens.readers.per_file import per_file
from loglens.readers.table_log import Dialect, table_logs

_LINE = re.compile(r'\s*\{\s*"[^"\n]+"\s*:')
_ARRAY = re.compile(r'\s*\[\s*\{\s*"[^"\n]+"\s*:')
_NUMBER_AFTER_KEY = re.compile(r'"\s*:\s*\[?\s*"?(?:-?\d|NaN|-?Infinity|nan)')
_LOOKED_AT = 20
_CALLS = re.compile(r'"\s*:\s*\[\s*\{[^{}\[\]]*"(?:global_)?(?:step|epoch|iter|iteration)"\s*:\s*[\d.]')
_LISTS = re.compile(r'\s*\{\s*"[^"\n]+"\s*:\s*\[\s*(?:-?\d|NaN|-?Infinity|null)')
_NESTED = re.compile(r'\s*\{\s*(?:"[^"\n]+"\s*:\s*\{\s*)+"[^"\n]+"\s*:\s*\[\s*(?:-?\d|NaN|-?Infinity|null)')
_CURVE = re.compile(r'"[^"\n]*(?:loss|rmse|mae|entropy)"\s*:\s*\[\s*[-\d.eE]+\s*,\s*[-\dN]')


class JsonLines:
    """The general reader for JSON: what no framework's own reader claimed."""

    meta: ClassVar[ReaderMeta] = ReaderMeta(id="jsonl", title="JSON lines, one object per logging call")
    dialect: ClassVar[Dialect] = Dialect(format="jsonl", rank=60)

    def recognises(self, probe: Probe) -> bool:
        text = probe.text
        if text is None or not _NUMBER_AFTER_KEY.search(text) or probe.name.startswith("wandb-"):
            return False
        if _ARRAY.match(text) or _is_lists(text) or _is_history(text):
            return True
        # a file of one object is a log of one row only where its name says that rows are what it holds
        rows = probe.name.removesuffix(".gz").endswith((".jsonl", ".ndjson"))
        return is_json_lines(text, whole=probe.whole and not rows)

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        head = Probe(path=path, size=path.stat().st_size).text or ""
        if _is_lists(head):
            return table_logs(table_of_rows(path, _rows_of_lists(path, read_text(path))), self.dialect)
        if _is_history(head):
            return table_logs(table_of_rows(path, _rows_of_history(path, read_text(path))), self.dialect)
        return table_logs(read_json_rows(path), self.dialect)


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
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _is_lists(text: str) -> bool:
    """One object of lists; where it is nested, one that holds a curve: settings are nested as well."""
    if not _LISTS.match(text) and not (_NESTED.match(text) and _CURVE.search(text)):
        return False
    return len(text.strip().splitlines()) == 1 or not is_json_lines(text, whole=False)


def _is_history(text: str) -> bool:
    """One object that holds a list of logging calls under some name: {"history": [{"step": 0, "loss": 3.0}, ...]}."""
    return (
        text.lstrip()[:1] == "{"
        and "loss" in text
        and _CALLS.search(text) is not None
        and (len(text.strip().splitlines()) == 1 or not is_json_lines(text, whole=False))
    )


def _rows_of_history(path: Path, text: str) -> list[dict[str, Any]]:
    """The longest list of objects in the file."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ReadError(path, f"the JSON is not whole: {error}; copy the file again") from error
    lists = [value for value in data.values() if isinstance(value, list)]
    rows = [[row for row in value if isinstance(row, dict)] for value in lists]
    return max(rows, key=len, default=[])


def _lists_in(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, list[Any]]]:
    """The lists in an object and in the objects it holds, names joined with a dot."""
    for name, inner in value.items():
        if isinstance(inner, list):
            yield f"{prefix}{name}", inner
        elif isinstance(inner, Mapping):
            yield from _lists_in(inner, f"{prefix}{name}.")


def _rows_of_lists(path: Path, text: str) -> list[dict[str, Any]]:
    try:
        lists = json.loads(text)
    except ValueError as error:
        raise ReadError(path, f"the JSON is not whole: {error}; copy the file again") from error
    columns = dict(_lists_in(lists))
    if not columns:
        raise UnknownFormat(path, "the JSON holds no list of numbers; give the path of the log itself")
    length = max(len(values) for values in columns.values())
    return [{name: values[at] for name, values in columns.items() if at < len(values)} for at in range(length)]
