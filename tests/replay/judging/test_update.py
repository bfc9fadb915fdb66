from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from loglens.model.diagnosis import Cause, ReplayOutcomeName, ReplayResult
from loglens.model.schedule import LrEvent
from loglens.replay.judging.update import MARGIN, apply_replay
from tests.replay import small

RUN = small.diagnosis([1.0, 0.9], lr=0.1)


def result(outcome: ReplayOutcomeName, factor: float | None = None, reason: str = "because") -> ReplayResult:
    return ReplayResult(outcome=outcome, factor=factor, factor_low=factor, factor_high=1.0, reason=reason)


@pytest.mark.parametrize("outcome", get_args(ReplayOutcomeName))
def test_probabilities_stay_probabilities_and_the_result_is_attached(outcome: ReplayOutcomeName) -> None:
    after = apply_replay(RUN, result(outcome, 0.5 if outcome == "confirmed" else None))
    assert sum(one.probability for one in after.causes) == pytest.approx(1)
    assert [one.probability for one in after.causes] == sorted((one.probability for one in after.causes), reverse=True)
    assert after.recommendation.replay is not None and after.recommendation.replay.outcome == outcome


def test_confirmed_gives_the_proven_rate() -> None:
    after = apply_replay(RUN, result("confirmed", 0.5))
    advice = after.recommendation
    assert after.cause.cause == "lr_too_high" and after.cause.probability > 0.9
    assert advice.action == "lower_lr"
    assert advice.peak_lr == pytest.approx(0.1 * 0.5 * MARGIN)
    assert advice.peak_lr_low is not None and advice.peak_lr_high is not None and advice.peak_lr is not None
    assert advice.peak_lr_low < advice.peak_lr < advice.peak_lr_high <= 0.05
    assert advice.lr_factor == pytest.approx(advice.peak_lr / 0.1)


def test_a_rate_that_never_jumped_is_too_high_not_jumping() -> None:
    causes = (Cause(cause="lr_jump", probability=0.7), Cause(cause="lr_too_high", probability=0.3))
    advice = dataclasses.replace(RUN.recommendation, action="remove_lr_jump")
    logged = dataclasses.replace(RUN.schedule, source="logged", events=())
    after = apply_replay(
        dataclasses.replace(RUN, causes=causes, recommendation=advice, schedule=logged), result("confirmed", 0.5)
    )
    assert after.cause.cause == "lr_too_high"
    assert after.recommendation.action == "lower_lr"
    jump = LrEvent(kind="step_up", step=1, from_lr=0.1, to_lr=1.0)
    jumped = dataclasses.replace(
        RUN, causes=causes, recommendation=advice, schedule=dataclasses.replace(logged, events=(jump,))
    )
    assert apply_replay(jumped, result("confirmed", 0.5)).cause.cause == "lr_jump"


def test_not_the_rate_turns_to_the_data_and_keeps_the_rate() -> None:
    after = apply_replay(RUN, result("not_learning_rate"))
    assert after.cause.cause == "bad_data"
    assert after.recommendation.action == "inspect_data"
    assert after.recommendation.peak_lr == 0.1


def test_a_false_alarm_makes_the_run_healthy() -> None:
    after = apply_replay(RUN, result("not_reproduced", reason="the control repeats the log to the last digit"))
    assert after.cause.cause == "healthy" and after.verdict == "healthy"
    assert after.recommendation.action == "keep"


def test_what_came_only_once_is_of_unknown_cause() -> None:
    once = dataclasses.replace(RUN, causes=(Cause(cause="lr_too_high", probability=1.0),))
    after = apply_replay(once, result("not_reproduced", reason="the control passes"))
    assert after.cause.cause == "unknown"
    assert after.recommendation.action == "collect_more" and after.recommendation.peak_lr == 0.1


@pytest.mark.parametrize("outcome", ["inconclusive", "failed"])
def test_no_verdict_changes_no_advice(outcome: ReplayOutcomeName) -> None:
    after = apply_replay(RUN, result(outcome))
    assert after.causes == RUN.causes
    assert dataclasses.replace(after.recommendation, replay=None) == RUN.recommendation


def test_a_jump_of_the_schedule_is_still_removed() -> None:
    advice = dataclasses.replace(RUN.recommendation, action="remove_lr_jump", peak_lr=0.01)
    after = apply_replay(dataclasses.replace(RUN, recommendation=advice), result("confirmed", 0.5))
    assert after.recommendation.action == "remove_lr_jump" and after.recommendation.peak_lr == 0.01


def test_without_a_known_rate_the_factor_is_given() -> None:
    after = apply_replay(small.diagnosis([1.0, 0.9], lr=None), result("confirmed", 0.5))
    assert after.recommendation.lr_factor == pytest.approx(0.5 * MARGIN)


def test_the_replay_is_one_of_the_weights_that_are_shown() -> None:
    after = apply_replay(RUN, result("confirmed", 0.5))
    assert after.cause.weights[-1].name == "replay" and after.cause.weights[-1].points > 0
    assert after.cause.because[0].startswith("Replay: ")


@pytest.mark.parametrize(("low", "high", "side"), [(1e-5, 1e-4, "above"), (0.5, 0.9, "below"), (0.001, 0.1, "")])
def test_a_proven_rate_that_the_log_did_not_suggest_is_explained(low: float, high: float, side: str) -> None:
    advice = dataclasses.replace(RUN.recommendation, current_peak_lr=0.1, peak_lr_low=low, peak_lr_high=high)
    proven = apply_replay(dataclasses.replace(RUN, recommendation=advice), result("confirmed", 0.5))
    said = proven.recommendation.why
    assert ("what the log alone had suggested" in said) == bool(side)
    assert f"lies {side} what" in said or not side
