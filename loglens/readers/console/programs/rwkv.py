"""RWKV-LM's train_log.txt: a mini-epoch a line, its loss, perplexity and rate, the time, and its number again.

0 3.318150 27.6092 0.00040000 2023-05-01 08:52:51.070489 0
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, Settled, any_line
from loglens.readers.contract.base import Column

LINE = re.compile(
    rb"(\d{1,9}) (" + NUMBER + rb") (" + NUMBER + rb") (\d\.\d{8}) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6} \d{1,9}\s*+"
)


def rwkv_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, line in enumerate(lines, start=1):
        if line[:1].isdigit() and (found := LINE.fullmatch(line)):
            loss, perplexity, rate = (float(found[at]) for at in (2, 3, 4))
            yield PrintedRow(int(found[1]), [("loss", loss), ("ppl", perplexity), ("lr", rate)], number)


def in_mini_epochs(columns: tuple[Column, ...]) -> Settled:
    return Settled(columns=columns, notes=(Note(kind="guess", message="the axis is RWKV's mini-epochs"),))


RWKV = Grammar(name="rwkv", title="RWKV-LM train_log", read=rwkv_rows, settle=in_mini_epochs, settles=any_line)
