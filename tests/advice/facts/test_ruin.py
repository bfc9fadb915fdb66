"""A loss that goes to ruin: ran away, jumped and stuck, gave back what it had gained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loglens.advice.facts import establish
from tests.advice.facts.test_course import kinds
from tests.advice.runs import falling, signals_of


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


@pytest.mark.parametrize(("back", "told"), [(0.3, True), (0.05, False)])
def test_a_loss_that_climbs_steadily_to_the_end_lost_ground(back: float, told: bool) -> None:
    loss = (80 + 90 * np.exp(-np.arange(60) / 9)) * np.exp(0.01 * np.random.default_rng(7).standard_normal(60))
    loss[35:] += back * 90 * np.arange(25) / 25
    assert ("lost_ground" in kinds(loss, lr=None)) is told


def test_a_dip_that_comes_to_rest_lost_nothing() -> None:
    at = np.arange(220)
    loss = 34 + 40 * np.exp(-at / 18) + 1.5 * np.random.default_rng(8).standard_normal(220)
    loss -= 5 * np.exp(-(((at - 120) / 18) ** 2))
    assert "lost_ground" not in kinds(loss)


def test_a_step_up_for_good_loses_ground_from_a_smaller_share_on() -> None:
    loss = (0.4 + 2 * np.exp(-np.arange(300) / 30)) * np.exp(0.01 * np.random.default_rng(9).standard_normal(300))
    loss[220:] += 0.4
    assert "lost_ground" in kinds(loss, lr=None)
    loss[220:] -= 0.25
    assert "lost_ground" not in kinds(loss, lr=None)


@pytest.mark.parametrize(("level", "told"), [(0.72, True), (0.3, False)])
def test_a_loss_that_rose_early_and_stands_still_near_its_start_is_stalled(level: float, told: bool) -> None:
    at = np.arange(400)
    loss = np.where(at < 4, 10.4 - 0.3 * at, 10.4 * level + (10.9 - 10.4 * level) * np.exp(-np.maximum(at - 6, 0) / 12))
    loss = loss * np.exp(0.006 * np.random.default_rng(10).standard_normal(400))
    found = kinds(loss)
    assert ("stalled_high" in found) is told
    if told:
        assert "soon after the start, and stands still at" in found["stalled_high"]


def test_wide_noise_is_no_early_rise() -> None:
    rng = np.random.default_rng(11)
    loss = (1 + 0.5 * np.exp(-np.arange(1200) / 90)) * np.exp(0.3 * rng.standard_normal(1200))
    loss[0] *= 0.6
    assert "stalled_high" not in kinds(loss)


def test_a_hump_of_a_few_points_in_a_short_log_is_an_early_rise_too() -> None:
    at = np.arange(60)
    loss = np.where(at < 2, 10.3, 9.1 + 2.4 * np.exp(-np.maximum(at - 2, 0) / 2))
    assert "stalled_high" in kinds(loss * np.exp(0.006 * np.random.default_rng(17).standard_normal(60)), lr=None)


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ([1.89, 1.93, 2.0, 2.05, 2.11], True), ([1.89, 1.93, 1.92, 2.05, 2.11], False),
        ([1.89, 1.9, 1.91, 1.92, 1.93], False), ([1.89, 1.95, 2.0, 2.11], False),
    ],
)  # fmt: skip
def test_a_handful_of_losses_that_only_rise_is_no_scatter(loss: list[float], told: bool) -> None:
    assert ("lost_ground" in kinds(np.array(loss), lr=None)) is told


@pytest.mark.parametrize(
    "columns",
    [
        {"val_accuracy": np.linspace(0.5, 0.7, 5)},
        {"val_loss": np.linspace(2.0, 1.5, 5)},
        {"rec_loss": np.linspace(1.0, 0.5, 5)},
    ],
)
def test_a_loss_that_rises_while_something_else_gets_better_has_another_objective(
    columns: dict[str, Any],
) -> None:
    signals = signals_of(np.array([1.89, 1.93, 2.0, 2.05, 2.11]), lr=None, **columns)
    assert "lost_ground" not in {fact.kind for fact in establish(signals, ())}


def test_a_loss_that_climbs_in_every_epoch_and_comes_back_did_not_run_away() -> None:
    ramp = np.concatenate([np.linspace(15, 90 / epoch, 50) for epoch in range(1, 5)])
    assert "ran_away" not in kinds(ramp)
    assert "ran_away" in kinds(np.concatenate([np.full(50, 15.0), np.linspace(15, 90, 150)]))


def test_a_loss_that_stands_again_where_it_began_has_lost_what_it_had_learned() -> None:
    rng = np.random.default_rng(3)
    loss = 4 + 5.2 * np.exp(-np.arange(300) / 60) + 0.05 * rng.standard_normal(300)
    loss[180:] = 9.2 + 0.02 * rng.standard_normal(120)
    loss[:5] = 9.2
    assert "where an untrained network stands" in kinds(loss)["collapsed_to_chance"]
    loss[180:] -= np.linspace(0, 3, 120)  # it learns again
    assert "collapsed_to_chance" not in kinds(loss)


@pytest.mark.parametrize(("level", "told"), [(8.9, True), (7.0, False)])
def test_a_loss_that_gave_back_nearly_all_at_once_and_stands_there_has_collapsed(level: float, told: bool) -> None:
    rng = np.random.default_rng(3)
    loss = 2 + 8 * np.exp(-np.arange(300) / 40) + 0.03 * rng.standard_normal(300)
    loss[200:] = level + 0.02 * rng.standard_normal(100)
    assert ("collapsed_to_chance" in kinds(loss)) is told


@pytest.mark.parametrize(("top", "told"), [(5.6, True), (0.55, False)])
def test_a_loss_that_leaves_a_floor_it_had_held_for_long_lost_ground_wherever_it_was_lowest(
    top: float, told: bool
) -> None:
    rng = np.random.default_rng(6)
    loss = np.concatenate([0.5 + 19 * np.exp(-np.arange(74) / 2), [78_767.0, 1365.0, 107.0, 16.0], np.full(22, top)])
    loss[[28, 30]] *= 0.8  # the lowest stretch lies long before
    assert ("lost_ground" in kinds(loss * np.exp(0.05 * rng.standard_normal(100)), lr=None)) is told
