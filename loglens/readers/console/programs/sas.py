"""SAS' deepLearn action: notes in columns whose names have blanks in them.

NOTE:  Epoch Learning Rate        Loss  Fit Error Validation Loss Validation Error   Time(s)
NOTE:      0         0.001       3.962     0.9733            4.27           0.9829     11.52
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow

HEADER = re.compile(rb"NOTE:\s{1,8}Epoch\s{1,8}Learning Rate\s")
NAMES = re.compile(rb"Learning Rate|Validation Loss|Validation Error|Fit Error|Loss|Time ?\(s\)")
CALLED = {b"Learning Rate": "learning_rate", b"Validation Loss": "val_loss", b"Validation Error": "val_error",
          b"Fit Error": "error", b"Loss": "loss"}  # fmt: skip
ROW = re.compile(rb"NOTE:((?:\s{1,20}" + NUMBER + rb"){3,8})\s*+")


def sas_rows(lines: Lines) -> Iterator[PrintedRow]:
    names: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith(b"NOTE:"):
            continue
        if HEADER.match(line):
            names = [CALLED.get(found, "seconds") for found in NAMES.findall(line)]
        elif names and (found := ROW.fullmatch(line)):
            epoch, *cells = found[1].split()
            if epoch.isdigit() and len(cells) == len(names):
                yield PrintedRow(int(epoch), list(zip(names, map(float, cells), strict=True)), number, "epoch")


SAS = Grammar(name="sas", title="SAS deepLearn", read=sas_rows)
