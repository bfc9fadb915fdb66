"""OpenNLP's maximum entropy training: the log-likelihood of all events, and the share that is right.

1:  ... loglikelihood=-224982.61337176486	0.0312
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

LINE = re.compile(
    rb"\s{0,8}(\d{1,9}):\s{1,4}\.\.\.\s{1,4}loglikelihood=(" + NUMBER + rb")(?:\s{1,8}(" + NUMBER + rb"))?\s*+"
)


def opennlp_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, line in enumerate(lines, start=1):
        if b"loglikelihood=" in line and (found := LINE.fullmatch(line)):
            accuracy = [] if found[3] is None else [("accuracy", float(found[3]))]
            yield PrintedRow(int(found[1]), [("loglikelihood", float(found[2])), *accuracy], number)


OPENNLP = Grammar(name="opennlp", title="OpenNLP", read=opennlp_rows, settles=any_line)
