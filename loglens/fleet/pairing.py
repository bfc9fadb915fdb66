"""Which runs of BASE and HEAD belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from loglens.errors import SettingsError
from loglens.model.diagnosis import RunDiagnosis

SEED = re.compile(r"(?<![a-z0-9])(seed|rep|replicate|replica|s)[-_=]?\d+(?![a-z0-9])", re.IGNORECASE)
"""What tells repeated runs of one setting apart in a name: `seed3`, `seed=3`, `rep-1`, `s42`."""

Key = Callable[[RunDiagnosis], str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairGroup:
    """Runs of one setting on both sides."""

    name: str
    base: tuple[RunDiagnosis, ...]
    head: tuple[RunDiagnosis, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairing:
    groups: tuple[PairGroup, ...]
    removed: tuple[RunDiagnosis, ...]
    added: tuple[RunDiagnosis, ...]


def family(name: str) -> str:
    """The name without its seed: runs of one family are repetitions of one setting."""
    return SEED.sub(lambda found: f"{found[1]}*", name)


def pair_runs(
    base: Sequence[RunDiagnosis], head: Sequence[RunDiagnosis], given: Mapping[str, str] | None = None
) -> Pairing:
    """Pairs by what the user said, then by name (seeds of one setting together), then by the last part of the name
    where that is unique on both sides, and one run with one run whatever they are called.

    SettingsError where `given` (BASE name -> HEAD name) names a run that is not there.
    """
    base, head = list(base), list(head)
    groups = [_given(base, head, old, new) for old, new in (given or {}).items()]
    groups += _by(base, head, lambda run: family(run.run))
    groups += _by(base, head, _last_part, alone=True)
    if len(base) == len(head) == 1 and not groups:
        groups.append(PairGroup(name=_both(base[0].run, head[0].run), base=(base.pop(),), head=(head.pop(),)))
    return Pairing(groups=tuple(groups), removed=tuple(base), added=tuple(head))


def _last_part(run: RunDiagnosis) -> str:
    """`x` of `main/x`; a run that is the path itself ('.') is called as its folder or file is."""
    name = run.source if run.run == "." else run.run
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _given(base: list[RunDiagnosis], head: list[RunDiagnosis], old: str, new: str) -> PairGroup:
    return PairGroup(name=_both(old, new), base=(_taken(base, old, "BASE"),), head=(_taken(head, new, "HEAD"),))


def _taken(runs: list[RunDiagnosis], name: str, side: str) -> RunDiagnosis:
    for at, run in enumerate(runs):
        if run.run == name:
            return runs.pop(at)
    there = ", ".join(run.run for run in runs[:8]) or "none"
    raise SettingsError(f"--pair: {side} has no run {name!r} left to pair; it has {there}")


def _by(base: list[RunDiagnosis], head: list[RunDiagnosis], key: Key, *, alone: bool = False) -> list[PairGroup]:
    """Take the runs that share a key out of both lists; `alone`: only where one run on each side has it."""
    ours, theirs = _keyed(base, key), _keyed(head, key)
    groups = []
    for name in sorted(ours.keys() & theirs.keys()):
        if alone and not len(ours[name]) == len(theirs[name]) == 1:
            continue
        groups.append(PairGroup(name=name, base=tuple(ours[name]), head=tuple(theirs[name])))
        for run in ours[name]:
            base.remove(run)
        for run in theirs[name]:
            head.remove(run)
    return groups


def _keyed(runs: Iterable[RunDiagnosis], key: Key) -> dict[str, list[RunDiagnosis]]:
    keyed: dict[str, list[RunDiagnosis]] = {}
    for run in runs:
        keyed.setdefault(key(run), []).append(run)
    return keyed


def _both(old: str, new: str) -> str:
    return new if old == new else f"{old} → {new}"
