"""Megatron-LM, Megatron-DeepSpeed and GPT-NeoX: names and numbers between bars, by iteration."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, Settled
from loglens.readers.contract.base import Column

# Megatron-LM, Megatron-DeepSpeed and GPT-NeoX print a name and a number between bars, after "iteration  10/ 500 |":
# today "learning rate: 1.8E-05 | lm loss: 7.4E+00 |", once without colons; a time or a rank may stand before it all

ITERATION = re.compile(rb"(?<!\w)iteration\s+(\d+)/\s*\d+\s*\|")
VALUE = re.compile(rb"(" + NUMBER + rb")[A-Za-z]*+\Z")
LETTER = re.compile(rb"[A-Za-z]")
HELD_OUT = re.compile(rb"(validation|test) (?:loss|results) at (?:iteration\s+(\d+))?")


def megatron_rows(lines: Lines) -> Iterator[PrintedRow]:
    names, step = Names(), 0
    for number, line in enumerate(lines, start=1):
        if b"|" not in line or (b" at " not in line and b"iteration" not in line):
            continue
        if head := ITERATION.search(line):
            step = int(head[1])
            cells = _cells(line[head.end() :])
            if b"|" in line[: head.start()]:  # GPT-NeoX prints its throughput first
                cells += _cells(line[: head.start()])
            yield PrintedRow(step, [(names[name], value) for name, value in cells], number)
        elif (head := HELD_OUT.search(line)) and b"|" in line[head.end() :]:
            step = int(head[2] or step)
            split = head[1].decode()
            told = line[head.end() :].partition(b"|")[2]
            found = [(held_out_name(names[name], split), value) for name, value in _cells(told)]
            yield PrintedRow(step, found, number)


def _cells(text: bytes) -> list[tuple[bytes, float]]:
    """The names and numbers between bars: 'learning rate: 1.8E-05', 'lm loss 7.4'."""
    cells = []
    for cell in text.split(b"|"):
        *said, value = cell.rsplit(None, 1) or [b""]
        if not said or not (number := VALUE.match(value)):
            continue
        name = said[0].removesuffix(b":").rpartition(b":")[2]
        if letter := LETTER.search(name):
            cells.append((name[letter.start() :], float(number[1])))
    return cells


def held_out_name(name: str, split: str) -> str:
    """'lm loss value' and 'lm loss PPL' under the names that Megatron gives them in TensorBoard."""
    name = name.removesuffix(" value")
    perplexity = name.casefold().endswith((" ppl", "_ppl"))
    return f"{name[:-4]} {split} ppl" if perplexity else f"{name} {split}"


def missing_losses(columns: tuple[Column, ...]) -> Settled:
    """Megatron leaves the loss out of a line whose iterations were all skipped or gave NaN: say where."""
    notes = []
    lines = max((len(column.steps) for column in columns), default=0)
    printed = next((column for column in columns if len(column.steps) == lines), None)
    for column in columns:
        if printed is None or "loss" not in column.tag or column.tag.endswith(("scale", "validation", "test", "ppl")):
            continue
        missing = np.setdiff1d(printed.steps, column.steps)
        if 0 < len(missing) < len(printed.steps):
            message = (
                f"{column.tag!r} is not printed at {len(missing)} iterations (the first is {missing[0]}): "
                "they were skipped or gave NaN, see the counters"
            )
            notes.append(Note(kind="info", message=message, series=column.tag, count=len(missing)))
    return Settled(columns=columns, notes=tuple(notes))


MEGATRON = Grammar(
    name="megatron", title="Megatron-LM, Megatron-DeepSpeed, GPT-NeoX", read=megatron_rows, settle=missing_losses,
    settles=lambda line: ITERATION.search(line) is not None,
)  # fmt: skip
