"""OpenMMLab, before and since MMEngine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import Grammar, Lines, Names, PrintedRow
from loglens.readers.console.programs.torchvision import pairs

# OpenMMLab prints "Epoch [1][50/7330]\tlr: 1.0e-02, loss: 2.2", today "Epoch(train)  [1][ 50/7330]  lr: ..." and
# "Iter(train) [  10/100]  lr: ...", and for results "Epoch(val) [1][100/100]  coco/bbox_mAP: 0.31"

MM_HEAD = re.compile(
    rb"- (Epoch|Iter)\s?(?:\((train|val|test)\))?\s*\[\s*(\d+)(?:/\s*\d+)?\](?:\[\s*(\d+)(?:/\s*(\d+))?\])?"
)


def mmengine_rows(lines: Lines) -> Iterator[PrintedRow]:
    """Epochs and batches count from 1; a validation stands at the last step of the training before it."""
    names, step, length = Names(), 0, 0
    for number, line in enumerate(lines, start=1):
        if b" - " not in line or not (head := MM_HEAD.search(line)):
            continue
        counter, mode, place, batch, batches = head.groups()
        if _is_foreign(counter, mode, batch):
            continue
        if mode in (None, b"train"):
            length = int(batches or length)
            step = int(place) if counter == b"Iter" else (int(place) - 1) * length + int(batch or 0)
        values = [(names[name], float(value)) for name, value, _ in pairs(line, head.end())]
        if values:
            yield PrintedRow(step, values, number)


def _is_foreign(counter: bytes, mode: bytes | None, batch: bytes | None) -> bool:
    """Another program's "Epoch [1/5]"."""
    return counter == b"Epoch" and mode is None and batch is None


def _trains(line: bytes) -> bool:
    head = MM_HEAD.search(line) if b" - " in line else None
    if head is None or not head[5] or _is_foreign(head[1], head[2], head[4]):
        return False
    return head[2] in (None, b"train")


MMENGINE = Grammar(name="mmengine-text", title="OpenMMLab text log", read=mmengine_rows, settles=_trains)
