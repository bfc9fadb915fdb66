"""ESPnet: batches that begin again in each epoch, and the means of an epoch for each split."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

# ESPnet prints "(trainer:672) INFO: 3epoch:train:451-500batch: iter_time=0.1, loss=12.3, optim0_lr0=1.0e-06", where
# batches begin again in each epoch, and "3epoch results: [train] loss=12.3, ..., [valid] loss=11.5, ..."

ESPNET_BATCHES = re.compile(rb"(?<!\d)(\d+)epoch:train:\d+-(\d+)batch: ")
ESPNET_RESULTS = re.compile(rb"(?<!\d)(\d+)epoch results: ")
ESPNET_PART = re.compile(rb"\[(\w+)\] ([^\[]*)")
ESPNET_PAIR = re.compile(rb"(?<!\w)([A-Za-z_]\w*+)=(" + NUMBER + rb")(?=,|\s*$)")


def espnet_rows(lines: Lines) -> Iterator[PrintedRow]:
    """By batch where batches were printed; the means of an epoch stand at its end, as `<split>_<name>`."""
    first, length = _first_epoch(lines)
    by_batch = length > 0
    names, begun, step, epoch = Names(), 0, (first - 1) * length, 0
    for number, line in enumerate(lines, start=1):
        if b"epoch" not in line:
            continue
        if head := ESPNET_BATCHES.search(line):
            if int(head[1]) != epoch:
                epoch, begun = int(head[1]), step
            step = begun + int(head[2])
            pairs = ESPNET_PAIR.findall(line, head.end())
            yield PrintedRow(step, [(names[name], float(value)) for name, value in pairs], number)
        elif head := ESPNET_RESULTS.search(line):
            values = [(f"{part[1].decode()}_{names[name]}", float(value))
                      for part in ESPNET_PART.finditer(line, head.end())
                      for name, value in ESPNET_PAIR.findall(part[2])]  # fmt: skip
            yield PrintedRow(step if by_batch else int(head[1]), values, number, "step" if by_batch else "epoch")


def _first_epoch(lines: Lines) -> tuple[int, int]:
    """The epoch with which the log begins, and how many batches the longest has (0 where none were printed): what was
    trained before has gone as many steps."""
    first, length = 0, 0
    for line in lines:
        if b"epoch:train:" in line and (head := ESPNET_BATCHES.search(line)):
            first, length = first or int(head[1]), max(length, int(head[2]))
    return max(first, 1), length


ESPNET = Grammar(name="espnet", title="ESPnet train.log", read=espnet_rows, decisive=True)
