"""The trainings in one text: folds, trainings appended one after the other, and writers whose lines are mixed.

Fold 2/5                         a run a fold
Epoch 1/20 ... Epoch 20/20       the counter is back at its first value and the loss where it began:
Epoch 1/20 ...                   a second training
[rank1] step 10 | loss 2.31      processes of one training: the first is read, the others are named
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from loglens.model.run import IntArray, Note
from loglens.readers.console.events import kind_of
from loglens.readers.console.grammar import Lines, Printed
from loglens.readers.contract.points import INT64
from loglens.readers.naming.continued import begins_anew, main_column

FOLD = re.compile(
    rb"(?<![A-Za-z-])(?:k-?)?folds?\b(?: {1,4}(?:no|number|idx|index|id))?\.?\s{0,4}[:#=\[(]{0,2}\s{0,4}(\d{1,3})"
    rb"(?:\s{0,4}(?:/|of)\s{0,4}\d{1,3})?(?![\d.]|[- ]{0,2}folds?\b)",
    re.IGNORECASE,
)
NTH_FOLD = re.compile(rb"(?<![\w.])(\d{1,2})(?:st|nd|rd|th)\s+fold\b", re.IGNORECASE)
HOSTS = re.compile(
    rb"(\d{1,3}(?:\.\d{1,3}){3}|(?:node|host|worker|server|slave|master|machine|gpu|ip|compute|cn|dgx)"
    rb"[a-z]{0,12}[-_.]?\d{1,4}(?:[-.][\w-]{1,20}){0,6}): ",
    re.IGNORECASE,
)
"""What pdsh, and with it DeepSpeed's launcher, puts before every line: the host that printed it."""
MARKS = re.compile(
    rb"\[\d+,(\d+)\]<std(?:out|err)>:"  # mpirun
    rb"|\s{0,4}(\d{1,4}): "  # srun --label
    rb"|\((?:[\w.]{1,40} )?pid=(\d+)[^)\n]{0,60}\)"  # Ray
    rb"|(?:[^\n]{0,60}?)(?<![A-Za-z_])\[?(?:global_?|local_?)?rank[ _:=]{0,2}(\d{1,4})(?!\d)"
    rb"|\[?(?:gpu|cuda|device|worker|proc(?:ess)?)[ _:=]{0,2}(\d{1,4})\]?\s?[:|\]]",
    re.IGNORECASE,
)
_RECENT = re.compile(rb"resum|recent|latest|\blast\b|continu|interrupt", re.IGNORECASE)
_LOADED = re.compile(rb"checkpoint|ckpt|snapshot|resum|restor|recent|latest|\blast\b|continu", re.IGNORECASE)
"""Words of a line that goes on from a checkpoint, of one where the first training loaded something as well ..."""
_TRAINED_BEFORE = re.compile(rb"pre-?train|backbone|imagenet\b(?!/)|\bbase\b", re.IGNORECASE)
"""... and of one that every training may begin with."""
LONGEST = 4096
MOST_BETWEEN = 2000
BEGINNINGS = frozenset({"resumed", "checkpoint_loaded", "started"})
OTHER = 0.3
"""Share of the loss by which it is another one behind a checkpoint."""
FEWEST = 3
"""Rows that a part of its own must have."""


class Part(NamedTuple):
    """Lines that one training printed: their numbers from 1 (n,), how it is called ('' where it is the only one), and
    what there is to say. `offset`: what its steps are moved by where it goes on with the training before it, whose
    counter it does not go on with."""

    numbers: IntArray
    label: str = ""
    notes: tuple[Note, ...] = ()
    offset: int | None = None


Numbered = tuple[int, bytes]
Gather = Callable[[Lines], Printed]


def parts_of(lines: Lines, whole: Printed, gather: Gather, sample: Lines, others: Sequence[Numbered]) -> list[Part]:
    """The parts of a text; a single one that holds all lines where it is one training. `whole`: what was found in all
    lines; `sample`: some of them, by which marks of processes are looked for; `others`: those that are no figures like
    most."""
    in_all = any(b"old" in line.lower() and FOLD.search(line[:LONGEST]) for line in sample)
    banners = enumerate(lines, start=1) if in_all else others
    for found in (_processes(lines, gather, sample), _folds(lines, gather, banners)):
        if len(found) > 1 or (found and found[0].notes):
            return found
    return _trainings(lines, whole, gather)


def _every(lines: Lines) -> IntArray:
    return np.arange(1, len(lines) + 1, dtype=np.int64)


