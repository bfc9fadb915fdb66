"""A text that holds one list of numbers, as Python or NumPy print it, called after what it holds:

losses.txt     [3.167 3.024 2.939          loss.txt      [2.31, 2.08, 1.94]
                2.870 2.781]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from loglens.model.run import Note
from loglens.readers.contract.base import Column, Log, Probe, ReaderMeta
from loglens.readers.contract.files import read_text
from loglens.readers.contract.per_file import per_file
from loglens.readers.tables.csv.nameless import told_by_file

_SUFFIXES = (".txt", ".log", ".out", ".dat", ".lst", ".list", "")
_ONLY = re.compile(r"[\d.eE+\-nNaAiIfFtTyY,\[\]\s]++")
_NUMBER = re.compile(
    r"[+-]?(?:\d++(?:\.\d*+)?(?:[eE][+-]?\d++)?|\.\d++(?:[eE][+-]?\d++)?|nan|inf(?:inity)?)", re.IGNORECASE
)
_BETWEEN = re.compile(r"[,\[\]\s]*+")
_FEWEST = 3


class NumberList:
    meta: ClassVar[ReaderMeta] = ReaderMeta(id="number-list", title="A list of numbers")

    def recognises(self, probe: Probe) -> bool:
        text = (probe.text or "").lstrip()
        if probe.suffix not in _SUFFIXES or text[:1] != "[" or _ONLY.fullmatch(text) is None:
            return False
        return told_by_file(probe.path) is not None and len(_NUMBER.findall(text)) >= _FEWEST

    def read(self, paths: Sequence[Path]) -> Iterator[Log]:
        return per_file(self.meta.id, paths, self._logs)

    def _logs(self, path: Path) -> Iterator[Log]:
        text, values, at = read_text(path), [], 0
        while (found := _NUMBER.match(text, at := _behind(text, at))) is not None:
            values.append(float(found[0]))
            at = found.end()
        whole = at == len(text)
        notes = [Note(kind="guess", message="the numbers of the list are counted 0, 1, 2, ...", path=str(path))]
        if not whole:
            told = f"the list is read up to character {at}: what follows is no number"
            notes.append(Note(kind="dropped", message=told, path=str(path)))
        name = told_by_file(path) or "loss"
        column = Column(tag=name, steps=np.arange(len(values)), values=np.array(values), stepless=True)
        yield Log(format=self.meta.id, file=path, folder=path.parent, columns=(column,), own_file=True, rank=60,
                  notes=tuple(notes))  # fmt: skip


def _behind(text: str, at: int) -> int:
    """Where the next number may begin."""
    between = _BETWEEN.match(text, at)
    return at if between is None else between.end()
