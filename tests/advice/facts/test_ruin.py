"""A loss that goes to ruin: ran away, jumped and stuck, gave back what it had gained."""

from __future__ import annotations

import numpy as np
import pytest

from tests.advice.facts.test_course import kinds
from tests.advice.runs import falling


@pytest.mark.parametrize("loss", [[2.8, 6.2], [0.35, 0.22, 0.16, 1.6e18, 2e13], [1.0, 0.9, 0.8, 5.0]])
def test_a_loss_that_ran_away_is_told_at_any_length(loss: list[float]) -> None:
    assert "it ran away" in kinds(np.array(loss))["ran_away"]


@pytest.mark.parametrize("loss", [[2.8, 2.9], [2.0, 1.5, 1.2, 1.3], [0.7, 0.71, 0.69, 0.7]])
def test_a_short_loss_that_wobbles_did_not(loss: list[float]) -> None:
    assert "ran_away" not in kinds(np.array(loss))


def test_a_softmax_that_saturates_is_stuck_for_ever() -> None:
    said = kinds(np.array([2.41, *[87.3363] * 40]))["blew_up_and_stuck"]
    assert "jumps from 2.41 to 87.34 at step 1" in said


@pytest.mark.parametrize(("times", "told"), [(3.0, True), (1.3, False)])
def test_a_loss_that_is_many_times_its_lowest_again_lost_ground_however_far_it_had_fallen(
    times: float, told: bool
) -> None:
    rng = np.random.default_rng(4)
    loss = falling(4, steps=300, pace=4, floor=0.42, noise=0.05) + 4.0 * np.exp(-np.arange(300) / 6)
    loss[190:] = times * 0.42 * np.exp(0.05 * rng.standard_normal(110))
    assert ("lost_ground" in kinds(loss, lr=None)) is told
    if told:
        assert "times its lowest" in kinds(loss, lr=None)["lost_ground"]


def test_a_loss_beyond_all_trainings_ran_away_before_the_log_begins() -> None:
    loss = 5e26 * 0.97 ** np.arange(30)
    assert "before the log begins" in kinds(loss, lr=0.02)["ran_away"]
    assert "ran_away" not in kinds(3e6 * 0.97 ** np.arange(30), lr=0.02)


def test_a_first_point_that_is_one_of_many_dips_is_not_where_the_loss_began() -> None:
    rng = np.random.default_rng(6)
    loss = 1.0 + 0.4 * np.exp(-np.arange(400) / 30) + 0.05 * rng.standard_normal(400)
    loss[::20] = 0.32
    assert "ran_away" not in kinds(loss)
    loss[20::20] = 1.0
    assert "ran_away" in kinds(loss)


@pytest.mark.parametrize("points", [3, 6])
def test_a_log_that_ends_in_a_climb_is_not_at_rest(points: int) -> None:
    loss = (0.5 + 5 * np.exp(-np.arange(200) / 8)) * np.exp(0.01 * np.random.default_rng(3).standard_normal(200))
    loss[-points:] = 0.5 * np.exp(1.8 * np.arange(1, points + 1) / points)
    assert "has not turned when the log ends" in kinds(loss)["lost_ground"]
    loss[-1] = 0.5
    assert "lost_ground" not in kinds(loss)


def test_a_spike_at_the_last_point_is_no_climb_though_noise_rose_before_it() -> None:
    loss = 0.5 * np.exp(0.01 * np.random.default_rng(3).standard_normal(200))
    loss[-4:] = (0.498, 0.503, 0.507, 3.0)
    assert "lost_ground" not in kinds(loss)
