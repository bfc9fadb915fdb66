"""A finding is known again though its log has grown, and never mistaken for another of its run."""

from __future__ import annotations

from dataclasses import replace

from loglens.model.finding import Finding
from loglens.model.fingerprint import fingerprints
from loglens.model.run import StepSpan
from tests.diagnoses import run_diagnosis, spike


def marks(*findings: Finding) -> tuple[str, ...]:
    return fingerprints(replace(run_diagnosis(), findings=findings))


def test_a_later_reading_gives_the_same_mark() -> None:
    early = spike(3000)
    late = replace(spike(3001), score=0.2, severity="warning", cause=None, summary="another sentence")
    assert marks(early) == marks(late)


def test_a_fault_of_the_whole_run_has_no_place() -> None:
    slow = replace(spike(300), kind="stagnation", peak_step=None, steps=StepSpan(start=100, end=900))
    assert marks(slow) == marks(replace(slow, steps=StepSpan(start=500, end=5000)))


def test_kind_series_and_region_tell_findings_apart() -> None:
    one = spike(300)
    other = (replace(one, kind="lr_jump"), replace(one, series="aux/loss"), spike(3000))
    assert len(set(marks(one, *other))) == 4


def test_two_of_one_region_are_counted_by_place_in_any_order() -> None:
    first, second = spike(3000), spike(3002)
    assert len(set(marks(first, second))) == 2
    assert marks(second, first) == marks(first, second)[::-1]
    assert marks(first, second)[0] == marks(first)[0]  # the later one changes nothing
