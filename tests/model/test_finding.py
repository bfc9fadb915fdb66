"""The order of findings: worst first, the same whatever order they came in."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from loglens.model.finding import worst_first
from tests.diagnoses import spike


def test_findings_by_severity_then_by_score_then_by_place() -> None:
    findings = [
        replace(spike(9, severity="critical"), score=0.1),
        replace(spike(7, severity="warning"), score=0.9),
        replace(spike(3, severity="warning"), score=0.4),
        replace(spike(5, severity="warning"), score=0.4),
    ]
    for order in permutations(findings):
        assert [one.steps.start for one in worst_first(order)] == [one.steps.start for one in findings]
