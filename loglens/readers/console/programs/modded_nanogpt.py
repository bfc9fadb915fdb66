"""modded-nanogpt: `step:125/6200 val_loss:4.2 train_time:28ms`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

# modded-nanogpt: "step:125/6200 val_loss:4.2 train_time:28ms step_avg:216.36ms", after the script's own source

MODDED_LINE = re.compile(rb"step:(\d+)(?:/\d+)? (?=[a-z_]+:)")
MODDED_PAIR = re.compile(rb"(?<!\w)([A-Za-z_]\w*+):(" + NUMBER + rb")(ms|s)?(?!\S)")


def modded_nanogpt_rows(lines: Lines) -> Iterator[PrintedRow]:
    names, last = Names(), -1
    for number, line in enumerate(lines, start=1):
        if line[:5] != b"step:" or not (head := MODDED_LINE.match(line)):
            continue
        step = int(head[1])
        pairs = MODDED_PAIR.findall(line, head.end())
        if step == last:  # training and validation of one step tell the time twice
            pairs = [pair for pair in pairs if not pair[2]]
        # "step_avg:nanms" means that nothing was timed yet: no value
        values = [(names[name], float(value)) for name, value, unit in pairs if not (unit and value == b"nan")]
        yield PrintedRow(step, values, number)
        last = step


def _is_step(line: bytes) -> bool:
    return MODDED_LINE.match(line) is not None


MODDED_NANOGPT = Grammar(name="modded-nanogpt", title="modded-nanogpt", read=modded_nanogpt_rows, settles=_is_step)
