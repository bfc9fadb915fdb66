from __future__ import annotations

from dataclasses import replace
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.errors import SettingsError
from loglens.model.results.replay import ArmRun, Checkpoint
from loglens.replay.drivers.command import plain_rate
from loglens.replay.plan import PlanSettings, make_plan, next_factor, seconds_per_step, without_arms
from loglens.replay.plan_text import Left, plan_text, spoken
from tests.replay import small

CHECKPOINTS = [Checkpoint(path=f"ckpt-{step}", step=step) for step in (0, 100, 200, 300)]


def test_the_newest_checkpoint_before_the_onset_minus_a_margin_is_taken() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220)])
    (segment,) = make_plan(run, CHECKPOINTS).segments
    # 200 lies only 5 steps before the onset: the fault may be building up there already
    assert segment.checkpoint == CHECKPOINTS[1]
    assert (segment.start, segment.onset) == (100, 205)
    assert segment.start + segment.steps > 220


def test_a_larger_log_interval_asks_for_a_larger_margin() -> None:
    run = small.diagnosis(np.ones(41), [small.finding(215, 230)], every=10)
    (segment,) = make_plan(run, CHECKPOINTS).segments
    assert segment.checkpoint == CHECKPOINTS[1], "20 steps are two points of this log"
    assert segment.log_every == 10


def test_control_ladder_and_seeds_are_planned() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220, peak=208)])
    settings = PlanSettings(control_seeds=2, extra=("skip", "shuffle", "warmup", "clip"))
    (segment,) = make_plan(run, CHECKPOINTS, settings).segments
    assert [arm.kind for arm in segment.arms] == ["control"] * 3 + ["lr"] * 3 + [
        "skip",
        "shuffle",
        "shuffle",
        "warmup",
        "clip",
    ]
    assert [arm.factor for arm in segment.arms[:6]] == [1, 1, 1, 0.5, 0.25, 0.1]
    assert [arm.seed for arm in segment.arms[:3]] == [0, 1, 2]
    skip = segment.arms[6].skip
    assert skip is not None and (skip.start, skip.end) == (205, 208)


def test_cost_counts_every_arm_and_the_bisections() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220)])
    plan = make_plan(run, CHECKPOINTS, PlanSettings(bisections=2))
    (segment,) = plan.segments
    assert plan.steps == segment.steps * (len(segment.arms) + 2)
    assert plan.seconds is None, "the log has no clock"


def test_time_is_estimated_from_the_logs_clock() -> None:
    run = small.diagnosis(np.ones(5), [])
    steps, clock = np.array([0, 10, 20, 30, 40]), np.array([0.0, 5.0, 10.0, 500.0, 505.0])
    timed = replace(run.curves[0], steps=steps, wall_times=clock)
    assert seconds_per_step(replace(run, curves=(timed,))) == 0.5, "a pause counts for nothing"


def test_no_checkpoint_before_the_onset_is_a_reason() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220)])
    plan = make_plan(run, [Checkpoint(path="late", step=300)])
    assert plan.segments == ()
    assert "the first is of step 300" in plan.skipped[0].reason
    assert "Recorder" in make_plan(run, []).skipped[0].reason


def test_a_script_that_starts_by_itself_needs_no_checkpoint() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220)])
    (segment,) = make_plan(run, [], from_scratch=True).segments
    assert segment.checkpoint is None and segment.start == 0


def test_a_fault_without_a_sharp_onset_starts_at_the_earliest_state() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(250, 390, kind="stagnation")])
    (segment,) = make_plan(run, CHECKPOINTS).segments
    assert segment.checkpoint == CHECKPOINTS[0]


@pytest.mark.parametrize("kind", ["overfitting", "logging", "resume", "gradient_vanishing"])
def test_what_no_lower_rate_can_test_is_left_out_with_a_reason(kind: str) -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220, kind=kind)])  # type: ignore[arg-type]
    plan = make_plan(run, CHECKPOINTS)
    assert plan.segments == () and kind in plan.skipped[0].reason


def test_the_worst_stretch_comes_first_and_touching_findings_are_one() -> None:
    findings = [
        small.finding(120, 130, severity="warning"),
        small.finding(205, 220),
        small.finding(215, 240, kind="divergence"),
    ]
    run = small.diagnosis(np.ones(400), findings)
    plan = make_plan(run, CHECKPOINTS)
    assert plan.segments[0].kinds == ("loss_spike", "divergence")
    assert "a worse stretch" in plan.skipped[0].reason
    assert len(make_plan(run, CHECKPOINTS, PlanSettings(segments=2)).segments) == 2


