"""AllenNLP: a table of the training's and the validation's figures behind each epoch.

2020-05-11 14:03:00,220 - INFO - allennlp.training.trainer - Epoch 0/39
2020-05-11 14:04:20,548 - INFO - allennlp.training.tensorboard_writer -                     Training |  Validation
2020-05-11 14:04:20,640 - INFO - allennlp.training.tensorboard_writer - loss            |      0.694  |     0.612
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow

EPOCH = re.compile(rb"(?:\A|[- ])Epoch (\d{1,9})/\d{1,9}\s{0,9}\Z")
HEADING = re.compile(rb"\bTraining {1,9}\| {1,9}Validation\s{0,9}\Z")
ROW = re.compile(
    rb"(?:\A|[- ])([A-Za-z]\w{0,60}) {1,60}\| {0,30}("
    + NUMBER
    + rb"|N/A) {1,30}\| {0,30}("
    + NUMBER
    + rb"|N/A)\s{0,9}\Z"
)
SETS = ("training", "validation")


def allennlp_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row of the table a row, at the epoch that was begun before it."""
    epoch, table = -1, False
    for number, line in enumerate(lines, start=1):
        if begun := EPOCH.search(line):
            epoch, table = int(begun[1]), False
        elif HEADING.search(line):
            table = epoch >= 0
        elif table and b"|" in line and (found := ROW.search(line)):
            name = found[1].decode()
            values = [
                (f"{which}_{name}", float(cell))
                for which, cell in zip(SETS, found.groups()[1:], strict=True)
                if cell != b"N/A"
            ]
            yield PrintedRow(epoch, values, number, "epoch")


ALLENNLP = Grammar(name="allennlp", title="AllenNLP", read=allennlp_rows)
