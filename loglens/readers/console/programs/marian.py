"""Marian NMT: updates, and validations marked so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, any_line

# Marian prints "Ep. 1 : Up. 1000 : Sen. 64,000 : Cost 3.21 * 1,234 @ 56 after 7,890 : Time 12.3s : ... : gNorm 1.2 :
# L.r. 3.0000e-04" and "[valid] Ep. 1 : Up. 1000 : ce-mean-words : 2.5 : new best"

MARIAN_HEAD = re.compile(rb"Ep\. [\d.]+ : Up\. (\d+) : ")
MARIAN_CELL = re.compile(rb"(Cost|gNorm|L\.r\.) (" + NUMBER + rb")(?![\w.])")
MARIAN_VALID = re.compile(rb"([\w-]+) : (" + NUMBER + rb") : ")


def marian_rows(lines: Lines) -> Iterator[PrintedRow]:
    """The step is the update."""
    names = Names()
    for number, line in enumerate(lines, start=1):
        if b" : Up. " not in line or not (head := MARIAN_HEAD.search(line)):
            continue
        if b"[valid]" in line:
            found = MARIAN_VALID.match(line, head.end())
            values = [(f"valid {names[found[1]]}", float(found[2]))] if found else []
        else:
            values = [(names[name], float(value)) for name, value in MARIAN_CELL.findall(line, head.end())]
        if values:
            yield PrintedRow(int(head[1]), values, number)


MARIAN = Grammar(name="marian", title="Marian NMT train.log", read=marian_rows, settles=any_line)
