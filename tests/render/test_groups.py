"""Findings that are alike are told in one line."""

from __future__ import annotations

from loglens.render.groups import grouped
from tests.diagnoses import spike


def test_forty_alike_are_one_line_with_count_range_and_worst() -> None:
    (one,) = grouped([spike(10 + 12 * n) for n in range(40)])
    assert one.summary.startswith("40 × loss spike; the worst: ")
    assert (one.steps.start, one.steps.end) == (10, max(spike(10 + 12 * n).steps.end for n in range(40)))
    assert len(one.findings) == 40


def test_two_stay_apart() -> None:
    assert [len(one.findings) for one in grouped([spike(10), spike(40)])] == [1, 1]
