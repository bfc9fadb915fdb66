"""Dictionaries that the Hugging Face Trainer prints: `{'loss': 2.5, 'learning_rate': 1e-05, 'epoch': 0.16}`.

Older releases print numbers, 5.x quoted strings. The lines give the epoch, a fraction, and not the step. Where the
progress bar was kept (it is drawn again after each line, with the step) the step is taken from there; else it counts
the lines of training.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, Row, Settled
from loglens.readers.contract.base import Column

DICTIONARY = re.compile(rb"\{ *'[^{}']+': [^{}]*\}")
PAIR = re.compile(rb"'([^']+)': *'?(" + NUMBER + rb")'?(?=[,} ])")
WHOLE_EPOCH = re.compile(rb"'epoch': *\d+[,} ]")  # the Trainer's epoch is a fraction: another script printed this
BAR = re.compile(rb"\| *(\d+)/(\d+) \[")
STEPS = ("step", "global_step")
CLOSE = 0.02  # how far apart two bars' steps an epoch may be, relative: epochs are printed with 2 to 4 digits


class Printed(NamedTuple):
    """A dictionary, the line it stands on, and the bar drawn after it: how far it is, out of how much."""

    values: dict[str, float]
    line: int
    bar: tuple[int, int] | None


def trainer_rows(lines: Lines) -> Iterator[Row]:
    printed = list(_printed(lines))
    last = -1
    for one, step in zip(printed, _steps(printed), strict=True):
        # an evaluation repeats the epoch of the line of training before it
        known = ("epoch", *STEPS) if step == last else STEPS
        yield Row(step, [(tag, value) for tag, value in one.values.items() if tag not in known], one.line)
        last = step


def _printed(lines: Lines) -> Iterator[Printed]:
    names = Names()
    waiting: Printed | None = None
    for number, line in enumerate(lines, start=1):
        found = DICTIONARY.search(line) if b"{" in line and b"'" in line else None
        if found and not WHOLE_EPOCH.search(found[0]):
            if waiting:
                yield waiting
            values = {names[name]: float(value) for name, value in PAIR.findall(found[0])}
            waiting = Printed(values, number, None) if "epoch" in values or "step" in values else None
        elif waiting and waiting.bar is None and b"/" in line and (bar := BAR.search(line)):
            waiting = waiting._replace(bar=(int(bar[1]), int(bar[2])))
    if waiting:
        yield waiting


def _steps(printed: Sequence[Printed]) -> list[int]:
    """The step of each dictionary: printed in it, or read off the bars, or counted."""
    if all(any(name in one.values for name in STEPS) for one in printed):
        return [int(next(one.values[name] for name in STEPS if name in one.values)) for one in printed]
    for per_epoch in (_steps_per_epoch(printed), _lines_per_epoch(printed)):
        if per_epoch:
            steps = [round(one.values.get("epoch", 0.0) * per_epoch) for one in printed]
            if _distinct(printed, steps):
                return steps
    return list(range(1, len(printed) + 1))


def _distinct(printed: Sequence[Printed], steps: Sequence[int]) -> bool:
    """Whether lines of one kind that follow one another have steps of their own."""
    last: dict[bool, tuple[float, int]] = {}
    for one, step in zip(printed, steps, strict=True):
        epoch, training = one.values.get("epoch", 0.0), "loss" in one.values
        if training or "eval_loss" in one.values:
            before = last.get(training)
            if before and before[1] == step and before[0] != epoch:
                return False
            last[training] = epoch, step
    return True


def _steps_per_epoch(printed: Sequence[Printed]) -> float:
    """Steps in an epoch as the training's bar has it, 0 where the bars are missing or do not agree."""
    totals = Counter(one.bar[1] for one in printed if one.bar and "loss" in one.values)
    if not totals:
        return 0.0
    total = totals.most_common(1)[0][0]  # an evaluation has a bar of its own with another total
    found = sorted(
        one.bar[0] / one.values["epoch"]
        for one in printed
        if one.bar and one.bar[1] == total and "loss" in one.values and one.values.get("epoch", 0.0) > 0
    )
    if not found:
        return 0.0
    middle = found[len(found) // 2]
    agree = sum(abs(one - middle) <= CLOSE * middle for one in found)
    return middle if agree >= 0.8 * len(found) else 0.0


def _lines_per_epoch(printed: Sequence[Printed]) -> float:
    """Lines of training in an epoch, 0 where they are no regular sequence: the axis then counts logged lines."""
    epochs = [one.values["epoch"] for one in printed if "loss" in one.values and "epoch" in one.values]
    gaps = sorted(later - earlier for earlier, later in pairwise(epochs) if later > earlier)
    return 1 / gaps[len(gaps) // 2] if gaps else 0.0


def say_how(columns: tuple[Column, ...]) -> Settled:
    message = (
        "the lines give the epoch, not the step: the step is from the progress bar, else it counts the logged lines"
    )
    return Settled(columns=columns, notes=(Note(kind="guess", message=message),))


TRAINER = Grammar(name="hf-console", title="Hugging Face Trainer console output", read=trainer_rows, settle=say_how)
