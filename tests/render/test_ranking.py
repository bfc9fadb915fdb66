"""The order of runs and findings: worst first, the same whatever order they came in."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from loglens.render.ranking import findings_worst_first, worst_first
from tests.diagnoses import healthy, run_diagnosis, spike


def test_runs_by_verdict_then_by_their_worst_finding_then_by_name() -> None:
    runs = [
        replace(run_diagnosis("c"), findings=(replace(spike(1), score=0.9),)),
        replace(run_diagnosis("b"), findings=(replace(spike(1), score=0.2),)),
        replace(run_diagnosis("d"), findings=(replace(spike(1), score=0.2),)),
        healthy("a"),
    ]
    for order in permutations(runs):
        assert [one.run for one in worst_first(order)] == ["c", "b", "d", "a"]


def test_findings_by_severity_then_by_score_then_by_place() -> None:
    findings = [
        replace(spike(9, severity="critical"), score=0.1),
        replace(spike(7, severity="warning"), score=0.9),
        replace(spike(3, severity="warning"), score=0.4),
        replace(spike(5, severity="warning"), score=0.4),
    ]
    for order in permutations(findings):
        assert [one.steps.start for one in findings_worst_first(order)] == [one.steps.start for one in findings]
