"""Figures under a heading: "Evaluating on the dev set..." and then a line that names its loss as the training does.

Epoch 3: loss 0.41, acc 0.86                Training:                      Testing:
Evaluating on the dev set...                Epoch 0 Iteration 100 loss = 0.78
Epoch 3: loss 0.52, acc 0.81                                               Epoch 0 Iteration 200 loss = 0.34

A heading is believed where the figures below it stand beside the training's own, at the same step and under the same
names: two values of one name at one step are what it explains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from loglens.model.run import IntArray
from loglens.readers.console.grammar import MEASURED, Lines
from loglens.readers.console.shapes import HAS_SPLIT
from loglens.readers.console.values import Numbered, Readings

HEADING = re.compile(
    rb"(?<![A-Za-z])(?:(train(?:ing|ed)?)|(val(?:id(?:ation|ate|ating)?)?|dev)|(test(?:ing)?)|"
    rb"(eval(?:uation|uate|uating)?|inference))(?![A-Za-z])",
    re.IGNORECASE,
)
SPLITS = ("", "val", "test", "eval")  # of each group
OTHER_TALK = re.compile(
    rb"\b(?:sav(?:ed?|ing)|load(?:ed|ing)?|best|checkpoint|download\w*|warning|error|import)\b", re.IGNORECASE
)
COLUMNS = re.compile(rb"\s*Train(?:ing)?\s?:?\s{10,}(?=(Test|Val|Eval)\w*\s?:?\s*\Z)", re.IGNORECASE)
LONGEST = 160
MOST_BETWEEN = 40
FEWEST = 2
SHARE = 0.6
"""Of the figures under a heading so many must stand beside the training's own."""


def in_sections(lines: Lines, readings: Readings) -> Readings:
    """The readings, with the names of what stands under the heading of a test as that test's."""
    splits = _splits(lines, readings)
    return Readings(_named(readings, splits)) if splits else readings


def _is_plain(names: Sequence[str]) -> bool:
    """Whether a line measures something and does not say of which data."""
    measured = [name for name in names if MEASURED.search(name)]
    return bool(measured) and not any(map(HAS_SPLIT.search, measured))


def repeats(readings: Readings) -> bool:
    """Whether a name of the training stands several times at one count, or below one: without that there is nothing
    here to explain."""
    counts: dict[str, list[IntArray]] = {}
    for block in readings.blocks:
        if not _is_plain(block.names):
            continue
        if not block.epochs and not block.steps:
            if block.count >= FEWEST:
                return True
            continue
        name = next(name for name in block.names if MEASURED.search(name))
        none = np.zeros(block.count, dtype=np.int64)
        both = [np.frombuffer(those, dtype=np.int64) if those else none for those in (block.epochs, block.steps)]
        counts.setdefault(name, []).append(np.stack(both))
    return any(_come_again(np.concatenate(those, axis=1)) for those in counts.values())


def _come_again(counts: IntArray) -> bool:
    """Whether epochs and steps (2, n) are the same ones several times."""
    forward = np.diff(counts[1]) > 0
    if forward.all():
        return False  # nearly always, and at once
    ordered = counts[:, np.lexsort(counts)]
    return int(np.count_nonzero((np.diff(ordered, axis=1) == 0).all(axis=0))) >= FEWEST


def _splits(lines: Lines, readings: Readings) -> dict[int, str]:
    """Of each line under the heading of a test which one it is; empty where no heading is believed."""
    column = next((_column(head) for line in lines if (head := COLUMNS.match(line))), None)
    found: dict[int, str] = {}
    trained: set[tuple[int | None, int | None, int]] = set()
    tested: list[tuple[int | None, int | None, int]] = []
    epoch: int | None = None
    before, heading, split = 0, 0, ""
    last: tuple[int | None, int | None, tuple[str, ...]] | None = None
    came_to: tuple[int | None, int | None] | None = None  # where the training stood when the section began
    for number, values in readings:
        here = values.epoch, values.step, values.names
        again = here == last and here[:2] != (None, None)  # a section tells of one count once
        said = _heading(lines, before, number)
        if said:
            came_to = here[:2] if last is not None and here[:2] == last[:2] else None
        gone_on = came_to is not None and here[:2] not in (came_to, (None, None))
        moved = again or gone_on or (values.epoch is not None and values.epoch != epoch)
        last = here
        epoch = values.epoch if values.epoch is not None else epoch
        heading += not values.names
        split = said if said is not None else "" if moved or not values.names else split
        before = number
        if column is not None and _indent(lines[number - 1]) >= column[0]:
            found[number] = column[1]
        elif values.bar is None and _is_plain(values.names):
            place = (epoch, values.step, heading)
            if split:
                found[number] = split
                tested.append(place)
            else:
                trained.add(place)
    if column is not None:
        return found
    beside = sum(place in trained for place in tested)
    return found if len(tested) >= FEWEST and beside >= SHARE * len(tested) else {}


def _heading(lines: Lines, before: int, number: int) -> str | None:
    """What the last heading between two lines says: a split, '' for the training, None where there is none."""
    for at in range(number - 1, max(before, number - 1 - MOST_BETWEEN), -1):
        line = lines[at - 1]
        if len(line) > LONGEST or not (words := HEADING.search(line)) or OTHER_TALK.search(line):
            continue
        return SPLITS[next(group for group, word in enumerate(words.groups()) if word)]
    return None


def _column(found: re.Match[bytes]) -> tuple[int, str]:
    """From which indent on the lines are of the test, and which test it is."""
    return found.end() // 2, {b"t": "test", b"v": "val", b"e": "eval"}[found[1][:1].lower()]


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip())


def _named(readings: Readings, splits: dict[int, str]) -> Iterator[Numbered]:
    for number, values in readings:
        split = splits.get(number)
        if split:
            names = tuple(
                name if MEASURED.search(name) and HAS_SPLIT.search(name) else f"{split}_{name}" for name in values.names
            )
            values = values._replace(names=names)
        yield number, values


def without_echoes(readings: Readings) -> Readings:
    """The readings without those that a second writer of the same console printed once more: the same figures at the
    same count."""
    return Readings(_first_of_each(readings))


def _first_of_each(readings: Readings) -> Iterator[Numbered]:
    at: tuple[int | None, int | None] = None, None
    told: set[tuple[tuple[str, ...], tuple[float, ...]]] = set()
    for number, values in readings:
        here = values.epoch, values.step
        if here != at:
            at, told = here, set()
        said = values.names, values.numbers
        if said in told and values.bar is None and here != (None, None):
            continue
        told.add(said)
        yield number, values
