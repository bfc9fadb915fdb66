"""What joins in a log: harmless and harmful resumes, weights that began anew, several trainings, two writers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.model.run import Event, Note, Rewind
from loglens.signals.core import Signals
from tests.advice.runs import falling, run_of, signals_of

BACK = Rewind(resumed_at=500, last_step=560, rewritten=61, how="step went back")


def kinds(signals: Signals) -> dict[str, str]:
    return {one.kind: one.text for one in establish(signals, ())}


def test_a_resume_that_goes_on_is_unharmed_and_one_that_jumps_is_not() -> None:
    loss = falling(2, pace=8)
    assert "resumed_unharmed" in kinds(signals_of(loss, rewinds=(BACK,)))
    loss[500:530] += 1.5 * np.exp(-np.arange(30) / 8)
    found = kinds(signals_of(loss, rewinds=(BACK,)))
    assert "resumed_worse" in found
    assert "resumed_unharmed" not in found


def test_a_line_of_words_is_a_resume_too() -> None:
    loss = falling(2, pace=8, noise=0.01)
    loss[300:] += 0.5 * np.exp(-np.arange(700) / 100)
    run = replace(run_of(loss), events=(Event(kind="resumed", step=299, time=None, text="Re-starting", line=3),))
    assert "“Re-starting”" in kinds(Signals(run))["resumed_worse"]


def test_weights_that_begin_anew_fall_from_the_first_value_again() -> None:
    once = falling(4, noise=0.01)
    loss = np.concatenate([once[:650], once[:350]])
    assert "at step 650" in kinds(signals_of(loss))["started_anew"].lower()


def test_folds_of_one_length_are_trainings_of_their_own() -> None:
    loss = np.concatenate([falling(seed, noise=0.01)[:60] for seed in range(4)])
    found = kinds(signals_of(loss))
    assert "holds 4 trainings" in found["several_trainings"]
    assert "started_anew" not in found


def test_two_writers_take_turns() -> None:
    loss = np.where(np.arange(200) % 2 == 0, 1.4, 0.86) + 1e-3 * np.random.default_rng(0).standard_normal(200)
    assert "two writers" in kinds(signals_of(loss))["interleaved"]
    noise = 1.0 + 0.1 * np.random.default_rng(1).standard_normal(200)
    assert "interleaved" not in kinds(signals_of(noise))


def test_a_level_that_steps_up_alone_is_something_else_than_training() -> None:
    rng = np.random.default_rng(5)
    loss = 0.92 + 0.008 * rng.standard_normal(60)
    loss[40:] += 0.48
    assert (
        "while the rate goes on as before" in kinds(signals_of(loss, lr=np.linspace(3e-7, 2e-7, 60)))["level_stepped"]
    )
    assert "level_stepped" not in kinds(signals_of(loss, lr=np.linspace(1e-7, 3e-7, 60)))


def test_a_loss_that_jumps_up_where_the_rate_is_cut_was_thrown_back_there() -> None:
    rng = np.random.default_rng(5)
    loss = 0.27 * (1 + 0.015 * rng.standard_normal(200))
    loss[120:] += 0.4 * np.exp(-np.arange(80) / 30)
    lr = np.where(np.arange(200) < 120, 1e-3, 1e-4)
    assert "where the rate is cut from 1e-3 to 1e-4" in kinds(signals_of(loss, lr=lr))["level_stepped"]
    assert "level_stepped" not in kinds(signals_of(loss, lr=1e-3))


def test_a_counter_at_its_first_value_again_with_a_loss_that_falls_anew_is_another_training() -> None:
    loss = np.concatenate([falling(4, noise=0.005)[:300], 0.6 * falling(5, noise=0.005)[:300]])
    again = Rewind(resumed_at=300, last_step=299, rewritten=0, how="counter restarted")
    found = kinds(signals_of(loss, rewinds=(again,)))
    assert "another training" in found["several_trainings"]
    assert "resumed_worse" not in found
    words = Event(kind="resumed", step=299, time=None, text="Resuming from last.pt", line=3)
    told = kinds(Signals(replace(run_of(loss), rewinds=(again,), events=(words,))))
    assert "several_trainings" not in told


def test_a_mean_that_begins_anew_with_the_epoch_in_which_the_rate_is_cut_was_not_thrown_back() -> None:
    rng = np.random.default_rng(3)
    loss = 0.1 + 2.0 * np.exp(-np.arange(600) / 90)
    loss *= np.exp(0.4 * rng.standard_normal(600))
    loss[400:402] *= 0.05
    loss[402:404] *= 9
    means = np.concatenate([np.cumsum(part) / np.arange(1, 101) for part in np.split(loss, 6)])
    lr = np.where(np.arange(600) < 402, 1e-3, 1e-4)
    assert means[402] > 2 * means[399]
    assert "level_stepped" not in kinds(signals_of(means, lr=lr))


def test_what_takes_a_good_part_of_the_run_to_come_back_was_no_batch() -> None:
    loss = falling(3, pace=20, noise=0.01)
    back = loss.copy()
    back[500:] += 0.8 * np.exp(-np.arange(500) / 90)
    assert "of the run later: no batch does that" in kinds(signals_of(back))["thrown_back"]
    spike = loss.copy()
    spike[500:] += 0.8 * np.exp(-np.arange(500) / 6)
    assert "thrown_back" not in kinds(signals_of(spike))
    for_good = loss.copy()
    for_good[500:] += 0.8
    found = kinds(signals_of(for_good, lr=None))
    assert "thrown_back" not in found
    assert "lost_ground" in found


def test_a_spike_as_high_as_the_start_that_heals_at_once_is_no_new_beginning() -> None:
    loss = falling(4, noise=0.01, pace=90)
    loss[650:] += (2.3 - loss[650]) * np.exp(-np.arange(350) / 5)
    assert "started_anew" not in kinds(signals_of(loss))


def test_what_a_warm_up_throws_up_did_not_begin_anew() -> None:
    rng = np.random.default_rng(12)
    at = np.arange(300)
    loss = np.where(at < 20, 9.5 - 0.08 * at, 7.8 + 1.9 * np.exp(-np.maximum(at - 20, 0) / 6))
    loss = loss * np.exp(0.003 * rng.standard_normal(300))
    lr = 1e-2 * np.minimum(1.0, (at + 1) / 18)
    assert not kinds(signals_of(loss, lr=lr)).keys() & {"started_anew", "thrown_back"}


def test_a_step_after_which_the_loss_goes_on_to_climb_is_a_divergence() -> None:
    rng = np.random.default_rng(18)
    loss = (1.5 + 5 * np.exp(-np.arange(300) / 15)) * np.exp(0.02 * rng.standard_normal(300))
    loss[190:] = 6.0 - 3.0 * np.exp(-np.arange(110) / 6) + 0.05 * rng.standard_normal(110)
    found = kinds(signals_of(loss, lr=1e-4))
    assert "level_stepped" not in found
    assert "lost_ground" in found


def test_a_step_up_within_the_last_lines_is_no_error() -> None:
    """It is a step from three lines on; whether it heals would take more of them."""
    for left in (3, 4, 5):
        loss = falling(2, steps=60, noise=0.005)
        loss[-left:] += 2.0
        assert "thrown_back" not in kinds(signals_of(loss, lr=None))


def folds() -> list[float]:
    """Four folds of twenty epochs, each learned faster and further than the one before."""
    rng = np.random.default_rng(8)
    parts = [
        begin * (end / begin) ** (np.arange(20) / 19) ** 0.7
        for begin, end in ((0.71, 0.48), (0.68, 0.33), (0.68, 0.12), (0.61, 0.07))
    ]
    return [float(value) for value in np.concatenate(parts) + 0.01 * rng.standard_normal(80)]


FOLDS = folds()


def test_folds_that_nothing_marks_are_trainings_of_one_length() -> None:
    counted = (Note(kind="guess", message="its rows are counted 0, 1, 2, ..."),)

    def told(loss: list[float]) -> str:
        return kinds(Signals(replace(run_of(np.array(loss), lr=None), notes=counted))).get("several_trainings", "")

    assert "every 20 points" in told(FOLDS)
    assert "4 trainings" in told(FOLDS)
    assert "4 trainings" in told(FOLDS[:70])
    assert "every" not in told(FOLDS[:40])
    assert "every" not in told([*FOLDS[:20], *FOLDS[20:33], *FOLDS[40:]])
    assert "several_trainings" not in kinds(signals_of(np.array(FOLDS), lr=None))  # its steps go on


@pytest.mark.parametrize(("level", "told"), [(1.2, True), (40.0, False)])
def test_a_step_up_beyond_a_fresh_start_lost_no_state(level: float, told: bool) -> None:
    loss = falling(steps=200)
    loss[120:] = level * (1 + 0.01 * np.sin(np.arange(80)))
    found = {one.kind for one in establish(signals_of(loss), ())}
    assert ("level_stepped" in found) is told
