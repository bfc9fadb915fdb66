"""flair: lines that sum up each epoch. The step is the epoch, or the batch where the rate moves within an epoch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

# flair sums up: "EPOCH 2 done: loss 0.5965 - lr 0.1000", then "DEV : loss 0.95 - score 0.7667". Its lines within an
# epoch give means since the epoch began, a sawtooth and no curve; the mean of the batches between two of them follows

FLAIR_EPOCH = re.compile(rb"EPOCH (\d+) done: ")
FLAIR_BATCH = re.compile(rb"epoch (\d+) - iter (\d+)/(\d+) - ")
FLAIR_SPLIT = re.compile(rb"(?:^|\s)(DEV|TEST) : ")
FLAIR_VALUE = re.compile(NUMBER)
FLAIR_NAME = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_. -"
RATE = re.compile(rb" - lr:? (" + NUMBER + rb")")


def flair_rows(lines: Lines) -> Iterator[PrintedRow]:
    fine = _rate_moves_within_an_epoch(lines)
    names, epoch, length = Names(), 0, 0
    means = WindowMeans()
    for number, line in enumerate(lines, start=1):
        if head := FLAIR_EPOCH.search(line):
            epoch = int(head[1])
            values = [(names[name], value) for name, value in _flair_pairs(line[head.end() :])]
            if fine:
                yield PrintedRow(
                    epoch * length, [("loss_epoch", told) for name, told in values if name == "loss"], number
                )
            else:
                yield PrintedRow(epoch, values, number, "epoch")
        elif epoch and (head := FLAIR_SPLIT.search(line)):
            split = head[1].decode().lower()
            values = [(f"{split}_{names[name]}", value) for name, value in _flair_pairs(line[head.end() :])]
            yield PrintedRow(epoch * length, values, number) if fine else PrintedRow(epoch, values, number, "epoch")
        elif fine and (head := FLAIR_BATCH.search(line)):
            batch, length = int(head[2]), int(head[3])
            told = dict(_flair_pairs(line[head.end() :]))
            values = [(name.decode(), told[name]) for name in (b"lr",) if name in told]
            if b"loss" in told:
                values.insert(0, ("loss", means.of(int(head[1]), batch, told[b"loss"])))
            yield PrintedRow((int(head[1]) - 1) * length + batch, values, number)


class WindowMeans:
    """The mean of the batches since the last line, out of means since the epoch began."""

    def __init__(self) -> None:
        self._epoch, self._batches, self._mean, self._from_zero = 0, 0, 0.0, False

    def of(self, epoch: int, batch: int, mean: float) -> float:
        """`batch`: the first is 0 in older versions, 1 in later ones."""
        if epoch != self._epoch:
            self._epoch, self._batches, self._mean = epoch, 0, 0.0
            self._from_zero = self._from_zero or batch == 0
        batches, before, total = batch + self._from_zero, self._batches, self._batches * self._mean
        self._batches, self._mean = batches, mean
        return (mean * batches - total) / (batches - before) if batches > before else mean


def _rate_moves_within_an_epoch(lines: Lines) -> bool:
    """Whether an epoch's line cannot tell the rate: it was another at the epoch's batches."""
    rates: dict[int, set[bytes]] = {}
    for line in lines:
        if b" - iter " in line and (head := FLAIR_BATCH.search(line)) and (rate := RATE.search(line, head.end())):
            rates.setdefault(int(head[1]), set()).add(rate[1])
    return sum(len(those) > 1 for those in rates.values()) * 2 > len(rates)


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
