"""Trax: a line for each metric of the training and of each evaluation.

Step    100: train CrossEntropyLoss |  7.46777762
Step    100: eval  CrossEntropyLoss |  7.50121021
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

LINE = re.compile(
    rb"[^\n]{0,80}?\bStep {1,9}(\d{1,9}): (train|eval) {1,4}([A-Za-z]\w{0,60}) {0,9}\| {0,9}(" + NUMBER + rb")\s{0,9}\Z"
)


def trax_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row a line."""
    for number, line in enumerate(lines, start=1):
        if b"Step" in line and (found := LINE.match(line)):
            yield PrintedRow(int(found[1]), [(f"{found[2].decode()}/{found[3].decode()}", float(found[4]))], number)


TRAX = Grammar(name="trax", title="Trax", read=trax_rows, settles=any_line)
