"""Notebooks: what their cells printed, in the order of the cells, read as a console's text.

Streams and plain texts as they stand; a table that a Trainer or fastai drew in HTML as lines with bars. Pictures and
sources are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from loglens.readers.console.reader import logs_of_text
from loglens.readers.console.text.markup import table_lines
from loglens.readers.contract.base import Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.json.whole import whole_json


class Notebook:
    meta: ClassVar[ReaderMeta] = ReaderMeta(
        id="notebook", title="Jupyter notebook",
        hint="run the cells that train and save the notebook with their outputs",
    )  # fmt: skip

    def recognises(self, probe: Probe) -> bool:
        name = probe.name.casefold().removesuffix(".gz")
        return name.endswith(".ipynb") and (probe.text or "").lstrip().startswith("{")

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        document, _ = whole_json(read_text(path))
        printed = "\n".join(outputs_of(document))
        if printed.strip():
            for log in logs_of_text(path, printed.encode("utf-8", errors="replace") + b"\n"):
                yield replace(log, format=self.meta.id)


def outputs_of(document: object) -> Iterator[str]:
    """What each cell printed."""
    for cell in _list(document, "cells") or _list(next(iter(_list(document, "worksheets")), {}), "cells"):
        for output in _list(cell, "outputs"):
            if not isinstance(output, Mapping):
                continue
            yield _text(output.get("text"))
            data = output.get("data")
            if isinstance(data, Mapping):
                html = _text(data.get("text/html"))
                yield "\n".join(table_lines(html)) if "<table" in html else _text(data.get("text/plain"))
            if output.get("output_type") in ("error", "pyerr"):
                yield f"{output.get('ename', '')}: {output.get('evalue', '')}"


def _list(holder: object, key: str) -> list[object]:
    found = holder.get(key) if isinstance(holder, Mapping) else None
    return found if isinstance(found, list) else []


def _text(value: object) -> str:
    """A string, or the lines of one."""
    if isinstance(value, list):
        return "".join(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else ""
