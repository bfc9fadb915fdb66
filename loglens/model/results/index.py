"""Many runs at a glance: what an index page, a digest and `nightly.json` are drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loglens.model.diagnosis import Verdict
from loglens.model.run import Problem

RunState = Literal["running", "stalled", "ended", ""]
Change = Literal["new", "worse", "fixed", "standing", ""]
CHANGES: tuple[Change, ...] = ("new", "worse", "fixed", "standing", "")
"""In the order in which a reader wants to see them; a run takes the first of its findings'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFinding:
    """`id`: what `loglens ack` takes, '' outside of a nightly. `accepted`: why somebody accepted it, '' where nobody
    did."""

    kind: str
    severity: str
    start: int
    end: int
    summary: str
    id: str = ""
    status: Change = ""
    accepted: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """A run. `page`: where its page is, relative to the index. `spark`: its loss in heights `0`-`z`, '-' where there is
    no finite one. `lost_steps`, `lost_hours`: since the first critical finding. `written`: seconds since 1970, of its
    last file, 0 where unknown."""

    run: str
    page: str
    verdict: Verdict
    cause: str
    probability: float
    peak_lr: float | None
    advice: str
    final: float | None
    last_step: int
    headline: str = ""
    best_val: float | None = None
    state: RunState = ""
    change: Change = ""
    lost_steps: int | None = None
    lost_hours: float | None = None
    owner: str = ""
    tags: tuple[str, ...] = ()
    spark: str = ""
    written: float = 0.0
    findings: tuple[IndexFinding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexGroup:
    """Runs of one sweep with one cause; of all sweeps below `sweep` where many have it: `folders` of them. `members`:
    places in `RunIndex.rows`. `shared`: what they have in common and their healthy siblings have not ('peak LR ≥
    3e-3'), '' where nothing tells them apart. `fresh`: how many have something new."""

    sweep: str
    cause: str
    verdict: Verdict
    members: tuple[int, ...]
    shared: str
    advice: str
    fresh: int
    lost_steps: int
    folders: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Runs that lie together. `best`: place of the run with the lowest loss, None where none has one. `notes`: what
    they show only together (one spike in many at one step)."""

    name: str
    members: tuple[int, ...]
    best: int | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendPoint:
    """A night that ended. `began`: seconds since 1970."""

    night: int
    began: float
    critical: int
    warning: int
    healthy: int
    new: int
    fixed: int
    lost_steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunIndex:
    """`night`: its number, None outside of a nightly. `made`: seconds since 1970, None where no clock was asked."""

    path: str
    rows: tuple[IndexRow, ...]
    groups: tuple[IndexGroup, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    problems: tuple[Problem, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    night: int | None = None
    made: float | None = None
    version: str = ""

    def count(self, verdict: Verdict) -> int:
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def verdict(self) -> Verdict:
        """The worst of the runs'."""
        return "critical" if self.count("critical") else "warning" if self.count("warning") else "healthy"
