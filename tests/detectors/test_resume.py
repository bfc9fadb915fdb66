"""Resumes: discontinuities that show and discontinuities that do not."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.resume import Resume
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Rewind, RewrittenPoints, Run
from loglens.signals.core import Signals
from tests.factories import falling, make_run

AT = 600
BACK = (Rewind(resumed_at=AT, last_step=680, rewritten=81, how="new file"),)


def found(run: Run) -> list[Finding]:
    return list(Resume().detect(Signals(run)))


def noisy(values: FloatArray, seed: int = 0) -> FloatArray:
    return values * np.exp(0.03 * np.random.default_rng(seed).standard_normal(len(values)))


def bump(height: float, tempo: float = 25.0) -> FloatArray:
    tail = np.zeros(1000)
    tail[AT:] = height * np.exp(-np.arange(1000 - AT) / tempo)
    return tail


def test_a_resume_that_shows_is_a_warning() -> None:
    (one,) = found(make_run({"loss": noisy(falling(1000) + bump(0.5))}, rewinds=BACK))
    assert one.severity == "warning"
    assert one.steps.end == AT
    assert (one.evidence_value("bump_z") or 0) > 6


def test_a_resume_that_loses_most_of_the_gain_is_critical() -> None:
    (one,) = found(make_run({"loss": noisy(falling(1000) + bump(1.8, 4000))}, rewinds=BACK))
    assert one.severity == "critical"


def test_a_clean_resume_is_a_note() -> None:
    for seed in range(12):
        (one,) = found(make_run({"loss": noisy(falling(1000), seed)}, rewinds=BACK))
        assert one.severity == "info"


def test_a_gradient_that_is_off_counts_with_a_faint_bump() -> None:
    rng = np.random.default_rng(3)
    grad = np.exp(0.1 * rng.standard_normal(1000))
    shaken = grad.copy()
    shaken[AT : AT + 20] *= 3
    loss = noisy(falling(1000) + bump(0.035, 200))
    quiet, loud = (found(make_run({"loss": loss, "grad": g}, rewinds=BACK))[0] for g in (grad, shaken))
    assert loud.evidence_value("gradient_ratio") or loud.severity == "warning"
    assert loud.score >= quiet.score


def test_several_restarts_from_one_checkpoint_are_one_finding() -> None:
    twice = (*BACK, Rewind(resumed_at=AT, last_step=640, rewritten=41, how="new file"))
    (one,) = found(make_run({"loss": noisy(falling(1000))}, rewinds=twice))
    assert one.evidence_value("restarts") == 2


def test_what_was_rewritten_is_compared() -> None:
    old = RewrittenPoints(tag="loss", steps=np.arange(AT, 681), values=np.full(81, 0.7))
    (one,) = found(make_run({"loss": noisy(falling(1000))}, rewinds=BACK, rewritten=(old,)))
    assert one.evidence_value("rewritten_level") == pytest.approx(0.7)


def test_a_pause_with_a_discontinuity_is_found_without_a_rewind() -> None:
    times = np.arange(1000.0)
    times[AT:] += 5000
    (one,) = found(make_run({"loss": noisy(falling(1000) + bump(0.6))}, wall_times=times))
    assert abs(one.steps.end - AT) <= 1
    assert one.evidence_value("pause") == pytest.approx(5001)


def test_a_pause_that_leaves_no_trace_is_quiet() -> None:
    times = np.arange(1000.0)
    times[AT:] += 5000
    assert found(make_run({"loss": noisy(falling(1000))}, wall_times=times)) == []


def test_a_bump_without_a_discontinuity_is_none() -> None:
    assert found(make_run({"loss": noisy(falling(1000) + bump(0.6))}, wall_times=np.arange(1000.0))) == []


def test_a_resume_at_the_very_end_is_told_without_a_verdict() -> None:
    late = (Rewind(resumed_at=999, last_step=1100, rewritten=101, how="step went back"),)
    (one,) = found(make_run({"loss": falling(1000)}, rewinds=late))
    assert one.severity == "info"
    assert "too near the end" in one.summary
