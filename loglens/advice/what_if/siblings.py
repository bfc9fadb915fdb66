"""What a decay does, borrowed: a run without one is answered from another run read with it that has one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

import numpy as np

from loglens.advice.what_if.annealing import DecayShape
from loglens.advice.what_if.annealing_fit import fit
from loglens.advice.what_if.course import Course, course_of
from loglens.advice.what_if.verdict import DECAY_SEEN, LAWFUL, guarded, has_decay, under_later_decay
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.results.what_if import WhatIf
from loglens.signals.core import Signals

MOST_ASKED = 8
"""Siblings that are looked at, the nearest folders first: a fit takes a tenth of a second."""
ALIKE = 1.5
"""How many times the range of one run's loss may lie above or below that of the other."""
ANOTHER_RUN = 0.15
"""Standard deviation, as a share, of how much more or less a decay takes off another run's loss."""
ANOTHER_MEMORY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lender:
    """A run that may lend what its decay did; `shape` is None where that cannot be told."""

    course: Course
    shape: DecayShape | None = None
    decay_seen: float = 0.0


def supplied(
    judged: Sequence[RunDiagnosis], signals_of: Mapping[str, Callable[[], Signals]]
) -> tuple[RunDiagnosis, ...]:
    """The runs, those among them that lacked a decay answered from one that has it.

    `signals_of`: the signals of a run by its name; made only for runs that lack a decay and for those that may lend
    theirs.
    """
    known: dict[str, Lender] = {}

    def lender(name: str) -> Lender:
        if name not in known:
            known[name] = lent(course_of(signals_of[name]()))
        return known[name]

    answered = []
    for run in judged:
        if run.what_if is not None and run.what_if.lacks == "decay":
            own = signals_of[run.run]
            asked = _nearest(run, judged)
            run = replace(run, what_if=guarded(partial(_answer, run.what_if, own, asked, lender)))
        answered.append(run)
    return tuple(answered)


def _answer(
    before: WhatIf, own: Callable[[], Signals], asked: Sequence[tuple[int, str]], lender: Callable[[str], Lender]
) -> WhatIf | None:
    """The curve with the decay of the nearest folder's run whose decay is seen best; `before` where none can lend."""
    if not asked:
        return before
    signals = own()
    course = course_of(signals)
    able = [
        (shared, lent.decay_seen, name, lent.shape)
        for shared, name in asked
        if (lent := lender(name)).shape is not None and _alike(course, lent.course)
    ]
    if not able:
        return before
    _, _, name, shape = max(able, key=lambda entry: entry[:2])
    return under_later_decay(signals, course, shape, name)


def _nearest(run: RunDiagnosis, judged: Sequence[RunDiagnosis]) -> list[tuple[int, str]]:
    """(folders in common, name) of runs with a decay in the same series, those with more in common first."""
    rest = [
        (_shared(run.run, item.run), item.run)
        for item in judged
        if item is not run and item.schedule.kind not in ("constant", "unknown") and _loss(item) == _loss(run)
    ]
    return sorted(rest, key=lambda entry: (-entry[0], entry[1]))[:MOST_ASKED]


def _loss(run: RunDiagnosis) -> str | None:
    return run.roles.get("train_loss") or run.roles.get("val_loss")


def _shared(name: str, other: str) -> int:
    """How many folders two runs have in common."""
    pairs = zip(PurePosixPath(name).parts, PurePosixPath(other).parts, strict=False)
    return int(np.argmin([*(a == b for a, b in pairs), False]))


def _alike(course: Course, other: Course) -> bool:
    """Whether two losses lie so near to each other that they are the same training under two schedules."""
    falls = sorted((max(course.fall, 1e-12), max(other.fall, 1e-12)))
    apart = abs(course.end - other.end)
    return falls[1] <= ALIKE * falls[0] and apart <= (ALIKE - 1.0) * falls[1]


def lent(course: Course) -> Lender:
    """What a decay does in this run, where it can be told, with the doubt that another run is another."""
    law = fit(course) if course.peak is not None and has_decay(course) else None
    if law is None or course.peak is None or law.decay_seen < DECAY_SEEN or law.wave > LAWFUL * law.fall:
        return Lender(course=course)
    shape = law.shape(course.peak)
    taken, deviation = shape.taken
    memory, wide = shape.memory
    doubted = DecayShape(
        taken=(taken, float(np.hypot(deviation, ANOTHER_RUN * taken))),
        memory=(memory, float(np.hypot(wide, ANOTHER_MEMORY))),
    )
    return Lender(course=course, shape=doubted, decay_seen=law.decay_seen)