def chosen(lines: Lines, part: Part) -> Lines:
    """The lines of a part."""
    if len(part.numbers) == len(lines):
        return lines
    first, last = int(part.numbers[0]), int(part.numbers[-1])
    if last - first + 1 == len(part.numbers):
        return lines[first - 1 : last]
    wanted = frozenset(part.numbers.tolist())
    return [line for number, line in enumerate(lines, start=1) if number in wanted]


class Printer(NamedTuple):
    """Who printed a line: a process by its number, or a host by its name."""

    number: int
    host: str = ""

    def __str__(self) -> str:
        return self.host or str(self.number)


def _mark_of(line: bytes) -> Printer | None:
    if (host := HOSTS.match(line)) is not None:
        return Printer(-1, host[1].decode())
    found = MARKS.match(line)
    return None if found is None else Printer(int(found[found.lastindex or 1]))


def _processes(lines: Lines, gather: Gather, sample: Lines) -> list[Part]:
    """Lines that begin with the number of a process or the name of a host, where several processes tell of training."""
    seen: dict[Printer, int] = {}
    for line in sample:
        if (mark := _mark_of(line)) is not None:
            seen[mark] = seen.get(mark, 0) + 1
    if len([mark for mark, count in seen.items() if count >= FEWEST]) < 2:
        return []
    of: dict[Printer | None, list[int]] = {}
    for number, line in enumerate(lines, start=1):
        of.setdefault(_mark_of(line), []).append(number)
    marks = sorted(mark for mark in of if mark is not None)
    found: dict[Printer, Printed] = {}
    for mark in marks:
        part = Part(np.array(sorted([*of[mark], *of.get(None, [])]), dtype=np.int64))
        printed = gather(chosen(lines, part))
        if (clock := main_column(printed.columns)) is not None and len(clock.steps) >= FEWEST:
            found[mark] = printed
    own = {mark: shape for mark, shape in found.items() if _prints_itself(of[mark], lines, gather)}
    if len(own) < 2:
        return []
    first = min(own)
    kind = "hosts" if first.host else "numbers"
    ranks = f"{kind} {', '.join(str(mark) for mark in sorted(own)[:8])}"
    if _same_steps([own[mark] for mark in sorted(own)]):
        told = f"{len(own)} processes ({ranks}) print the same training: the lines of process {first} are read"
        numbers = np.array(sorted([*of[first], *of.get(None, [])]), dtype=np.int64)
        return [Part(numbers, "", (Note(kind="guess", message=told, count=len(own)),))]
    told = f"the lines of {len(own)} processes ({ranks}) are mixed in this file: each is read as a run"
    note = Note(kind="guess", message=told, count=len(own))
    return [Part(np.array(of[mark], dtype=np.int64), f"process {mark}", (note,)) for mark in sorted(own)]


def _prints_itself(numbers: Sequence[int], lines: Lines, gather: Gather) -> bool:
    """Whether a process's own lines tell of the training, not only what stands between them."""
    clock = main_column(gather(chosen(lines, Part(np.array(numbers, dtype=np.int64)))).columns)
    return clock is not None and len(clock.steps) >= FEWEST


def _same_steps(found: Sequence[Printed]) -> bool:
    """Whether processes print at mostly the same steps, as the ranks of one training do."""
    first = main_column(found[0].columns)
    shares = []
    for item in found[1:]:
        other = main_column(item.columns)
        if first is not None and other is not None:
            shared = len(np.intersect1d(first.steps, other.steps))
            shares.append(shared / max(1, min(len(np.unique(first.steps)), len(np.unique(other.steps)))))
    return bool(shares) and min(shares) >= 0.5


def _folds(lines: Lines, gather: Gather, banners: Iterable[Numbered]) -> list[Part]:
    """The lines of each fold of a cross-validation, from a line that names it to the next that names another."""
    begins: list[tuple[int, int]] = []
    for number, line in banners:
        if (b"old" in line or b"OLD" in line) and len(line) < LONGEST:
            found = FOLD.search(line) or NTH_FOLD.search(line)
            if found is not None and (not begins or begins[-1][1] != int(found[1])):
                begins.append((number, int(found[1])))
    if len({fold for _, fold in begins}) < 2:
        return []
    of: dict[int, list[int]] = {}
    ends = [number for number, _ in begins[1:]] + [len(lines) + 1]
    for (begin, fold), end in zip(begins, ends, strict=True):
        of.setdefault(fold, []).extend(range(begin, end))
    parts = [Part(np.array(numbers, dtype=np.int64), f"fold {fold}") for fold, numbers in of.items()]
    told = [part for part in parts if _rows(gather(chosen(lines, part))) >= 2]
    if len(told) < 2:
        return []
    note = Note(kind="info", message=f"{len(told)} folds are in this file: each is a run", count=len(told))
    return [part._replace(notes=(note,)) for part in told]


