"""What a finding is worth: half the log-odds against the healthy runs."""

from __future__ import annotations

import math

import pytest

from tests.lab.findings import COUNTED, SMOOTHING, Seen, points


def test_a_finding_that_only_sick_runs_show_speaks_for_them() -> None:
    rhythm = frozenset({"periodic_pattern"})
    seen: list[Seen] = (
        [("healthy", frozenset())] * 10 + [("data_order", rhythm)] * 5 + [("data_order", frozenset())] * 5
    )
    made = points(seen)
    assert made["periodic_pattern"]["data_order"] == pytest.approx(
        COUNTED * math.log((0.5 + SMOOTHING) / SMOOTHING), abs=0.01
    )
    assert "healthy" not in made["periodic_pattern"]
    assert made["divergence"] == {}


def test_a_finding_healthy_runs_show_as_often_says_nothing() -> None:
    both: list[Seen] = [(cause, frozenset({"overfitting"})) for cause in ("healthy", "overfitting")]
    assert "overfitting" not in points(both)["overfitting"]
