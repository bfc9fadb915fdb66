"""Programs whose console output sums up each epoch: Keras and flair. The step is the epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, Row

# Keras prints "Epoch 3/10" and then a bar, drawn again and again, that ends in the epoch's figures

EPOCH = re.compile(rb"Epoch (\d+)/\d+\s*$")
BAR = re.compile(rb"\s*(\d+)/(\d+)\s*(?:\[[=>.]*\]|\xe2\x94\x81|- )")
FIGURES = re.compile(rb" - ([A-Za-z_]\w*): (" + NUMBER + rb")")
QUIET = re.compile(rb"\s*+-? ?\d++s(?: [\d.]++[A-Za-z]\w*+/step)? - ")  # Keras 1 and 2 with verbose=2 print no counter


def keras_rows(lines: Lines) -> Iterator[Row]:
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
            last = Row(epoch, figures, number, "epoch") if figures else last
    if last:
        yield last


def _full(line: bytes) -> bool:
    """A bar at its end: the figures of one before it are means over a part of the epoch."""
    bar = BAR.match(line)
    return bar[1] == bar[2] if bar else QUIET.match(line) is not None


KERAS = Grammar(name="keras-console", title="Keras console output", read=keras_rows, decisive=True)

# flair sums up: "EPOCH 2 done: loss 0.5965 - lr 0.1000", then "DEV : loss 0.95 - score 0.7667". Its lines within an
# epoch give means since the epoch began, a sawtooth and no curve

FLAIR_EPOCH = re.compile(rb"EPOCH (\d+) done: ")
FLAIR_SPLIT = re.compile(rb"(?:^|\s)(DEV|TEST) : ")
FLAIR_VALUE = re.compile(NUMBER)
FLAIR_NAME = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_. -"


def flair_rows(lines: Lines) -> Iterator[Row]:
    names, epoch = Names(), 0
    for number, line in enumerate(lines, start=1):
        if head := FLAIR_EPOCH.search(line):
            epoch = int(head[1])
            values = [(names[name], value) for name, value in _flair_pairs(line[head.end() :])]
            yield Row(epoch, values, number, "epoch")
        elif epoch and (head := FLAIR_SPLIT.search(line)):
            split = head[1].decode().lower()
            values = [(f"{split}_{names[name]}", value) for name, value in _flair_pairs(line[head.end() :])]
            yield Row(epoch, values, number, "epoch")


def _flair_pairs(text: bytes) -> Iterator[tuple[bytes, float]]:
    """Names with numbers between dashes: 'loss 0.5', 'f1-score (micro avg) 0.9', 'lr: 0.1'."""
    for piece in text.split(b" - "):
        said, _, value = piece.strip().rpartition(b" ")
        said = said.rstrip().removesuffix(b":").rstrip()
        name = said[len(said.rstrip(FLAIR_NAME)) :].lstrip(FLAIR_NAME[52:])
        if name and FLAIR_VALUE.fullmatch(value):
            yield name, float(value)


FLAIR = Grammar(name="flair", title="flair training.log", read=flair_rows, decisive=True)
