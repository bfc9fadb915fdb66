"""fastText draws "Progress:  10.0% words/sec/thread:  100 lr:  0.09 avg.loss:  2.1 ETA: ..." again and again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, Settled, any_line
from loglens.readers.contract.base import Column

LINE = re.compile(rb"Progress:\s{0,4}(\d{1,3})(?:\.(\d)\d*)?%")
PAIR = re.compile(rb"(?<![\w.])(lr|avg\.loss|loss):\s{0,8}(" + NUMBER + rb")(?![\w.])")


def fasttext_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, line in enumerate(lines, start=1):
        if line.lstrip().startswith(b"Progress:") and (head := LINE.match(line.lstrip())):
            values = [(name.decode(), float(value)) for name, value in PAIR.findall(line)]
            if values:
                yield PrintedRow(10 * int(head[1]) + int(head[2] or 0), values, number)


def in_thousandths(columns: tuple[Column, ...]) -> Settled:
    told = "no step is printed: the axis is the progress in thousandths"
    return Settled(columns=columns, notes=(Note(kind="guess", message=told),))


FASTTEXT = Grammar(name="fasttext", title="fastText", read=fasttext_rows, settle=in_thousandths,
                   settles=any_line)  # fmt: skip
