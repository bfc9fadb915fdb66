"""Keras: a bar an epoch, drawn again and again, that ends in the epoch's figures. The step is the epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

# Keras prints "Epoch 3/10" and then a bar, drawn again and again, that ends in the epoch's figures

EPOCH = re.compile(rb"[ \t]{0,16}Epoch (\d+)/\d+\s*$")
BAR = re.compile(rb"\s*(\d+)/(\d+)\s*(?:\[[=>.]*\]|\xe2\x94\x81|- )")
FIGURES = re.compile(rb" - ([A-Za-z_]\w*): (" + NUMBER + rb")")
QUIET = re.compile(rb"\s*+-? ?\d++s(?: [\d.]++[A-Za-z]\w*+/step)? - ")  # Keras 1 and 2 with verbose=2 print no counter


def keras_rows(lines: Lines) -> Iterator[PrintedRow]:
    """One row an epoch: the figures of its last full bar (validation is added to that one). The step is the epoch. A
    bar of another length behind it is that of an evaluation."""
    names = Names()
    epoch, last, length = 0, None, b""
    for number, line in enumerate(lines, start=1):
        if b"Epoch" in line[:21] and (head := EPOCH.match(line)):
            if last:
                yield last
            epoch, last, length = int(head[1]), None, b""
        elif epoch and b" - " in line and (full := _full(line)) is not None and full in (length or full, b""):
            figures = [(names[name], float(value)) for name, value in FIGURES.findall(line)]
            last = PrintedRow(epoch, figures, number, "epoch") if figures else last
            length = full
    if last:
        yield last


def _full(line: bytes) -> bytes | None:
    """The length of a bar at its end, b"" where none is printed; None of any other line: the figures of a bar before
    its end are means over a part of the epoch."""
    bar = BAR.match(line)
    if bar is None:
        return b"" if QUIET.match(line) else None
    return bar[2] if bar[1] == bar[2] else None


def _begins_epoch(line: bytes) -> bool:
    return EPOCH.match(line) is not None


KERAS = Grammar(name="keras-console", title="Keras console output", read=keras_rows, decisive=True,
                settles=_begins_epoch, alike=3)  # fmt: skip
