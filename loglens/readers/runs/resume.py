"""Parts of one run put together: what a restart wrote again was undone by it, the later point wins.

A restart is a new file, a new folder with the same run id, a repeated header, a purge event, or only a step that goes
back. What it runs again was undone, also where it logs at other steps than before (every fifth step counted from
another checkpoint). A step that is merely out of order costs no point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray, Note, Rewind, RewrittenPoints, Series
from loglens.readers.contract.base import Column, Log
from loglens.readers.naming.metric_names import AXIS_ROLES, name_role
from loglens.signals.numerics.robust import differences

_BEHIND = 2
"""A step that goes back behind fewer points than this is out of order, not a restart."""
_GAP = 3.0
"""Steps further apart than this many usual distances do not cover what lies between them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resolved:
    """`series` with increasing steps, in the order in which tags first appear; `rewritten`: what was undone."""

    series: tuple[Series, ...]
    rewritten: tuple[RewrittenPoints, ...] = ()
    rewinds: tuple[Rewind, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass
class _Went:
    """What became of the parts of a run, gathered over its tags: one entry a boundary, and one each time a step of
    the fullest tag went back within a part. `mixed`: of each part the points of its fullest tag that was shuffled."""

    shared: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    undone: dict[int, int] = field(default_factory=dict)
    back: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    rewritten: list[RewrittenPoints] = field(default_factory=list)
    same_step: int = 0
    counted: list[str] = field(default_factory=list)
    shuffled: list[str] = field(default_factory=list)
    concurrent: set[int] = field(default_factory=set)
    first_steps: dict[str, int] = field(default_factory=dict)
    part_steps: list[int] = field(default_factory=list)
    mixed: dict[int, int] = field(default_factory=dict)


def resolve(parts: Sequence[Log]) -> Resolved:
    """The parts of one run, in order of their start, as series."""
    went = _Went()
    tags: dict[str, list[tuple[int, Column]]] = {}
    for number, part in enumerate(parts):
        for column in part.columns:
            if len(column.steps):
                tags.setdefault(column.tag, []).append((number, column))
    # what was shuffled were the rows: a column of a few points, too few to tell, was with the others
    for number, part in enumerate(parts):
        went.mixed[number] = max(
            (len(column.steps) for column in part.columns if _is_shuffled(column.steps)), default=0
        )
    series = tuple(_series(tag, columns, parts, went) for tag, columns in tags.items())
    rewinds = (*(rewind for part in parts for rewind in part.rewinds), *_rewinds(parts, went))
    return Resolved(
        series=series,
        rewritten=tuple(went.rewritten),
        rewinds=rewinds,
        notes=_notes(went, rewinds, str(parts[0].file)),
    )


def _series(tag: str, columns: Sequence[tuple[int, Column]], parts: Sequence[Log], went: _Went) -> Series:
    first = columns[0][1]
    if len(columns) == 1 and not parts[columns[0][0]].purges and _increases(first.steps):
        return _made(tag, first, first.steps, first.values, first.wall_times, first.low, first.high)
    owner = np.concatenate([np.full(len(column.steps), number) for number, column in columns])
    values = np.concatenate([column.values for _, column in columns])
    times = _joined([column.wall_times for _, column in columns])
    low, high = (_joined([getattr(column, name) for _, column in columns]) for name in ("low", "high"))
    steps = _steps(tag, [column for _, column in columns], went)
    if len(columns) == 1 and not parts[columns[0][0]].purges and len(steps) <= went.mixed[columns[0][0]]:
        went.shuffled.append(tag)
        order = np.argsort(steps, kind="stable")
        kept = order[np.append(differences(steps[order]) > 0, True)]
        return _made(tag, first, steps[kept], values[kept], _at(times, kept), _at(low, kept), _at(high, kept))
    if _increases(steps) and not any(part.purges for part in parts):
        _note_boundaries(steps, owner, went)
        return _made(tag, first, steps, values, times, low, high)
    alive = _purged(tag, parts, steps, owner, went)
    by_place = _undo(steps, owner, times, alive, went)
    order = np.argsort(steps, kind="stable")
    order = order[alive[order]]
    last = np.append(steps[order][1:] != steps[order][:-1], True) if len(order) else np.zeros(0, dtype=bool)
    _note_rewrites(tag, steps, owner, (order, last), by_place, went)
    kept = order[last]
    lost = np.setdiff1d(np.arange(len(steps)), kept)
    if len(lost):
        went.rewritten.append(
            RewrittenPoints(tag=tag, steps=steps[lost], values=values[lost], wall_times=_at(times, lost))
        )
    return _made(tag, first, steps[kept], values[kept], _at(times, kept), _at(low, kept), _at(high, kept))


def _is_shuffled(steps: IntArray) -> bool:
    """Whether rows are out of order all over the log, nearly every step once: no restart goes back so often."""
    back = int(np.count_nonzero(differences(steps) < 0))
    return back > max(4, len(steps) // 10) and len(np.unique(steps)) >= 0.95 * len(steps)


def _made(
    tag: str, like: Column, steps: IntArray, values: FloatArray, times: FloatArray | None, low: FloatArray | None,
    high: FloatArray | None,
) -> Series:  # fmt: skip
    return Series(tag=tag, steps=steps, values=values, wall_times=times, low=low, high=high, aggregate=like.aggregate,
                  axis=like.axis)  # fmt: skip


def _increases(steps: IntArray) -> bool:
    return len(steps) < 2 or bool(np.all(steps[1:] > steps[:-1]))


def _at(values: FloatArray | None, rows: NDArray[np.intp]) -> FloatArray | None:
    return None if values is None else values[rows]


def _joined(arrays: Sequence[FloatArray | None]) -> FloatArray | None:
    present = [array for array in arrays if array is not None]
    return np.concatenate(present) if len(present) == len(arrays) else None


def _steps(tag: str, columns: Sequence[Column], went: _Went) -> IntArray:
    """The steps as written, or points counted in order of writing where no step was given."""
    steps = np.concatenate([column.steps for column in columns])
    if all(column.stepless for column in columns):
        if len(columns) > 1:
            went.counted.append(tag)
            return np.arange(len(steps), dtype=np.int64)
        return steps
    if any(len(column.steps) > 1 for column in columns) and not np.any(steps):
        went.counted.append(tag)
        return np.arange(len(steps), dtype=np.int64)
    return steps


def _purged(tag: str, parts: Sequence[Log], steps: IntArray, owner: IntArray, went: _Went) -> NDArray[np.bool_]:
    """(n,) False for points that a purge event undid: those written before it, from its step on."""
    alive = np.ones(len(steps), dtype=bool)
    for number, part in enumerate(parts):
        for purge in part.purges:
            begins = int(np.searchsorted(owner, number))
            before = np.arange(len(steps)) < begins + purge.before.get(tag, 0)
            # a purge speaks for the log it stands in, not for another split of the run
            here = np.array([item.file.parent == part.file.parent for item in parts])[owner]
            undone = alive & before & here & (steps >= purge.step)
            went.undone[number] = went.undone.get(number, 0) + int(np.count_nonzero(undone))
            alive &= ~undone
    return alive


def _undo(
    steps: IntArray, owner: IntArray, times: FloatArray | None, alive: NDArray[np.bool_], went: _Went
) -> dict[int, int]:
    """Marks what each new start covers again among the points before it. How many, by the place where a step went back
    within a part; what a new part undid is noted in `went`."""
    turns = np.flatnonzero((differences(owner) != 0) | (differences(steps) < 0)) + 1
    forward = differences(steps)
    stride = float(np.median(forward[forward > 0])) if np.any(forward > 0) else 1.0
    by_place: dict[int, int] = {}
    for at, end in pairwise([*turns.tolist(), len(steps)]):
        new_part = owner[at] != owner[at - 1]
        if new_part:
            went.shared.setdefault(int(owner[at]), []).append((int(steps[at]), int(steps[:at].max())))
            went.part_steps.append(int(steps[0]))
            if times is not None and np.nanmin(times[at:end]) < np.nanmax(times[:at]):
                went.concurrent.add(int(owner[at]))
                continue  # two writers at the same time: no restart, only equal steps are written twice
        elif int(np.count_nonzero(alive[:at] & (steps[:at] >= steps[at]))) < _BEHIND:
            continue  # merely out of order
        covered = alive[:at] & _covers(steps[at:end], steps[:at], stride)
        alive[:at] &= ~covered
        count = int(np.count_nonzero(covered))
        if new_part:
            went.undone[int(owner[at])] = went.undone.get(int(owner[at]), 0) + count
        else:
            by_place[at] = count
    return by_place


def _covers(new: IntArray, old: IntArray, stride: float) -> NDArray[np.bool_]:
    """(old,) True for steps that were run again: written again, or between two new ones that follow each other at about
    the usual distance."""
    right = np.searchsorted(new, old)
    here = new[np.minimum(right, len(new) - 1)] == old
    inside = (right > 0) & (right < len(new))
    gap = new[np.minimum(right, len(new) - 1)] - new[np.maximum(right - 1, 0)]
    covered: NDArray[np.bool_] = here | (inside & (gap <= _GAP * stride))
    return covered


def _note_boundaries(steps: IntArray, owner: IntArray, went: _Went) -> None:
    for begins in np.flatnonzero(differences(owner)) + 1:
        went.shared.setdefault(int(owner[begins]), []).append((int(steps[begins]), int(steps[begins - 1])))


def _note_rewrites(
    tag: str, steps: IntArray, owner: IntArray, sorted_points: tuple[NDArray[np.intp], NDArray[np.bool_]],
    by_place: dict[int, int], went: _Went,
) -> None:  # fmt: skip
    """Sorts equal steps into those that a step going back within a part rewrote, and those merely written twice."""
    order, last = sorted_points
    back = np.flatnonzero((differences(steps) < 0) & (differences(owner) == 0)) + 1
    lost, winner = order[~last], order[1:][~last[:-1]]  # what was written next at the same step
    sessions = np.searchsorted(back, np.arange(len(steps)), side="right")
    crossed = sessions[winner] > sessions[lost]
    within = owner[winner] == owner[lost]
    if name_role(tag).role not in AXIS_ROLES:  # an epoch number beside every row tells nothing twice
        went.same_step += int(np.count_nonzero(~crossed & within))
    for number, count in zip(*np.unique(owner[winner[~within]], return_counts=True), strict=True):
        went.undone[int(number)] = went.undone.get(int(number), 0) + int(count)
    if len(back):
        again = sessions[winner[crossed & within]]
        went.back[tag] = [
            (int(steps[at]), int(steps[:at].max()), by_place.get(int(at), 0) + int(np.count_nonzero(again == number)))
            for number, at in enumerate(back, 1)
        ]
        went.first_steps[tag] = int(steps[0])


def _rewinds(parts: Sequence[Log], went: _Went) -> list[Rewind]:
    found = []
    for number, edges in sorted(went.shared.items()):
        if number in went.concurrent:
            continue
        part = parts[number]
        moved = (part.folder, part.file.parent) not in {(part.folder, part.file.parent) for part in parts[:number]}
        how = "purge event" if part.purges else part.how or ("new folder" if moved else "new file")
        first = min(edge[0] for edge in edges)
        found.append(
            Rewind(
                resumed_at=min(first, *(purge.step for purge in part.purges)) if part.purges else first,
                last_step=max(edge[1] for edge in edges),
                rewritten=went.undone.get(number, 0),
                how=how,
            )
        )
    real = {tag: events for tag, events in went.back.items() if any(event[2] for event in events)}
    if real:
        # the training loss tells when, else the tag that went back most often; what others lost is added by order
        clock = max(real, key=lambda tag: (name_role(tag).role == "train_loss", len(real[tag])))
        for place, (resumed, last, _) in enumerate(real[clock]):
            count = sum(events[min(place, len(events) - 1)][2] for events in real.values() if place < len(events))
            found.append(Rewind(resumed_at=resumed, last_step=last, rewritten=count, how="step went back"))
    return found


def _notes(went: _Went, rewinds: Sequence[Rewind], path: str) -> tuple[Note, ...]:
    notes = []
    undone = sum(rewind.rewritten for rewind in rewinds)
    if undone:
        told = f"{undone} points were written again after a restart: the later ones are shown"
        notes.append(Note(kind="dropped", message=told, path=path, count=undone))
    anew = _anew(went, rewinds)
    if anew:
        told = (f"the steps start again at the very first one {anew} times: this looks like {anew + 1} trainings "
                "logged to one place; at each step the last one that reached it is shown. To judge them one by one, "
                "give each a folder of its own")  # fmt: skip
        notes.append(Note(kind="guess", message=told, path=path, count=anew))
    if went.concurrent:
        told = (f"{len(went.concurrent) + 1} files hold the same series over the same time (several processes "
                "logging?): where they have the same step, the last file is shown")  # fmt: skip
        notes.append(Note(kind="guess", message=told, path=path, count=len(went.concurrent) + 1))
    if went.same_step:
        told = f"{went.same_step} points share their step with a later one: the last of each step is shown"
        notes.append(Note(kind="dropped", message=told, path=path, count=went.same_step))
    if went.counted:
        told = f"no step was given: the points are counted 0, 1, 2, ... in order of writing ({_some(went.counted)})"
        notes.append(Note(kind="guess", message=told, path=path, count=len(went.counted)))
    if went.shuffled:
        told = f"the rows are shuffled: they have been sorted by step ({_some(went.shuffled)})"
        notes.append(Note(kind="repair", message=told, path=path, count=len(went.shuffled)))
    unordered = [tag for tag, events in went.back.items() if not any(event[2] for event in events)]
    if unordered:
        told = f"points were out of order and have been sorted by step ({_some(unordered)})"
        notes.append(Note(kind="repair", message=told, path=path, count=len(unordered)))
    return tuple(notes)


def _anew(went: _Went, rewinds: Sequence[Rewind]) -> int:
    """How often the log went back to its very first step: other trainings rather than restarts of one."""
    if not any(rewind.rewritten for rewind in rewinds):
        return 0
    first = min([*went.first_steps.values(), *went.part_steps], default=None)
    return sum(rewind.resumed_at == first and rewind.how != "counter restarted" for rewind in rewinds)


def _some(tags: Sequence[str], limit: int = 4) -> str:
    return ", ".join(tags[:limit]) + ("" if len(tags) <= limit else f" and {len(tags) - limit} more")
