"""Tesseract's lstmtraining: the error of the outputs and of the characters, in percent, every hundred iterations.

At iteration 98/100/100, Mean rms=5.749%, delta=47.481%, char train=101.434%, word train=99.895%, skip ratio=0%, ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, any_line

LINE = re.compile(rb"At iteration \d{1,9}/(\d{1,9})/\d{1,9}, (Mean rms=[^\n]{1,200})")
PAIR = re.compile(rb"([A-Za-z][A-Za-z ]{0,30})=(" + NUMBER + rb")%")
NAMES = {"Mean rms": "rms_loss", "char train": "train_char_error", "word train": "train_word_error"}


def tesseract_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row a report; of its three counters the second counts the iterations of training."""
    for number, line in enumerate(lines, start=1):
        if b"At iteration" in line and (found := LINE.search(line)):
            cells = ((name.decode(), float(value)) for name, value in PAIR.findall(found[2]))
            yield PrintedRow(int(found[1]), [(NAMES.get(name, name), value) for name, value in cells], number)


TESSERACT = Grammar(name="tesseract", title="Tesseract lstmtraining", read=tesseract_rows, settles=any_line)
