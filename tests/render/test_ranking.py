"""The order of runs: worst first, the same whatever order they came in."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

from loglens.render.ranking import worst_first
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
