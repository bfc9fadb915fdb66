"""NGCF, LightGCN and KGAT: a loss and the parts it is the sum of, once an epoch, and the ranking now and then.

Epoch 3 [49.2s]: train==[0.68610=0.68500 + 0.00110]
Epoch 9 [49.2s + 31.2s]: train==[0.41=0.40 + 0.01 + 0.00], recall=[0.10, 0.30], precision=[0.02, 0.01], ndcg=[0.1, 0.2]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

LINE = re.compile(rb"[^\n]{0,60}?\bEpoch (\d{1,6}) \[[^\]\n]{0,40}\]: train==\[(" + NUMBER + rb")=([^\]\n]{1,120})\]")
NUMBERS = re.compile(NUMBER)
RANKED = re.compile(rb"(\w{1,20})=\[(" + NUMBER + rb")[,\]]")
PARTS = ("mf_loss", "emb_loss", "reg_loss")
"""What the sum is made of, in the order in which NGCF prints it."""


def ngcf_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row an epoch; of a ranking at several depths the first is read."""
    for number, line in enumerate(lines, start=1):
        if b"train==[" not in line or not (found := LINE.match(line)):
            continue
        parts = [float(part) for part in NUMBERS.findall(found[3])]
        values = [("loss", float(found[2])), *zip(PARTS, parts, strict=False)]
        values += [(f"test_{name.decode()}", float(value)) for name, value in RANKED.findall(line, found.end())]
        yield PrintedRow(int(found[1]), values, number, "epoch")


NGCF = Grammar(name="ngcf", title="NGCF, LightGCN, KGAT", read=ngcf_rows, settles=any_line)
