"""Values that are no numbers: where they begin, what came before them, which part it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.model.run import Event, EventKind, Rewind
from loglens.signals.core import Signals
from tests.advice.runs import falling, run_of, signals_of


def kinds(signals: Signals) -> dict[str, str]:
    return {one.kind: one.text for one in establish(signals, ())}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_quiet_curve_that_ends_in_nan_did_not_climb(value: float) -> None:
    loss = falling()
    loss[700:] = value
    found = kinds(signals_of(loss))
    assert "from step 700 to the end (300 points)" in found["ends_non_finite"]
    assert "climbed_to_non_finite" not in found


def test_a_climb_before_the_nan_is_told_with_its_height() -> None:
    loss = falling()
    loss[690:700] *= np.exp(np.linspace(0.5, 5, 10))
    loss[700:] = np.nan
    assert "before it became NaN or infinite at step 700" in kinds(signals_of(loss))["climbed_to_non_finite"]


def test_a_loss_that_ran_away_long_before_its_nan_had_climbed_into_it() -> None:
    loss = np.full(60, np.nan)
    noise = np.random.default_rng(1).standard_normal(31)
    loss[:31] = np.concatenate([[1.98], np.full(4, 1.75), np.linspace(2.3, 10.0, 7), np.full(19, 7.6)]) + 0.05 * noise
    found = kinds(signals_of(loss, lr=None, val_loss=np.append(np.full(59, np.nan), np.nan)))
    assert "it ran away, and became NaN or infinite at step 31" in found["climbed_to_non_finite"]
    assert "validation_non_finite" not in found


def test_a_nan_that_passes_is_no_end() -> None:
    loss = falling()
    loss[300] = np.nan
    found = kinds(signals_of(loss))
    assert "some_non_finite" in found
    assert "ends_non_finite" not in found


def test_nans_that_come_again_and_again_are_no_accident_of_one_batch() -> None:
    loss = falling(steps=200)
    loss[20::25] = np.nan
    found = kinds(signals_of(loss))
    assert "at 8 points" in found["often_non_finite"]
    assert "some_non_finite" not in found


def test_a_loss_that_is_missing_where_the_validation_stands_is_not_broken() -> None:
    loss, val = falling(steps=200), np.full(200, np.nan)
    loss[19::20], val[19::20] = np.nan, np.linspace(2.2, 1.0, 10)
    assert "often_non_finite" not in kinds(signals_of(loss, val_loss=val))


def test_no_step_was_taken_where_no_gradient_is_a_number_and_the_loss_stands() -> None:
    standing, nothing = 4.58 + 0.05 * np.random.default_rng(0).standard_normal(200), np.full(200, np.nan)
    assert "no step of these was taken" in kinds(signals_of(standing, grad_norm=nothing))["no_step_taken"]
    found = kinds(signals_of(falling(steps=200), grad_norm=nothing))
    assert "no_step_taken" not in found
    assert "of no use here" in found["gradient_non_finite"]
    assert "no_step_taken" not in kinds(signals_of(np.linspace(4.5, 9.0, 200), grad_norm=nothing))


def test_a_loss_of_zero_beside_a_gradient_that_is_nan_hides_one() -> None:
    loss, grad = falling(), np.ones(1000)
    loss[600:], grad[600:] = 0.0, np.nan
    assert "logged as 0.0 where it is NaN" in kinds(signals_of(loss, grad_norm=grad))["ends_non_finite"]
    assert "ends_in_zeros" in kinds(signals_of(loss))


def test_only_the_broken_part_is_named() -> None:
    loss = falling() + 1
    box, cls = falling(1), falling(2)
    box[500:], loss[500:] = np.inf, np.inf
    said = kinds(signals_of(loss, box_loss=box, cls_loss=cls))["part_non_finite"]
    assert said.startswith("Only “box_loss” is NaN or infinite, from step 500 on")


def test_a_mean_over_nothing_is_no_broken_part() -> None:
    none = np.full(1000, np.nan)
    found = kinds(signals_of(falling(), box_loss=falling(1), box_loss_epoch=none))
    assert "part_non_finite" not in found
    assert "part_non_finite" in kinds(signals_of(falling(), box_loss=falling(1), cls_loss_epoch=none))


@pytest.mark.parametrize(
    ("kind", "text"), [("out_of_memory", "CUDA_ERROR_OUT_OF_MEMORY: out of memory"), ("killed", "Killed")]
)
def test_an_ending_that_the_training_outlived_is_none(kind: EventKind, text: str) -> None:
    for step, told in ((500, False), (999, True), (997, True), (None, False)):
        run = replace(run_of(falling()), events=(Event(kind=kind, step=step, time=None, text=text, line=7),))
        assert (kind in kinds(Signals(run))) is told


def test_a_batch_that_was_skipped_for_want_of_memory_ended_nothing() -> None:
    text = "WARNING: ran out of memory, skipping batch"
    run = replace(run_of(falling()), events=(Event(kind="out_of_memory", step=999, time=None, text=text, line=7),))
    assert "out_of_memory" not in kinds(Signals(run))


@pytest.mark.parametrize(("step", "told"), [(479, True), (499, False)])
def test_a_resumed_run_that_ran_out_of_memory_before_it_had_caught_up(step: int, told: bool) -> None:
    back = Rewind(resumed_at=300, last_step=499, rewritten=180, how="counter restarted")
    event = Event(kind="out_of_memory", step=step, time=None, text="CUDA out of memory", line=7)
    run = replace(run_of(falling()), events=(event,), rewinds=(back,))
    assert ("out_of_memory" in kinds(Signals(run))) is told


def test_words_say_that_the_loss_scale_is_at_its_minimum() -> None:
    said = "Exception: Current loss scale already at minimum - cannot decrease scale anymore."
    run = replace(run_of(falling()), events=(Event(kind="overflow", step=999, time=None, text=said, line=7),))
    assert "already at minimum" in kinds(Signals(run))["loss_scale_minimum"]
    run = replace(run_of(falling()), events=(Event(kind="nan_stop", step=999, time=None, text="Loss is nan.", line=7),))
    assert "“Loss is nan”" in kinds(Signals(run))["stopped_on_nan"]


@pytest.mark.parametrize(
    ("scales", "first", "spent"),
    [
        ((32768.0, 4.0, 0.5, 2.5e-116), 990, True), ((65536.0, 0.0), 900, True), ((65536.0, 1024.0), 990, False),
        ((1.0, 0.5), 990, False), ((65536.0, 0.5), 3, False),
    ],
)  # fmt: skip
def test_words_that_lower_the_loss_scale_to_nothing_tell_of_its_end_unless_it_has_found_its_place(
    scales: tuple[float, ...], first: int, spent: bool
) -> None:
    said = "Gradient overflow.  Skipping step, loss scaler 0 reducing loss scale to {}"
    events = tuple(
        Event(kind="overflow", step=first + at, time=None, text=said.format(scale), line=at + 1)
        for at, scale in enumerate(scales)
    )
    found = kinds(Signals(replace(run_of(falling()), events=events)))
    assert ("loss_scale_minimum" in found, "overflow" in found) == (spent, not spent)


def test_a_scale_that_only_starts_high_is_no_failure() -> None:
    scale = np.full(1000, 65536.0)
    assert "loss_scale_minimum" not in kinds(signals_of(falling(), loss_scale=scale))
    scale[500:] = 0.0
    assert "loss_scale_minimum" in kinds(signals_of(falling(), loss_scale=scale))


@pytest.mark.parametrize(
    ("last", "said"), [(0.5, "falls: the weights are sound"), (3.0, "while the validation loss is.")]
)
def test_train_losses_that_are_all_no_numbers_beside_a_validation_that_is(last: float, said: str) -> None:
    val = np.linspace(2.0, last, 8)
    run = run_of(np.full(8, np.inf), val_loss=val)
    assert said in kinds(Signals(run))["often_non_finite"]


@pytest.mark.parametrize(("end", "told"), [(1e-4, True), (0.01, False)])
def test_next_to_nothing_is_left_of_a_loss_that_ends_next_to_zero(end: float, told: bool) -> None:
    loss = np.geomspace(1.0, end, 20)
    assert ("nothing_left" in kinds(signals_of(loss))) is told
    loss[-3:] = 0.5
    assert "nothing_left" not in kinds(signals_of(loss))
