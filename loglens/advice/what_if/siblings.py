"""What a decay does, borrowed: a run without one is answered from another run read with it that has one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from loglens.advice.what_if.annealing import Shape
from loglens.advice.what_if.annealing_fit import fit
from loglens.advice.what_if.course import Course, course_of
from loglens.advice.what_if.verdict import DECAY_SEEN, LAWFUL, has_decay, under_later_decay
from loglens.model.diagnosis import RunDiagnosis
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
    shape: Shape | None = None
    decay_seen: float = 0.0


def supplied(judged: Sequence[RunDiagnosis], signals_of: Callable[[str], Signals]) -> tuple[RunDiagnosis, ...]:
    """The runs, those among them that lacked a decay answered from one that has it.

    `signals_of`: the signals of a run by its name; called only for runs that lack a decay and for those that may lend
    theirs.
    """
    known: dict[str, Lender] = {}

    def lender(name: str) -> Lender:
        if name not in known:
            known[name] = lent(course_of(signals_of(name)))
        return known[name]

    answered = []
    for run in judged:
        if run.what_if is not None and run.what_if.lacks == "decay":
            own = signals_of(run.run)
            course = course_of(own)
            asked = [(shared, name, lender(name)) for shared, name in _nearest(run, judged)]
            able = [one for one in asked if one[2].shape is not None and _alike(course, one[2].course)]
            if able:
                # of the nearest folder the one whose decay is seen best
                _, name, other = max(able, key=lambda one: (one[0], one[2].decay_seen))
                run = replace(run, what_if=under_later_decay(own, course, other.shape, name))
        answered.append(run)
    return tuple(answered)


def _nearest(run: RunDiagnosis, judged: Sequence[RunDiagnosis]) -> list[tuple[int, str]]:
    """(folders in common, name) of runs with a decay in the same series, those with more in common first."""
    rest = [
        (_shared(run.run, one.run), one.run)
        for one in judged
        if one is not run and one.schedule.kind not in ("constant", "unknown") and _loss(one) == _loss(run)
    ]
    return sorted(rest, key=lambda one: (-one[0], one[1]))[:MOST_ASKED]


def _loss(run: RunDiagnosis) -> str | None:
    return run.roles.get("train_loss") or run.roles.get("val_loss")


def _shared(one: str, other: str) -> int:
    """How many folders two runs have in common."""
    pairs = zip(PurePosixPath(one).parts, PurePosixPath(other).parts, strict=False)
    return int(np.argmin([*(a == b for a, b in pairs), False]))


def _alike(one: Course, other: Course) -> bool:
    """Whether two losses lie so near to each other that they are the same training under two schedules."""
    falls = sorted((max(one.fall, 1e-12), max(other.fall, 1e-12)))
    apart = abs(one.end - other.end)
    return falls[1] <= ALIKE * falls[0] and apart <= (ALIKE - 1.0) * falls[1]


def lent(course: Course) -> Lender:
    """What a decay does in this run, where it can be told, with the doubt that another run is another."""
    law = fit(course) if course.peak is not None and has_decay(course) else None
    if law is None or course.peak is None or law.decay_seen < DECAY_SEEN or law.wave > LAWFUL * law.fall:
        return Lender(course=course)
    shape = law.shape(course.peak)
    taken, deviation = shape.taken
    memory, wide = shape.memory
    doubted = Shape(
        taken=(taken, float(np.hypot(deviation, ANOTHER_RUN * taken))),
        memory=(memory, float(np.hypot(wide, ANOTHER_MEMORY))),
    )
    return Lender(course=course, shape=doubted, decay_seen=law.decay_seen)
