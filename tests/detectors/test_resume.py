"""Resumes: discontinuities that show and discontinuities that do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.detectors.resume import MOST_PAUSES, Resume
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Rewind, RewrittenPoints, Run
from loglens.signals.core import Signals
from loglens.signals.discontinuity import Discontinuity
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


SEEN = Discontinuity(
    before=1.0, after=1.0, shift_z=0.0, bump_z=0.0, lost_share=0.0, noise_ratio=1.0, grad_ratio=None, grad_bump=None
)


@pytest.mark.parametrize(
    ("numbers", "seen"),
    [
        ({"shift_z": 4.0}, True), ({"shift_z": 3.99}, False), ({"bump_z": 6.0}, True), ({"bump_z": 5.99}, False),
        ({"grad_bump": 1.6, "shift_z": 2.1}, True), ({"grad_bump": 1.59, "shift_z": 2.1}, False),
        ({"grad_bump": 0.62, "shift_z": 2.1}, True), ({"grad_bump": 0.63, "shift_z": 2.1}, False),
        ({"grad_bump": 3.0, "shift_z": 2.0}, False), ({"grad_bump": 3.0, "bump_z": 4.1}, True),
        ({"grad_bump": 3.0, "bump_z": 4.0}, False), ({"shift_z": 2.1, "bump_z": 4.1}, False),
    ],
)  # fmt: skip
def test_what_shows_is_a_level_a_bump_or_half_of_them_with_a_gradient_that_is_off(
    numbers: dict[str, float], seen: bool
) -> None:
    assert Resume()._seen(replace(SEEN, **numbers)) is seen


def paused(seconds: float, *, every: float = 1.0, points: int = 8, count: int = 1) -> list[tuple[int, float]]:
    """The pauses in a log with one line each `every` seconds, but for `count` gaps of so many seconds."""
    gaps = np.full(points - 1, every)
    gaps[2 : 2 + 2 * count : 2] = seconds
    times = np.concatenate(([0.0], np.cumsum(gaps)))
    return Resume()._pauses(Signals(make_run({"loss": falling(points)}, interval=5, wall_times=times)))


def test_a_pause_is_longer_than_a_minute_and_twenty_log_lines() -> None:
    assert paused(60.0) == []
    assert paused(60.5) == [(15, 60.5)]
    assert paused(80.0, every=4.0) == []
    assert paused(80.5, every=4.0) == [(15, 80.5)]
    assert paused(80.5, points=7) == []


def test_the_longest_pauses_are_told_in_their_order() -> None:
    assert len(paused(90.0, points=200, count=MOST_PAUSES)) == MOST_PAUSES
    many = paused(90.0, points=200, count=MOST_PAUSES + 3)
    assert len(many) == MOST_PAUSES
    assert many == sorted(many)


@pytest.mark.parametrize(("at", "told"), [(620, 1), (630, 2)])
def test_a_pause_within_two_log_lines_of_a_resume_is_that_resume(at: int, told: int) -> None:
    loss, times = noisy(falling(200)), np.arange(200.0)
    loss[at // 10 :] += 1.0
    times[at // 10 :] += 500.0
    back = (Rewind(resumed_at=600, last_step=680, rewritten=9, how="new file"),)
    assert len(found(make_run({"loss": loss}, interval=10, rewinds=back, wall_times=times))) == told


def test_the_level_before_is_that_of_the_steps_written_again_ends_and_all() -> None:
    old = RewrittenPoints(tag="loss", steps=np.array([599, AT, 640, 680, 681]), values=np.array([90.0, 1, 5, 3, 80]))
    other = RewrittenPoints(tag="val", steps=np.array([610]), values=np.array([70.0]))
    run = make_run({"loss": falling(1000)}, rewinds=BACK, rewritten=(old, other))
    (one,) = found(run)
    assert one.evidence_value("rewritten_level") == 3.0
    assert one.evidence_value("steps_back") == 81
    assert one.evidence_value("restarts") == 1
