"""ParlAI's reports: a line with the clock, a line of names, a line of figures.

10:02:51 | time:31s total_exs:6400 total_steps:100 epochs:0.05
    clip  ctpb  gnorm  loss    lr   ppl
   0.710  3014  1.980 3.432 1e-05 30.94
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow

CLOCK = re.compile(rb"[^\n]{0,80}?\btime:[\d.]{1,12}s total_exs:[\d.]{1,15}(?: total_steps:(\d{1,12}))?")
EVALUATED = re.compile(rb"[^\n]{0,80}?\b(valid|test):\s*+")
NAME = re.compile(rb"[A-Za-z_%][\w%./-]{0,60}")
FIGURE = re.compile(NUMBER)
MOST = 60
"""Columns of a report."""


def parlai_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row for each report; those of an evaluation, which say no step, stand where the training had come to."""
    step: int | None = None
    prefix = ""
    names: list[str] = []
    for number, line in enumerate(lines, start=1):
        if b"total_exs:" in line and (clock := CLOCK.match(line)):
            step, prefix, names = int(clock[1]) if clock[1] else step, "", []
            continue
        if EVALUATED.fullmatch(line):
            prefix, names = "valid_" if b"valid" in line else "test_", []
            continue
        words = line.split()
        if not words or len(words) > MOST:
            names = []
        elif names and len(words) == len(names) and all(map(FIGURE.fullmatch, words)):
            values = [(f"{prefix}{name}", float(word)) for name, word in zip(names, words, strict=True)]
            told = dict(values).get("total_train_updates")
            step = step if told is None or step is not None else int(told)
            if step is not None:
                yield PrintedRow(step, values, number)
            names = []
        elif len(words) > 1 and all(map(NAME.fullmatch, words)):
            names = [word.decode() for word in words]
        else:
            names = []


PARLAI = Grammar(name="parlai", title="ParlAI's reports", read=parlai_rows, evidence=3)
