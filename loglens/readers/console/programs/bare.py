"""Lines of bare numbers among a script's talk: `print(t, loss.item())`, `print(epoch, batch, loss)`.

99 1273.537841796875        0 tensor(0.7153, grad_fn=<MeanBackward0>)        0 12 1.9107957934
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow, Settled
from loglens.readers.console.shapes import plain
from loglens.readers.contract.base import Column

ROW = re.compile(
    rb"\s{0,12}+\(?(?:(\d{1,9})[\s,:;|]{1,8}+)?(\d{1,9})[\s,:;|]{1,8}+"
    rb"([-+]?(?:\d{1,12}\.\d{1,20}(?:[eE][-+]?\d{1,3})?|\d{1,9}[eE][-+]\d{1,3})|[-+]?(?i:nan|inf))\)?\s*+"
)
TALK = re.compile(
    rb"epoch|loss|train|learn|optimi|cuda|layer|\blr\b|\bbatch|\bbs=|\biter|tensor\(|model|param|linear|seed",
    re.IGNORECASE,
)
NUMBER_ALONE = re.compile(NUMBER)
"""What a script that trains says besides: columns of numbers alone may be anything."""
LONE = re.compile(rb"\s{0,12}+tensor\(\[?([^\s,()\[\]]{1,30})\]?(?:,[^()]{1,200}(?:\([^()]{0,80}\))?)?\)\s*+")
"""A tensor printed alone: its lines are counted."""
LEAST, EVENLY, LONGEST = 5, 0.7, 400


def bare_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row for each line that is nothing but one counter or two (epoch and batch) and a number with decimals; none
    where the counter does not go on evenly, or nothing else in the text speaks of a training."""
    found: list[tuple[int, int | None, int, float]] = []
    talks = False
    for number, line in enumerate(lines, start=1):
        if not line or len(line) > LONGEST:
            continue
        row = ROW.fullmatch(plain(line) if b"(" in line else line)
        talks = talks or (TALK.search(line) is not None)
        if row is not None:
            found.append((number, None if row[1] is None else int(row[1]), int(row[2]), float(row[3])))
    if not found:
        yield from _lone(lines)
        return
    pairs = [row[1] is not None for row in found]
    if len(found) < LEAST or not talks or any(pairs) != all(pairs):
        return
    steps = _in_turn([row[2] for row in found], [row[1] or 0 for row in found])
    if steps is not None:
        for (number, epoch, _, value), step in zip(found, steps, strict=True):
            beside = [] if epoch is None else [("epoch", float(epoch))]
            yield PrintedRow(step, [*beside, ("loss", value)], number)


def _lone(lines: Lines) -> Iterator[PrintedRow]:
    """A row for each line that is nothing but a tensor of one number."""
    told = [(number, row[1]) for number, line in enumerate(lines, start=1)
            if b"tensor(" in line and len(line) <= LONGEST and (row := LONE.fullmatch(line))]  # fmt: skip
    if len(told) >= LEAST and all(NUMBER_ALONE.fullmatch(said) for _, said in told):
        for at, (number, said) in enumerate(told):
            yield PrintedRow(at, [("loss", float(said))], number)


def _in_turn(counts: Sequence[int], epochs: Sequence[int]) -> list[int] | None:
    """The steps on one axis, None where the counter does not go on evenly within each epoch, and from one to the
    next."""
    count, epoch = np.array(counts, dtype=np.int64), np.array(epochs, dtype=np.int64)
    moved, turned = np.diff(count), np.diff(epoch)
    inside = moved[turned == 0]
    if not len(inside) or np.any(turned < 0) or np.any(turned > 1) or np.any(inside <= 0):
        return None
    stride = int(np.median(inside))
    if np.count_nonzero(inside == stride) < EVENLY * len(inside):
        return None
    length = int(count.max()) + stride if np.any(turned) else 0
    return [int(step) for step in (epoch - epoch[0]) * length + count]


def say_bare(columns: tuple[Column, ...]) -> Settled:
    told = "lines of bare numbers: the last of each is taken for the loss, what stands before it for the step"
    return Settled(columns=columns, notes=(Note(kind="guess", message=told),))


BARE = Grammar(
    name="bare-numbers", title="bare numbers with a counter", read=bare_rows, settle=say_bare, evidence=LEAST
)
