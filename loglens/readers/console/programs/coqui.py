"""Coqui's TTS trainer: a step, and below it a figure a line, the mean of the epoch so far behind it in brackets.

 --> STEP: 24/377 -- GLOBAL_STEP: 370025          later versions: --> TIME: 2022-08-11 14:02:22 -- STEP: 24/377 -- ...
   | > loss_disc: 2.55044  (2.58335)
   | > loss_mel: 16.80119  (17.41804)

--> EVAL PERFORMANCE
   | > avg_loss_disc: 2.31070 (-0.04)        its change since the last evaluation
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow

STEP = re.compile(rb"\s{0,8}--> (?:TIME: [\d :.-]{1,30} -- )?STEP: \d{1,9}/\d{1,9} -- GLOBAL_STEP: (\d{1,12})")
EVALUATED = re.compile(rb"\s{0,8}--> EVAL PERFORMANCE")
FIGURE = re.compile(
    rb"\s{0,8}\| > ([A-Za-z][\w./-]{0,60}):\s{0,4}(" + NUMBER + rb")\s{0,4}(?:\(\s?[+-]?[\w.]{1,24}\))?\s*+"
)


def coqui_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row for each block of figures; those of an evaluation stand where the training had come to."""
    step: int | None = None
    prefix, values, begin = "", [], 0
    for number, line in enumerate(lines, start=1):
        if step is not None and b"| > " in line and (found := FIGURE.fullmatch(line)):
            name = found[1].decode()
            values.append((f"{prefix}{name.removeprefix('avg_')}" if prefix else name, float(found[2])))
            continue
        if values and step is not None:
            yield PrintedRow(step, values, begin)
            values = []
        if b"-->" in line:
            if head := STEP.match(line):
                step, prefix, begin = int(head[1]), "", number
            elif EVALUATED.match(line):
                prefix, begin = "eval_", number
    if values and step is not None:
        yield PrintedRow(step, values, begin)


COQUI = Grammar(name="coqui", title="Coqui TTS's trainer", read=coqui_rows, evidence=2)
