"""build-nanogpt: `250 train 6.123456`, `250 val 6.1234`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

# build-nanogpt's log.txt: "250 train 6.123456", "250 val 6.1234", "250 hella 0.2463"

BUILD_LINE = re.compile(rb"(\d+) (train|val|hella|hellaswag) (" + NUMBER + rb")\s*$")
BUILD_NAMES = {b"train": "train_loss", b"val": "val_loss"}


def build_nanogpt_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, line in enumerate(lines, start=1):
        if line[:1].isdigit() and (found := BUILD_LINE.match(line)):
            name = BUILD_NAMES.get(found[2], found[2].decode())
            yield PrintedRow(int(found[1]), [(name, float(found[3]))], number)


BUILD_NANOGPT = Grammar(name="build-nanogpt", title="build-nanogpt log.txt", read=build_nanogpt_rows, settles=any_line)
