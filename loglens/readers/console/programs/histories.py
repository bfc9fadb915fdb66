"""Whole curves printed at once, as lists: `print(history.history)`, `train_losses = [0.69, 0.61, 0.55]`.

{'loss': [0.6931, 0.5512], 'val_loss': [0.6404, 0.5967]}        Train losses: [tensor(2.30), tensor(2.11)]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.model.run import Note
from loglens.readers.console.grammar import MEASURED, NUMBER, RATES, Grammar, Lines, PrintedRow, Settled
from loglens.readers.console.shapes import WRAPPED
from loglens.readers.contract.base import Column

BEGIN = re.compile(
    rb"(?<![\w'\"])['\"]?([A-Za-z_][\w./-]{0,60}+(?: [A-Za-z_][\w./-]{0,60}+){0,3})['\"]?\s?[:=]\s?"
    rb"(?:(?:np\.|numpy\.)?(?:array|tensor)\()?\["
)
ITEM = re.compile(NUMBER)
LEAST = 3
"""Numbers of a list that is a curve."""


def history_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row for each place in the lists; of a list that is printed again, longer, as it was printed last."""
    curves: dict[str, list[float]] = {}
    last = 0
    for number, line in enumerate(lines, start=1):
        if b"[" not in line or b"," not in line:
            continue
        for name, values in _lists(line):
            curves[name], last = values, number
    measured = [name for name in curves if MEASURED.search(name)]
    if not measured:
        return
    length = max(len(curves[name]) for name in measured)
    for at in range(length):
        row = [(name, values[at]) for name, values in curves.items() if at < len(values)]
        yield PrintedRow(at + 1, row, last, "epoch")


def _lists(line: bytes) -> Iterator[tuple[str, list[float]]]:
    at = 0
    while (begin := BEGIN.search(line, at)) is not None:
        end = line.find(b"]", begin.end())
        at = end if end > 0 else len(line)
        text = line[begin.end() : at]
        if b"(" in text:
            text = WRAPPED.sub(rb"\1", text)
        items = [item.strip() for item in text.split(b",")]
        if len(items) < LEAST or not all(map(ITEM.fullmatch, items)):
            continue
        name = begin[1].decode("utf-8", errors="replace")
        if MEASURED.search(name) or name.casefold() in RATES:
            yield name, [float(item) for item in items]


def say_listed(columns: tuple[Column, ...]) -> Settled:
    told = "whole curves are printed as lists: their numbers are counted 1, 2, 3, ... as epochs"
    return Settled(columns=columns, notes=(Note(kind="guess", message=told),))


HISTORIES = Grammar(
    name="histories", title="curves printed as lists", read=history_rows, settle=say_listed, evidence=LEAST, alike=5
)
