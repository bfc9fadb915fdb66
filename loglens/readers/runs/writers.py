"""Two writers in one log: ranks that share a file, jobs that append to it at once. Told apart, never judged as one.

What tells them apart: their steps (each goes on from its own last one), the same step written once by each, or, where
the rows were numbered on the way, two levels between which the values jump from the first row to the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray, Note
from loglens.readers.contract.base import Column, Log
from loglens.readers.naming.continued import main_column
from loglens.signals.numerics.robust import differences, median

MOST = 8
"""More chains of steps than this are rows out of order."""
FEWEST = 20
"""Points of the loss below which nothing is told apart."""
FAR = 50.0
"""A step so many usual distances behind a writer's last one is another's."""
SHARE = 0.15
"""Each writer must have written at least so much of the log."""
APART = 5.0
"""How much further than their own noise the levels of two writers lie from each other, as a rule."""
STEADIER = 0.4
"""Share of the way from point to point that writers told apart by their level go, where their order is no guide."""
TRIED = 400
"""Points at the beginning of a long log that are tried first."""
STAGES = 6
"""Stretches of a log in each of which two levels must stand apart: an oscillation grows, writers differ at once."""

Streams = NDArray[np.intp]
"""(n,) which writer each point is of."""


def told_apart(log: Log) -> list[Log]:
    """The log of each writer, or the log alone."""
    if log.purges or log.label or "nests_curves" in log.facts or not log.own_file:
        return [log]
    clock = main_column(log.columns)
    if clock is None or len(clock.steps) < FEWEST:
        return [log]
    streams, how = _streams(clock)
    if streams is None:
        return [log]
    count = int(streams.max()) + 1
    told = f"{count} writers share this log: told apart by {how}, each is read as a run"
    note = Note(kind="guess", message=told, path=str(log.file), count=count)
    return [
        replace(log, columns=_part(log.columns, clock, streams, number), label=f"writer {number + 1}",
                notes=(*log.notes, note), events=log.events if not number else (),
                problems=log.problems if not number else ())
        for number in range(count)
    ]  # fmt: skip


def _streams(clock: Column) -> tuple[Streams | None, str]:
    forward = differences(clock.steps)
    if clock.stepless or bool(np.all(forward > 0)):
        if not clock.stepless and median(forward) > 1:
            return None, ""  # one counter goes through all of them: batches of two data sets, not two writers
        return _by_level(clock.values), "the two levels between which the loss jumps from row to row"
    back = int(np.count_nonzero(forward < 0))
    if 10 * back >= len(clock.steps):
        return _by_chain(clock.steps), "their steps, each of which goes on from its own last one"
    if clock.axis != "epoch" and 3 * int(np.count_nonzero(forward == 0)) >= len(forward):
        return _by_repeat(clock), "the order in which they write each step"
    return None, ""


def _by_chain(steps: IntArray) -> Streams | None:
    """Points put to the writer whose last step they follow most closely."""
    near = FAR * median(differences(np.unique(steps)).astype(np.float64))
    lasts: list[int] = []
    streams = np.empty(len(steps), dtype=np.intp)
    for at, step in enumerate(steps.tolist()):
        behind = [number for number, last in enumerate(lasts) if 0 < step - last <= near]
        if behind:
            number = max(behind, key=lambda number: lasts[number])
        elif len(lasts) == MOST:
            return None
        else:
            number = len(lasts)
            lasts.append(step)
        lasts[number] = step
        streams[at] = number
    mixed = SHARE * len(streams) <= np.count_nonzero(differences(streams))
    return _sizable(streams) if mixed else None


def _by_repeat(clock: Column) -> Streams | None:
    """The first point of each step to the first writer, the second to the second, where their losses stand apart."""
    _, counts = np.unique(clock.steps, return_counts=True)
    number = int(np.bincount(counts).argmax())
    if not 2 <= number <= MOST or np.mean(counts == number) < 0.8:
        return None
    place = np.arange(len(clock.steps)) - np.repeat(np.cumsum(counts) - counts, counts)
    streams, ranked = np.empty(len(place), dtype=np.intp), np.empty(len(place), dtype=np.intp)
    streams[np.argsort(clock.steps, kind="stable")] = place
    ranked[np.lexsort((clock.values, clock.steps))] = place
    if _moves(clock.values, ranked) < STEADIER * _moves(clock.values, streams):
        streams = ranked  # they do not always write in the same order
    levels = [clock.values[streams == item] for item in range(number)]
    if any(not _apart(levels[0], other) for other in levels[1:]) or int(streams.max()) >= number:
        return None
    return _sizable(streams)


def _moves(values: FloatArray, streams: Streams) -> float:
    """How far the losses of each writer go from point to point, as a rule."""
    moves = [np.abs(differences(values[streams == number])) for number in range(int(streams.max()) + 1)]
    return float(np.mean(np.concatenate(moves)))


def _by_level(values: FloatArray) -> Streams | None:
    """Points put to the nearer of two levels that are followed along the log, where they stand apart throughout."""
    if len(values) > 2 * TRIED and _by_level(values[:TRIED]) is None:
        return None  # going through a million points one by one takes a second
    if len(values) < 2 * FEWEST or not bool(np.all(np.isfinite(values))):
        return None
    begin = np.sort(values[:FEWEST])
    gap = int(np.argmax(differences(begin)))
    low, high = median(begin[: gap + 1]), median(begin[gap + 1 :])
    numbers: list[int] = []
    for value in values.tolist():
        if abs(value - high) < abs(value - low):
            high += 0.4 * (value - high)
            numbers.append(1)
        else:
            low += 0.4 * (value - low)
            numbers.append(0)
    streams = np.array(numbers, dtype=np.intp)
    switches = np.count_nonzero(differences(streams))
    if switches < 0.3 * len(values) or _sizable(streams) is None:
        return None
    for part, those in zip(np.array_split(values, STAGES), np.array_split(streams, STAGES), strict=True):
        if not _apart(part[those == 0], part[those == 1]):
            return None
    begins, whole = _distance(values[:FEWEST], streams[:FEWEST]), _distance(values, streams)
    if begins < 0.5 * whole:
        return None  # they part on the way: an oscillation that grows
    first = int(streams[0])
    return streams if first == 0 else 1 - streams


def _distance(values: FloatArray, streams: Streams) -> float:
    return abs(median(values[streams == 0]) - median(values[streams == 1]))


def _apart(values: FloatArray, other: FloatArray) -> bool:
    """Whether two curves stand apart by more than either moves from point to point."""
    if len(values) < 3 or len(other) < 3:
        return False
    noise = max(median(np.abs(differences(values))), median(np.abs(differences(other))))
    distance = abs(median(values) - median(other))
    return bool(np.isfinite(distance)) and distance > APART * noise and distance > 0.0


def _sizable(streams: Streams) -> Streams | None:
    counts = np.bincount(streams)
    return streams if len(counts) > 1 and counts.min() >= SHARE * len(streams) else None


def _part(columns: Sequence[Column], clock: Column, streams: Streams, number: int) -> tuple[Column, ...]:
    """The columns of one writer; those that were not written row by row with the loss stay with the first."""
    kept = streams == number
    parts = []
    for column in columns:
        if np.array_equal(column.steps, clock.steps):
            times, low, high = (
                None if those is None else those[kept] for those in (column.wall_times, column.low, column.high)
            )
            parts.append(
                replace(
                    column, steps=column.steps[kept], values=column.values[kept], wall_times=times, low=low, high=high
                )
            )
        elif number == 0:
            parts.append(column)
    return tuple(parts)
