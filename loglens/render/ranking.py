"""The order runs are shown in: the worst first, and the same each time."""

from __future__ import annotations

from collections.abc import Iterable

from loglens.model.diagnosis import RunDiagnosis

VERDICT_RANK = {"critical": 0, "warning": 1, "healthy": 2}


def worst_first(runs: Iterable[RunDiagnosis]) -> tuple[RunDiagnosis, ...]:
    """By verdict, then by the score of the worst finding, then by name."""
    return tuple(sorted(runs, key=lambda run: (VERDICT_RANK[run.verdict], -_badness(run), run.run)))


def _badness(run: RunDiagnosis) -> float:
    return max((finding.score for finding in run.findings), default=0.0)
