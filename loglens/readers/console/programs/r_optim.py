"""R's optimisers (`nnet`, `multinom`, `optim`) print "iter  10 value 0.456137", often behind the marks of knitr."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

LINE = re.compile(
    rb"[\s>#]{0,12}(?:initial|iter\s{1,6}(\d{1,9}))\s{1,4}value\s{1,4}(" + NUMBER + rb")\s*+", re.IGNORECASE
)


def r_optim_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, line in enumerate(lines, start=1):
        if b"value" in line and (found := LINE.fullmatch(line)):
            yield PrintedRow(int(found[1] or 0), [("loss", float(found[2]))], number)


R_OPTIM = Grammar(name="r-optim", title="an optimiser of R", read=r_optim_rows, settles=any_line)
