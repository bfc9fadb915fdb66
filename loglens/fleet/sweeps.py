"""Sibling runs seen together: which share a fault and what sets them apart, which is best, what all of them met."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Any

from loglens.model.diagnosis import Verdict
from loglens.model.results.index import IndexGroup, IndexRow, Sweep
from loglens.render import numbers
from loglens.render.ranking import VERDICT_RANK

LEAKS = 0.1
"""Share of the healthy siblings that may have what the sick ones share."""
WIDE = 5
"""Sweeps in which a cause may be met before its runs are told as one group."""
TOGETHER = 3
TOGETHER_SHARE = 0.2
"""Runs, and share of the sweep, that must have a spike at one step before it counts as one event."""
Settings = Mapping[str, Any]


def sweep_of(run: str) -> str:
    """What a run's siblings share: the folder it lies in, '.' for the top."""
    return str(PurePosixPath(run.split("#", 1)[0]).parent)


def sweeps(rows: Sequence[IndexRow], slacks: Sequence[float]) -> tuple[Sweep, ...]:
    """The largest first. `slacks`: of each row, steps by which two places may miss each other."""
    members: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        members.setdefault(sweep_of(row.run), []).append(at)
    found = [
        Sweep(name=name, members=tuple(here), best=_best(rows, here), notes=tuple(_met_together(rows, here, slacks)))
        for name, here in members.items()
    ]
    return tuple(sorted(found, key=lambda sweep: (-len(sweep.members), sweep.name)))


def _best(rows: Sequence[IndexRow], members: Sequence[int]) -> int | None:
    """The lowest validation loss; the lowest train loss at the end where none logs a validation loss."""
    alive = [at for at in members if rows[at].verdict != "critical"]
    for values in ([rows[at].best_val for at in alive], [rows[at].final for at in alive]):
        known = [
            (value, at) for value, at in zip(values, alive, strict=True) if value is not None and math.isfinite(value)
        ]
        if known:
            return min(known)[1]
    return None


def _met_together(rows: Sequence[IndexRow], members: Sequence[int], slacks: Sequence[float]) -> Iterable[str]:
    """Spikes that many runs have at one step: what they share is the data or the machine, not the rate."""
    places = sorted(
        (finding.start, at) for at in members for finding in rows[at].findings if finding.kind == "loss_spike"
    )
    cluster: list[tuple[int, int]] = []
    for place, at in [*places, (math.inf, -1)]:
        if cluster and (at < 0 or place - cluster[-1][0] > min(slacks[at], slacks[cluster[-1][1]])):
            runs = {run for _, run in cluster}
            if len(runs) >= max(TOGETHER, TOGETHER_SHARE * len(members)):
                middle = cluster[len(cluster) // 2][0]
                yield (
                    f"{numbers.count(len(runs))} of {numbers.count(len(members))} runs have a loss spike at about step "
                    f"{numbers.count(middle)}: look at what they share there, the data or the machine"
                )
            cluster = []
        cluster.append((int(place) if at >= 0 else 0, at))


def groups(rows: Sequence[IndexRow], settings: Sequence[Settings]) -> tuple[IndexGroup, ...]:
    """The runs that need attention, by sweep and cause: what is new first, then the worst, then the most.

    `settings`: of each row, what the log itself says of the run, its peak LR among it.
    """
    places: dict[str, set[str]] = {}
    for row in rows:
        if row.verdict != "healthy":
            places.setdefault(row.cause, set()).add(sweep_of(row.run))
    # one cause all over the place is one thing to know, not a card a folder
    wide = {cause: _common(found) for cause, found in places.items() if len(found) > WIDE}
    keyed: dict[tuple[str, str], list[int]] = {}
    siblings: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        siblings.setdefault(sweep_of(row.run), []).append(at)
        if row.verdict != "healthy":
            keyed.setdefault((wide.get(row.cause, sweep_of(row.run)), row.cause), []).append(at)
    found = []
    for (sweep, cause), members in keyed.items():
        inside = set(members)
        near = range(len(rows)) if cause in wide else siblings[sweep]
        others = [settings[at] for at in near if at not in inside]
        ranked = sorted(members, key=lambda at: (VERDICT_RANK[rows[at].verdict], -rows[at].probability, rows[at].run))
        found.append(
            IndexGroup(
                sweep=sweep,
                cause=cause,
                verdict=_worst(rows[at].verdict for at in members),
                members=tuple(ranked),
                shared=shared([settings[at] for at in members], others),
                advice=rows[ranked[0]].advice,
                fresh=sum(rows[at].change in ("new", "worse") for at in members),
                lost_steps=sum(rows[at].lost_steps or 0 for at in members),
                folders=len({sweep_of(rows[at].run) for at in members}),
            )
        )
    return tuple(
        sorted(
            found,
            key=lambda sweep: (
                VERDICT_RANK[sweep.verdict],
                -(sweep.fresh > 0),
                -len(sweep.members),
                sweep.sweep,
                sweep.cause,
            ),
        )
    )


def _common(sweeps_of_cause: Iterable[str]) -> str:
    """The folder above all of them."""
    levels = takewhile(
        lambda level: len(set(level)) == 1, zip(*(sweep.split("/") for sweep in sweeps_of_cause), strict=False)
    )
    return "/".join(level[0] for level in levels) or "."


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    return min(verdicts, key=lambda verdict: VERDICT_RANK[verdict])


def shared(members: Sequence[Settings], others: Sequence[Settings]) -> str:
    """The one setting that all of `members` have and hardly any of `others`: `peak LR ≥ 3e-3`, `optimizer = sgd`."""
    if len(members) < 2 or len(others) < 2:
        return ""
    best: tuple[int, int, str] | None = None
    for place, name in enumerate(members[0]):
        values = [member.get(name) for member in members]
        if any(value is None for value in values):
            continue
        for leaks, text in _rules(name, values, [other.get(name) for other in others]):
            if leaks <= LEAKS * len(others) and (best is None or (leaks, place) < best[:2]):
                best = leaks, place, text
    return best[2] if best else ""


def _rules(name: str, values: Sequence[Any], others: Sequence[Any]) -> Iterable[tuple[int, str]]:
    """Rules that hold for all of `values`: how many of `others` they hold for too, and their words."""
    shown = "peak LR" if name == "peak_lr" else name
    if all(_is_number(value) for value in values):
        low, high = min(values), max(values)
        known = [other for other in others if _is_number(other)]
        if low == high:
            yield sum(item == low for item in known), f"{shown} = {numbers.lr(low)}"
        yield sum(item >= low for item in known), f"{shown} ≥ {numbers.lr(low)}"
        yield sum(item <= high for item in known), f"{shown} ≤ {numbers.lr(high)}"
    elif all(value == values[0] for value in values):
        yield sum(other == values[0] for other in others), f"{shown} = {values[0]}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
