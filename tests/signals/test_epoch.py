"""The epoch clock from every way epochs are logged."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray, IntArray, Series
from loglens.signals.core import Signals
from loglens.signals.epoch import EpochClock, clock_from
from tests.factories import falling, make_run


def clock(steps: IntArray, epochs: FloatArray) -> EpochClock:
    return clock_from(Series(tag="epoch", steps=steps, values=epochs))


@pytest.mark.parametrize("every", [1, 5, 10])
def test_a_fraction_of_an_epoch(every: int) -> None:
    steps = np.arange(0, 1500, every)
    found = clock(steps, (steps / 43).astype(np.float32).astype(float))
    assert found.steps_per_epoch == 43
    assert found.exact


def test_a_counter_at_every_step() -> None:
    steps = np.arange(1000)
    found = clock(steps, (steps // 120).astype(float))
    assert found.steps_per_epoch == 120
    assert found.first_step == 0
    epochs = found.epochs_at(np.array([0, 120, 180]))
    assert epochs is not None
    assert epochs.tolist() == [0, 1, 1.5]


def test_a_counter_with_sparse_points_is_not_exact() -> None:
    steps = np.arange(0, 5000, 50)
    found = clock(steps, (steps // 500).astype(float))
    assert found.steps_per_epoch == 500
    assert not found.exact


def test_one_point_an_epoch() -> None:
    found = clock(np.arange(1, 31) * 391, np.arange(30.0))
    assert (found.steps_per_epoch, found.first_step, found.exact) == (391, 391, False)


def test_one_point_every_other_epoch() -> None:
    found = clock(np.arange(10) * 200, np.arange(0.0, 20.0, 2.0))
    assert found.steps_per_epoch == 100


def test_a_log_that_begins_late_has_its_epoch_zero_before() -> None:
    steps = np.arange(1000, 2000, 10)
    assert clock(steps, steps / 50).first_step == pytest.approx(0, abs=1e-6)
    assert clock(steps, (steps - 300) / 50).first_step == pytest.approx(300, abs=1e-6)
    whole = clock(np.arange(250, 1000), (np.arange(250, 1000) // 100).astype(float))
    assert (whole.steps_per_epoch, whole.first_step, whole.exact) == (100, 0, True)


def test_a_counter_that_began_again_is_measured_between() -> None:
    epochs = np.concatenate((np.arange(400) // 100, np.arange(400) // 100)).astype(float)
    epochs[-1] = 4.0
    assert clock(np.arange(800), epochs).steps_per_epoch == 100


@pytest.mark.parametrize(("per_epoch", "known"), [(1.4, False), (1.6, True), (100.0, True), (100.4, True)])
def test_an_epoch_of_a_step_is_none(per_epoch: float, known: bool) -> None:
    steps = np.arange(0, 400)
    found = clock(steps, steps / per_epoch)
    assert found.steps_per_epoch == (pytest.approx(per_epoch, rel=1e-6) if known else None)


def test_three_points_of_a_fraction_are_enough() -> None:
    assert clock(np.array([0, 10, 20]), np.array([0.0, 0.1, 0.2])).steps_per_epoch == 100
    assert clock(np.array([0, 10, 20]), np.array([0.0, 0.1, np.nan])).steps_per_epoch is None


def test_a_single_border_is_no_length() -> None:
    assert clock(np.arange(150), (np.arange(150) // 100).astype(float)).steps_per_epoch is None
    assert clock(np.arange(250), (np.arange(250) // 100).astype(float)).steps_per_epoch == 100


@pytest.mark.parametrize(
    ("steps", "epochs"),
    [
        (np.arange(30), np.arange(30.0)),  # the run counts in epochs
        (np.arange(30), np.zeros(30)),  # still in its first
        (np.arange(2), np.array([0.0, 0.1])),
        (np.arange(5), np.full(5, np.nan)),
    ],
)
def test_no_clock(steps: IntArray, epochs: FloatArray) -> None:
    assert clock(steps, epochs).steps_per_epoch is None
    assert clock(steps, epochs).epochs_at(steps) is None


def test_a_run_finds_its_clock_by_role_or_name() -> None:
    steps = np.arange(200)
    assert Signals(make_run({"loss": falling(200), "epoch": steps / 20})).epochs.steps_per_epoch == 20
    assert Signals(make_run({"loss": falling(200), "train/epoch": steps / 20})).epochs.steps_per_epoch == 20
    assert Signals(make_run({"loss": falling(200)})).epochs.steps_per_epoch is None


@pytest.mark.parametrize("digits", [2, 3])
def test_rounded_fractions_are_measured_over_the_whole_run(digits: int) -> None:
    steps = np.arange(459)
    found = clock(steps, np.round(steps / 153, digits))
    assert found.steps_per_epoch == pytest.approx(153, rel=0.005)
