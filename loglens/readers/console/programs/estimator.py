"""TensorFlow's Estimator: "loss = 2.3, step = 100 (0.5 sec)", "Saving dict for global step 100: accuracy = 0.9"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, any_line

HEAD = re.compile(
    rb"(?:\A|[:\]]\s?)(?=[a-z_]\w{0,60} = )(?:[^\n]{0,400}?)\b(?:global_)?step = (\d+)(?: \([\d.]+ sec\))?\s*$"
)
SAVED = re.compile(rb"Saving dict for global step (\d+): ")
PAIR = re.compile(rb"([A-Za-z_][\w/]{0,60}+) = (" + NUMBER + rb")(?=,|\s|$)")
CLOCKS = frozenset({"step", "global_step"})


def estimator_rows(lines: Lines) -> Iterator[PrintedRow]:
    names = Names()
    for number, line in enumerate(lines, start=1):
        if b" = " not in line or b"step" not in line:
            continue
        if saved := SAVED.search(line):
            values = [(f"eval_{names[name]}", float(value)) for name, value in PAIR.findall(line, saved.end())
                      if names[name] not in CLOCKS]  # fmt: skip
            yield PrintedRow(int(saved[1]), values, number)
        elif head := HEAD.search(line):
            values = [(names[name], float(value)) for name, value in PAIR.findall(line) if names[name] not in CLOCKS]
            if values:
                yield PrintedRow(int(head[1]), values, number)


ESTIMATOR = Grammar(name="tf-estimator", title="TensorFlow Estimator", read=estimator_rows, decisive=True,
                    settles=any_line)  # fmt: skip
