"""Vowpal Wabbit's progress: a line at every doubling of the examples, under a heading of two lines.

average  since         example        example  current  current  current
loss     last          counter         weight    label  predict features
0.693147 0.693147            1            1.0  -1.0000   0.0000       38
0.513320 0.333493            2            2.0  -1.0000  -0.9268       38
0.476334 0.480218 h    4194304      4194304.0   1.0000  -0.3240       34     of held-out examples
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow

HEADING = re.compile(rb"\s{0,8}loss\s{1,8}last\s{1,16}counter\s{1,16}weight\b")
ROW = re.compile(
    rb"\s{0,8}(" + NUMBER + rb")\s{1,8}(" + NUMBER + rb")(\s{1,4}h)?\s{1,24}(\d{1,15})\s{1,24}\d{1,15}\.\d+\s{1,12}\S"
)


def vowpal_rows(lines: Lines) -> Iterator[PrintedRow]:
    """The losses since the line before and since the beginning, at the number of examples; of held-out examples, which
    have an `h`, under names of their own."""
    begun = False
    for number, line in enumerate(lines, start=1):
        begun = begun or HEADING.match(line) is not None
        if begun and (found := ROW.match(line)):
            average, since, held_out, examples = found.groups()
            names = ("val_loss", "val_loss_since") if held_out else ("loss", "loss_since")
            yield PrintedRow(int(examples), list(zip(names, map(float, (average, since)), strict=True)), number)


VOWPAL_WABBIT = Grammar(name="vowpal-wabbit", title="Vowpal Wabbit's progress", read=vowpal_rows, evidence=3,
                        alike=5)  # fmt: skip
