"""The largest rate without the fault: climbs on noisy batches, lost progress, and luck above the limit."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.replay.judging.limit import BatchNoise, climb, limit, shortfall
from tests.replay.small import arm_run, calm

STEPS = np.arange(120)


def batch_noise(seed: int = 0, size: float = 0.3) -> FloatArray:
    return size * np.random.default_rng(seed).standard_normal(120)


def test_what_the_batches_add_to_all_arms_hides_no_climb_and_makes_none() -> None:
    noise = batch_noise()
    bump = 0.25 * ((STEPS >= 70) & (STEPS < 80))
    arms = [arm_run("lr", factor, calm() + noise) for factor in (0.5, 0.25, 0.1)]
    climbing = arm_run("lr", 0.7, calm() + noise + bump)
    shared = BatchNoise.of([*arms, climbing], progress=1.8)
    assert climb(arms[0], 60, shared) < 0.1
    assert climb(climbing, 60, shared) == pytest.approx(0.25, abs=0.1)
    assert shared.rest < 0.02


def test_a_broken_arm_says_nothing_about_the_batches() -> None:
    flat = arm_run("lr", 0.9, np.full(120, 2.3))
    good = [arm_run("lr", factor, calm() + batch_noise()) for factor in (0.5, 0.25)]
    assert np.array_equal(BatchNoise.of([flat, *good], 1.8).extra, BatchNoise.of(good, 1.8).extra)


def test_batches_met_in_another_order_are_cleared_by_their_number() -> None:
    noise = batch_noise()
    shared = BatchNoise.of([arm_run("lr", factor, calm() + noise) for factor in (0.5, 0.25)], progress=1.8)
    order = np.random.default_rng(1).permutation(120)
    shuffled = arm_run("shuffle", 1.0, calm() + noise[order])
    assert climb(shuffled, 60, shared, order) < 0.1 < climb(shuffled, 60, shared)


def test_a_loss_that_is_no_number_climbs_without_end() -> None:
    dead = calm().copy()
    dead[100:] = np.nan
    assert climb(arm_run("lr", 0.5, dead), 60, BatchNoise.of([], 1.0)) == np.inf


def test_lost_progress_is_told_below_the_noise_of_a_batch() -> None:
    noise = batch_noise()
    best, worse = arm_run("lr", 0.25, calm() + noise), arm_run("lr", 0.5, calm() + 0.1 + noise)
    assert shortfall(worse, best) == pytest.approx(0.1)
    assert shortfall(arm_run("lr", 0.5, (calm() + noise)[:60]), best) == np.inf


@pytest.mark.parametrize(
    ("sound", "anchor", "found"),
    [
        ([True, True, True, False], 0, (0.5, 0.7)),
        ([True, False, True, False], 0, (0.1, 0.25)),  # what passes above a failure is luck
        ([False, True, True, True], 1, (0.7, 1.0)),
        ([False, False, False, False], 2, (0.5, 0.7)),  # nothing above the proof
    ],
)
def test_the_limit_is_reached_through_sound_factors_only(
    sound: list[bool], anchor: int, found: tuple[float, float]
) -> None:
    assert limit([0.1, 0.25, 0.5, 0.7], sound, anchor) == found
    backwards = [3 - place for place in range(4)]
    assert limit([0.7, 0.5, 0.25, 0.1], [sound[place] for place in backwards], 3 - anchor) == found
