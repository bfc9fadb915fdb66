"""Keras: a bar an epoch, drawn again and again, that ends in the epoch's figures. The step is the epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

# Keras prints "Epoch 3/10" and then a bar, drawn again and again, that ends in the epoch's figures

EPOCH = re.compile(rb"Epoch (\d+)/\d+\s*$")
BAR = re.compile(rb"\s*(\d+)/(\d+)\s*(?:\[[=>.]*\]|\xe2\x94\x81|- )")
FIGURES = re.compile(rb" - ([A-Za-z_]\w*): (" + NUMBER + rb")")
QUIET = re.compile(rb"\s*+-? ?\d++s(?: [\d.]++[A-Za-z]\w*+/step)? - ")  # Keras 1 and 2 with verbose=2 print no counter


def keras_rows(lines: Lines) -> Iterator[PrintedRow]:
    """One row an epoch: the figures of its last full bar (validation is added to that one). The step is the epoch."""
    names = Names()
    epoch, last = 0, None
    for number, line in enumerate(lines, start=1):
        if line[:5] == b"Epoch" and (head := EPOCH.match(line)):
            if last:
                yield last
            epoch, last = int(head[1]), None
        elif epoch and b" - " in line and _full(line):
            figures = [(names[name], float(value)) for name, value in FIGURES.findall(line)]
            last = PrintedRow(epoch, figures, number, "epoch") if figures else last
    if last:
        yield last


def _full(line: bytes) -> bool:
    """A bar at its end: the figures of one before it are means over a part of the epoch."""
    bar = BAR.match(line)
    return bar[1] == bar[2] if bar else QUIET.match(line) is not None


def _begins_epoch(line: bytes) -> bool:
    return EPOCH.match(line) is not None


KERAS = Grammar(name="keras-console", title="Keras console output", read=keras_rows, decisive=True,
                settles=_begins_epoch)  # fmt: skip
