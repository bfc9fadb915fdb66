"""flair: lines that sum up each epoch. The step is the epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

# flair sums up: "EPOCH 2 done: loss 0.5965 - lr 0.1000", then "DEV : loss 0.95 - score 0.7667". Its lines within an
# epoch give means since the epoch began, a sawtooth and no curve

FLAIR_EPOCH = re.compile(rb"EPOCH (\d+) done: ")
FLAIR_SPLIT = re.compile(rb"(?:^|\s)(DEV|TEST) : ")
FLAIR_VALUE = re.compile(NUMBER)
FLAIR_NAME = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_. -"


def flair_rows(lines: Lines) -> Iterator[PrintedRow]:
    names, epoch = Names(), 0
    for number, line in enumerate(lines, start=1):
        if head := FLAIR_EPOCH.search(line):
            epoch = int(head[1])
            values = [(names[name], value) for name, value in _flair_pairs(line[head.end() :])]
            yield PrintedRow(epoch, values, number, "epoch")
        elif epoch and (head := FLAIR_SPLIT.search(line)):
            split = head[1].decode().lower()
            values = [(f"{split}_{names[name]}", value) for name, value in _flair_pairs(line[head.end() :])]
            yield PrintedRow(epoch, values, number, "epoch")


def _flair_pairs(text: bytes) -> Iterator[tuple[bytes, float]]:
    """Names with numbers between dashes: 'loss 0.5', 'f1-score (micro avg) 0.9', 'lr: 0.1'."""
    for piece in text.split(b" - "):
        said, _, value = piece.strip().rpartition(b" ")
        said = said.rstrip().removesuffix(b":").rstrip()
        name = said[len(said.rstrip(FLAIR_NAME)) :].lstrip(FLAIR_NAME[52:])
        if name and FLAIR_VALUE.fullmatch(value):
            yield name, float(value)


def _ends_epoch(line: bytes) -> bool:
    return FLAIR_EPOCH.search(line) is not None


FLAIR = Grammar(name="flair", title="flair training.log", read=flair_rows, decisive=True, settles=_ends_epoch)
