"""Dictionaries that the Hugging Face Trainer prints: `{'loss': 2.5, 'learning_rate': 1e-05, 'epoch': 0.16}`.

Older releases print numbers, 5.x quoted strings. The lines give the epoch, a fraction, and not the step. Where the
progress bar was kept (it is drawn again after each line, with the step) the step is taken from there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loglens.readers.text_grammars import NUMBER, Grammar, Lines, Names, Row

DICTIONARY = re.compile(rb"\{ *'[^{}']+': [^{}]*\}")
PAIR = re.compile(rb"'([^']+)': *'?(" + NUMBER + rb")'?(?=[,} ])")
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
    for one, step in zip(printed, _steps(printed), strict=True):
        yield Row(step, [(tag, value) for tag, value in one.values.items() if tag not in STEPS], one.line)


def _printed(lines: Lines) -> Iterator[Printed]:
    names = Names()
    waiting: Printed | None = None
    for number, line in enumerate(lines, start=1):
        found = DICTIONARY.search(line) if b"{" in line and b"'" in line else None
        if found:
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
    per_epoch = _steps_per_epoch(printed)
    if per_epoch:
        return [round(one.values.get("epoch", 0.0) * per_epoch) for one in printed]
    return _counted(printed)


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


def _counted(printed: Sequence[Printed]) -> list[int]:
    """Lines of the training counted 1, 2, ...; other lines stand at the last of them.

    An epoch that goes back was printed by a restart: the count goes back to the last line before that epoch.
    """
    steps: list[int] = []
    seen: list[float] = []  # the epoch of each counted line
    for one in printed:
        epoch = one.values.get("epoch", seen[-1] if seen else 0.0)
        if "loss" in one.values:
            while seen and epoch <= seen[-1]:
                seen.pop()
            seen.append(epoch)
        steps.append(len(seen))
    return steps


TRAINER = Grammar(name="hf-console", title="Hugging Face Trainer console output", read=trainer_rows)