def test_the_stretch_never_leaves_the_original_run() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(380, 399)])
    (segment,) = make_plan(run, CHECKPOINTS).segments
    assert segment.start + segment.steps <= 400


def test_a_stretch_over_the_limit_is_refused() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220)])
    plan = make_plan(run, CHECKPOINTS[:1], PlanSettings(max_steps=50))
    assert "over the limit of 50" in plan.skipped[0].reason


@pytest.mark.parametrize("ladder", [(), (0.0,), (1.0,), (2.0,)])
def test_factors_outside_of_0_to_1_are_refused(ladder: tuple[float, ...]) -> None:
    with pytest.raises(SettingsError):
        PlanSettings(ladder=ladder)


@given(st.floats(0.01, 0.9), st.floats(1.1, 10))
def test_bisection_halves_the_bracket_in_log_space(good: float, ratio: float) -> None:
    middle = next_factor(good, good * ratio)
    assert middle is not None
    assert np.isclose(middle / good, good * ratio / middle, rtol=1e-3)


def test_a_bracket_that_is_closed_or_open_is_not_halved() -> None:
    assert next_factor(0.5, 0.51) is None
    assert next_factor(None, 1.0) is None


def test_arms_a_driver_cannot_run_are_taken_out() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220)])
    plan = make_plan(run, CHECKPOINTS, PlanSettings(extra=("skip", "shuffle")))
    kinds = {arm.kind for arm in without_arms(plan, frozenset({"control", "lr", "skip"})).segments[0].arms}
    assert kinds == {"control", "lr", "skip"}


def test_the_plan_in_words_names_stretch_arms_cost_and_commands() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220), small.finding(300, 310, kind="overfitting")])
    text = plan_text(make_plan(run, CHECKPOINTS), ["python train.py --lr 0.1"])
    for part in (
        "ckpt-100 (step 100)",
        "control; control, seed 1; LR ×0.5",
        "training steps",
        "Not replayed: overfitting",
        "--lr 0.1",
    ):
        assert part in text


def test_what_is_left_is_reckoned_from_the_arm_that_ran() -> None:
    run = small.diagnosis(np.ones(400), [small.finding(205, 220)])
    plan = replace(make_plan(run, CHECKPOINTS), seconds_per_step=0.01)
    segment = plan.segments[0]
    nothing = np.array([1.0])
    control = ArmRun(
        arm=segment.arms[0], end="ok", steps=np.array([210]), losses=nothing, lrs=nothing, seconds=30.0, folder=""
    )
    arms = len(segment.arms) - 1
    left = Left.after(plan, segment, control, 1)
    assert left is not None
    by_log = f"by the log the training alone would have been {spoken(0.01 * segment.steps)}"
    assert f"An arm takes 30 s, start-up included; {by_log}" in left.text
    assert f"Left: about {spoken(30.0 * arms)} for {arms} arms, at most" in left.text
    assert Left.after(plan, segment, replace(control, seconds=0.0), 1) is None
    warm = Left.after(plan, segment, replace(control, startup=5.0), 2)
    assert warm is not None and "30 s and 5 s once a worker to start" in warm.text
    assert f"about {spoken(30.0 * ceil(arms / 2) + 5.0)} for {arms} arms (2 side by side)" in warm.text


def test_a_control_that_became_nan_halfway_says_what_a_whole_arm_takes() -> None:
    plan = make_plan(small.diagnosis(np.ones(400), [small.finding(205, 220)]), CHECKPOINTS)
    (segment,) = plan.segments
    half = np.array([segment.start + segment.steps // 2])
    control = ArmRun(arm=segment.arms[0], end="nan", steps=half, losses=half * np.nan, lrs=half * 1.0, seconds=30.0)
    left = Left.after(plan, segment, control, 1)
    assert left is not None and "An arm takes up to 60 s" in left.text


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1 s"), (45, "45 s"), (600, "10 min"), (9000, "2.5 h")])
def test_times_are_spoken(seconds: float, text: str) -> None:
    assert spoken(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(0.1 * 0.25, "0.025"), (0.3 * 0.1, "0.03"), (1e-3 * 0.1, "0.0001"), (3e-4 * 0.5, "0.00015")]
)
def test_a_rate_in_a_command_is_the_decimal_a_person_would_write(rate: float, text: str) -> None:
    assert plain_rate(rate) == text
    assert float(text) == pytest.approx(rate, rel=1e-9)