def _rows(printed: Printed) -> int:
    clock = main_column(printed.columns)
    return 0 if clock is None else len(np.unique(clock.steps))


def _trainings(lines: Lines, whole: Printed, gather: Gather) -> list[Part]:
    """Trainings one after the other: the counter goes back to where it began, and the loss with it."""
    alone = [Part(_every(lines))]
    returns = _returns(whole)
    if not returns:
        return alone
    said = _RECENT if _loads(lines, 0, int(whole.lines[0]), _LOADED) else _LOADED
    loaded = [_loads(lines, last, first, said) for last, first in returns]
    if any(loaded):
        return _resumed(lines, gather, [pair for pair, goes_on in zip(returns, loaded, strict=True) if goes_on])
    cuts = [_banner(lines, last, first) for last, first in returns]
    edges = [1, *cuts, len(lines) + 1]
    ranges = [np.arange(begin, end, dtype=np.int64) for begin, end in pairwise(edges)]
    found = [(numbers, gather(chosen(lines, Part(numbers)))) for numbers in ranges]
    found = [(numbers, printed) for numbers, printed in found if _rows(printed) >= FEWEST]
    clocks = [main_column(printed.columns) for _, printed in found]
    if len(found) < 2 or not begins_anew([clock for clock in clocks if clock is not None]):
        return alone
    told = f"{len(found)} trainings are in this file one after the other: each is a run"
    note = Note(kind="guess", message=told, count=len(found))
    return [Part(numbers, f"training {at}", (note,)) for at, (numbers, _) in enumerate(found, start=1)]


def _resumed(lines: Lines, gather: Gather, returns: Sequence[tuple[int, int]]) -> list[Part]:
    """The parts of one training that went on from a checkpoint with a counter that began again: one behind the other
    where the loss is another there, else all lines, in which what was done again takes the place of what was there."""
    alone = [Part(_every(lines))]
    edges = [1, *(_banner(lines, last, first) for last, first in returns), len(lines) + 1]
    ranges = [np.arange(begin, end, dtype=np.int64) for begin, end in pairwise(edges)]
    clocks = [main_column(gather(chosen(lines, Part(numbers))).columns) for numbers in ranges]
    parts, end = [Part(ranges[0])], clocks[0]
    for numbers, clock in zip(ranges[1:], clocks[1:], strict=True):
        if end is None or clock is None or len(clock.steps) < FEWEST or len(end.steps) < FEWEST:
            return alone
        before, after = np.median(end.values[-FEWEST:]), np.median(clock.values[:FEWEST])
        if not abs(after - before) > OTHER * abs(before):
            return alone
        stride = max(1, int(np.median(np.diff(end.steps))))
        offset = int(end.steps.max()) + (parts[-1].offset or 0) + stride - int(clock.steps[0])
        if not 0 <= offset + int(clock.steps.max()) < INT64:
            return alone
        told = (
            f"a checkpoint was loaded and the counter began again: it is counted on from step {clock.steps[0] + offset}"
        )
        parts.append(Part(numbers, "", (Note(kind="guess", message=told),), offset))
        end = clock
    return parts


def _loads(lines: Lines, last: int, first: int, said: re.Pattern[bytes]) -> bool:
    """Whether a line between two others says that the training went on from a checkpoint."""
    between = (lines[number - 1][:LONGEST] for number in range(max(last + 1, first - MOST_BETWEEN), first))
    return any(
        kind_of(line) in ("resumed", "checkpoint_loaded") and said.search(line) and not _TRAINED_BEFORE.search(line)
        for line in between
    )


def _banner(lines: Lines, last: int, first: int) -> int:
    """The line with which a training begins: the first that tells of a beginning, else the first behind the figures of
    the one before (line `last`) and behind words that tell of its end. A heading may stand above the first figures."""
    begin = last + 1
    for number in range(last + 1, min(first, last + MOST_BETWEEN)):
        kind = kind_of(lines[number - 1][:LONGEST])
        if kind in BEGINNINGS:
            return number
        if kind is not None:
            begin = number + 1
    return begin


def _returns(whole: Printed) -> list[tuple[int, int]]:
    """Where the step is back at its first value after it had gone on: the lines before and after."""
    steps, lines = whole.steps, whole.lines
    if len(steps) < 2 * FEWEST:
        return []
    forward = np.diff(steps)
    stride = float(np.median(forward[forward > 0])) if np.any(forward > 0) else 1.0
    first = int(steps[: max(1, FEWEST - 1)].min())
    back = np.flatnonzero((forward < 0) & (steps[1:] <= first + stride) & (steps[:-1] >= first + 2 * stride)) + 1
    return [(int(lines[at - 1]), int(lines[at])) for at in back.tolist()]
