"""LeRobot's training lines, whose steps are rounded from a thousand on.

INFO 2025-04-08 13:08:26 ts/train.py:232 step:800 smpl:26K ep:43 epch:0.42 loss:0.105 grdn:1.400 lr:2.0e-05 ...
INFO 2025-04-08 13:10:43 ts/train.py:232 step:1K smpl:45K ep:75 epch:0.73 loss:0.046 grdn:1.068 lr:2.5e-05 ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, Settled
from loglens.readers.contract.base import Column

LINE = re.compile(rb"(?<![\w:])step:(\d{1,9})([KMB]?) smpl:[\d.]{1,15}[KMB]? ep:[\d.]{1,15}[KMB]? epch:")
PAIR = re.compile(rb"(?<![\w:])(?!step:|smpl:|ep:)([a-z_]{1,60}):(" + NUMBER + rb")(?!\S)")
RENAMED = {b"grdn": "grad_norm", b"epch": "epoch", b"updt_s": "update_seconds", b"data_s": "data_seconds"}
THOUSANDS = {b"": 1, b"K": 1_000, b"M": 1_000_000, b"B": 1_000_000_000}


@dataclass(slots=True)
class Counter:
    """Steps as they were before they were rounded: as many apart as the ones that were printed whole."""

    last: int | None = None
    stride: int = 0

    def step(self, shown: int, unit: int) -> int:
        """`shown` in thousands or millions (`unit`), or whole where that is 1."""
        near = shown * unit
        if unit == 1:
            if self.last is not None and near > self.last:
                self.stride = near - self.last
        elif self.last is not None:
            following = self.last + max(1, self.stride)
            if abs(following - near) <= unit // 2:
                near = following if self.stride else max(near, following)
        self.last = near
        return near


def lerobot_rows(lines: Lines) -> Iterator[PrintedRow]:
    names, counter = Names(), Counter()
    for number, line in enumerate(lines, start=1):
        if b" smpl:" in line and (head := LINE.search(line)):
            values = [
                (RENAMED.get(name) or names[name], float(value)) for name, value in PAIR.findall(line, head.start())
            ]
            yield PrintedRow(counter.step(int(head[1]), THOUSANDS[head[2]]), values, number)


def counted_between(columns: tuple[Column, ...]) -> Settled:
    told = "steps are printed rounded from 1,000 on (1K): they are counted on as far apart as those before"
    return Settled(columns=columns, notes=(Note(kind="guess", message=told),))


LEROBOT = Grammar(name="lerobot", title="LeRobot", read=lerobot_rows, settle=counted_between)
