"""Deeplearning4j: its listener tells the score, which is the loss with its regularisation, at an iteration."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow

SCORE = re.compile(rb"\bScore at iteration (\d++) is (" + NUMBER + rb")\s*$")
EVALUATED = re.compile(rb"\s{0,4}(Accuracy|Precision|Recall|F1 Score):\s{1,20}(" + NUMBER + rb")\s*$")


def score_rows(lines: Lines) -> Iterator[PrintedRow]:
    """The score by iteration, and what an evaluation prints where the training had come to."""
    step = -1
    for number, line in enumerate(lines, start=1):
        if b"Score at" in line and (found := SCORE.search(line)):
            step = int(found[1])
            yield PrintedRow(step, [("score at iteration", float(found[2]))], number)
        elif step >= 0 and b":" in line and (found := EVALUATED.match(line)):
            yield PrintedRow(step, [(f"eval {found[1].decode().lower()}", float(found[2]))], number)


DL4J = Grammar(name="dl4j", title="Deeplearning4j listeners", read=score_rows)
