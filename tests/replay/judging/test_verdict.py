"""The verdict on arms made by hand: known truth, near misses, and what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.diagnosis import ReplayResult
from loglens.model.kinds import FindingKind
from loglens.model.results.replay import Arm, ArmRun
from loglens.model.run import FloatArray, StepSpan
from loglens.replay.judging.comparison import Bench, Original
from loglens.replay.judging.rate_reached import lr_jump, without_effect
from loglens.replay.judging.verdict import chart_arm, judge, repeats
from tests.replay import small
from tests.replay.small import arm_run, calm, spiky

SEGMENT = small.segment(onset=60)


def original(losses: FloatArray) -> Original:
    return Original(steps=np.arange(len(losses)), losses=losses, first=2.3, best=0.5)


def verdict(
    control: FloatArray,
    *others: ArmRun,
    log: FloatArray | None = None,
    kinds: tuple[FindingKind, ...] = ("loss_spike",),
) -> ReplayResult:
    runs = [arm_run("control", 1.0, control), *others]
    return judge(small.segment(onset=60, kinds=kinds), runs, original(control if log is None else log))


def ladder(*losses: FloatArray) -> list[ArmRun]:
    return [arm_run("lr", factor, one) for factor, one in zip((0.5, 0.25, 0.1), losses, strict=False)]


def test_confirmed_where_only_the_old_rate_spikes() -> None:
    result = verdict(spiky(), *ladder(spiky(height=1.2), calm(), calm()))
    assert (result.outcome, result.factor, result.factor_high) == ("confirmed", 0.25, 0.5)
    assert len(result.arms) == 4


def test_not_the_rate_where_every_arm_spikes() -> None:
    result = verdict(spiky(), *ladder(spiky(height=1.4), spiky(height=1.3), spiky(height=1.2)))
    assert result.outcome == "not_learning_rate" and result.factor is None


def test_a_somewhat_smaller_jump_at_the_same_step_is_still_the_fault() -> None:
    same = spiky(height=1.5)
    assert verdict(spiky(height=3.0), *ladder(same, same, same)).outcome == "not_learning_rate"


def test_a_hard_batch_at_the_step_of_the_jump_does_not_hide_that_a_lower_rate_cures() -> None:
    # a bad batch is as bad at any rate when it first comes
    hard = calm()
    hard[60] += 0.12
    assert verdict(spiky(height=3.0), *ladder(hard, hard, hard)).outcome == "confirmed"


def test_not_reproduced_where_the_control_passes() -> None:
    result = verdict(calm(), log=spiky())
    assert result.outcome == "not_reproduced" and "hardware" in result.reason


def test_a_ripple_in_the_control_is_not_the_logs_fault() -> None:
    assert verdict(spiky(height=0.2), log=spiky(height=3.0)).outcome == "not_reproduced"


def test_a_false_alarm_is_seen_when_lower_rates_do_no_better() -> None:
    result = verdict(calm(), *ladder(calm(), calm(), calm()))
    assert result.outcome == "not_reproduced" and "false alarm" in result.reason


def test_noise_that_every_arm_has_is_no_fault() -> None:
    hard = calm()
    for at, height in ((30, 0.2), (75, 0.25), (100, 0.2)):
        hard[at] += height
    result = verdict(hard, *ladder(hard, hard, hard))
    assert result.outcome == "not_reproduced"


def test_divergence_to_nan() -> None:
    dead = calm()
    dead[70:75] += np.array([1, 5, 50, 1e4, 1e8])
    dead = dead[:76]
    dead[75] = np.nan
    result = verdict(dead, *ladder(dead, calm(), calm()), kinds=("non_finite",))
    assert (result.outcome, result.factor) == ("confirmed", 0.25)


def test_a_plateau_that_a_lower_rate_leaves() -> None:
    flat = calm(start=1.5, stop=1.5)
    result = verdict(flat, *ladder(flat, calm(start=1.5, stop=0.6), calm(start=1.5, stop=0.65)), kinds=("stagnation",))
    assert (result.outcome, result.factor) == ("confirmed", 0.25)


def test_a_plateau_at_every_rate_is_no_matter_of_the_rate() -> None:
    flat = calm(start=1.5, stop=1.5)
    assert verdict(flat, *ladder(flat, flat, flat), kinds=("stagnation",)).outcome != "confirmed"


def test_calm_but_without_progress_proves_nothing() -> None:
    rising = np.where(np.arange(120) < 60, calm(), calm() + 0.5)
    control = rising + np.where(np.arange(120) == 61, 2.0, 0.0)
    result = verdict(control, *ladder(*[rising - np.clip((np.arange(120) - 60) * 0.1, 0, 0.1)] * 3))
    assert result.outcome != "confirmed"


def test_shuffled_batches_that_train_well_blame_the_order() -> None:
    # each block forgets the one before: a lower rate makes the jumps smaller, only another order takes them away
    saw = 1.0 * (np.arange(120) >= 40) * np.exp(-(np.arange(120) % 20) / 8)
    lower = ladder(*(calm() + share * saw for share in (0.9, 0.8, 0.6)))
    result = verdict(calm() + saw, *lower, arm_run("shuffle", 1.0, calm(), seed=1))
    assert result.outcome == "not_learning_rate" and "order" in result.reason


def test_shuffled_batches_that_spike_elsewhere_leave_the_rate_to_blame() -> None:
    result = verdict(
        spiky(),
        *ladder(calm(), calm(), calm()),
        arm_run("shuffle", 1.0, spiky(at=90), seed=1),
        arm_run("skip", 1.0, spiky(at=80), skip=StepSpan(start=60, end=61)),
    )
    assert result.outcome == "confirmed"


def test_orders_that_all_pass_at_the_old_rate_leave_the_rate_in_doubt() -> None:
    result = verdict(
        spiky(),
        *ladder(calm(), calm(), calm()),
        arm_run("shuffle", 1.0, calm(), seed=1),
        arm_run("shuffle", 1.0, calm(), seed=2),
        arm_run("skip", 1.0, spiky(at=70), skip=StepSpan(start=60, end=61)),
    )
    assert result.outcome == "inconclusive" and "other orders" in result.reason


def test_a_fault_that_follows_its_batch_blames_the_data() -> None:
    from loglens.replay.drivers.driver import batch_order

    places = {seed: list(batch_order(Arm(label="", kind="shuffle", seed=seed), 0, 120)).index(60) for seed in range(20)}
    seed, moved = next((seed, place) for seed, place in places.items() if place > 80)
    at_new_place = calm() + 1.5 * (np.arange(120) == moved)
    result = verdict(
        spiky(),
        *ladder(calm(), calm(), calm()),
        arm_run("shuffle", 1.0, at_new_place, seed=seed),
        arm_run("skip", 1.0, calm(), skip=StepSpan(start=60, end=61)),
    )
    assert result.outcome == "not_learning_rate" and "bad data" in result.reason


def test_an_override_without_effect_is_no_verdict() -> None:
    ignored = [arm_run("lr", factor, spiky(), lrs=0.1 / factor) for factor in (0.5, 0.25)]
    result = verdict(spiky(), *ignored)
    assert result.outcome == "failed" and "the override had no effect" in result.reason


def test_without_a_logged_rate_equal_losses_give_it_away() -> None:
    control = arm_run("control", 1.0, spiky(), lrs=None)
    same = arm_run("lr", 0.1, spiky(), lrs=None)
    assert "to the last digit" in without_effect(same, control)
    assert without_effect(arm_run("lr", 0.1, calm(), lrs=None), control) == ""


def test_a_rate_within_rounding_is_the_right_one() -> None:
    control = arm_run("control", 1.0, spiky(), lrs=0.1)
    assert without_effect(arm_run("lr", 0.5, calm(), lrs=0.1002), control) == ""
    assert "×0.6" in without_effect(arm_run("lr", 0.5, calm(), lrs=0.12), control)


def test_no_control_is_a_failure_with_its_reason() -> None:
    dead = arm_run("control", 1.0, [], end="exit_code")
    result = judge(SEGMENT, [dead, *ladder(calm())], original(calm()))
    assert result.outcome == "failed" and "exit_code" in result.reason


def test_a_control_that_stops_before_the_onset_says_so() -> None:
    result = judge(SEGMENT, [arm_run("control", 1.0, calm()[:50])], original(spiky()))
    assert result.outcome == "inconclusive" and "let it run longer" in result.reason


def test_no_lower_rate_is_said() -> None:
    assert "no arm with a lower" in verdict(spiky()).reason
    broken = [arm_run("lr", 0.5, [], end="timeout")]
    result = verdict(spiky(), *broken)
    assert result.outcome == "failed" and "timeout" in result.reason


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e5])
def test_the_verdict_does_not_depend_on_the_unit_of_the_loss(scale: float) -> None:
    runs = [
        arm_run("control", 1.0, spiky() * scale),
        *ladder(spiky(height=1.2) * scale, calm() * scale, calm() * scale),
    ]
    log = Original(steps=np.arange(120), losses=spiky() * scale, first=2.3 * scale, best=0.5 * scale)
    assert judge(SEGMENT, runs, log).outcome == "confirmed"


def test_repeating_the_log_is_told_from_coming_close() -> None:
    log = original(calm())
    assert repeats(arm_run("control", 1.0, calm()), log) is True
    assert repeats(arm_run("control", 1.0, calm() * 1.001), log) is False
    assert repeats(arm_run("control", 1.0, calm(), start=1000), log) is None


def test_a_jump_of_the_schedule_gives_the_factor_that_undoes_it() -> None:
    rates = np.where(np.arange(120) < 60, 0.1, 2.0)
    run = arm_run("control", 1.0, calm())
    jumped = ArmRun(arm=run.arm, end="ok", steps=run.steps, losses=run.losses, lrs=rates)
    assert lr_jump(jumped, 60) == 0.05
    assert lr_jump(run, 60) == 1.0
    assert lr_jump(arm_run("control", 1.0, calm(), lrs=None), 60) == 1.0


def test_a_long_arm_is_thinned_with_its_peaks() -> None:
    losses = np.ones(10_000)
    losses[4321] = 99.0
    thin = chart_arm(arm_run("lr", 0.5, losses))
    assert len(thin.steps) <= 400 and thin.values.max() == 99.0
    assert thin.steps[int(np.argmax(thin.values))] == 4321


def test_the_calmest_arm_is_the_yardstick_where_the_control_is_rough_from_the_start() -> None:
    rng = np.random.default_rng(3)
    wild = calm() + 0.4 * rng.standard_normal(120)
    bench = Bench.of(SEGMENT, [arm_run("control", 1.0, wild), *ladder(calm(), calm(), calm())], original(wild))
    assert bench is not None
    assert bench.base.sigma < 0.1 and "rough" in bench.shown.signs
