"""XLM and its kin: a line of speeds, losses and rates every few updates, the update between dashes.

INFO - 05/06/19 09:01:01 - 0:01:01 -     100 -  616.40 sent/s - 31247.79 words/s - MLM-en:  8.9246 ||  - LR = 3.0000e-04
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

LINE = re.compile(rb" - {1,9}(\d{1,9}) - {1,9}[\d.]{1,12} sent/s - {1,9}[\d.]{1,12} words/s - ([^\n]{1,600})")
LOSS = re.compile(rb"([A-Z][A-Za-z0-9-]{1,30}): {1,6}(" + NUMBER + rb")(?= |\Z)")
RATE = re.compile(rb"([A-Za-z][A-Za-z ]{0,30}LR) = (" + NUMBER + rb")")


def xlm_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row a line; each objective is a loss, named after its task and languages."""
    for number, line in enumerate(lines, start=1):
        if b"sent/s" not in line or not (found := LINE.search(line)):
            continue
        values = [(f"{name.decode()} loss", float(value)) for name, value in LOSS.findall(found[2])]
        values += [(name.decode(), float(value)) for name, value in RATE.findall(found[2])]
        if values:
            yield PrintedRow(int(found[1]), values, number)


XLM = Grammar(name="xlm", title="XLM", read=xlm_rows, settles=any_line)
