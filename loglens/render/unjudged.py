"""What could not be judged, over all runs: detectors that were not asked and ones that failed, never in silence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Broke, NotApplicable
from loglens.render.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """`runs`: how many runs a detector kept silent on for this reason. `failed`: it raised, a bug in LogLens."""

    detector: str
    reason: str
    failed: bool
    runs: int

    def said(self, limit: int) -> str:
        return ("failed: " if self.failed else "") + printable(self.reason, limit)


def unjudged(runs: Iterable[RunDiagnosis]) -> tuple[Unjudged, ...]:
    """One entry a detector and reason, failures first, then by name."""
    seen: dict[tuple[bool, str, str], int] = {}
    for run in runs:
        for outcome in run.outcomes:
            if isinstance(outcome, Broke | NotApplicable):
                failed = isinstance(outcome, Broke)
                key = (not failed, outcome.detector, outcome.error if isinstance(outcome, Broke) else outcome.reason)
                seen[key] = seen.get(key, 0) + 1
    return tuple(
        Unjudged(detector=detector, reason=reason, failed=not asked, runs=count)
        for (asked, detector, reason), count in sorted(seen.items())
    )
