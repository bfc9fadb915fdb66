"""The constant of a loss: taken off where ratios of levels hide the fall, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.signals.constant import LEAST_POINTS, LEFT, MANY_TIMES, constant_of
from loglens.signals.local import local_statistics
from tests.factories import falling


def noisy(points: int = 600, sigma: float = 0.02, seed: int = 0) -> np.ndarray:
    return falling(points) + sigma * np.random.default_rng(seed).standard_normal(points)


@pytest.mark.parametrize("floor", [10.0, 50.0])
def test_it_lies_a_part_of_the_fall_below_the_lowest_level(floor: float) -> None:
    loss = noisy() + floor
    fall = loss[0] - loss[-50:].mean()
    if floor < 10 + 1:
        assert constant_of(loss, None) == pytest.approx(loss[-50:].mean() - LEFT * fall, abs=0.1)
    else:
        assert constant_of(loss, None) == 0.0, "a fall of a thirtieth may be nothing learned"


def test_two_constants_leave_the_same_loss() -> None:
    left = [noisy() + floor - constant_of(noisy() + floor, None) for floor in (8.0, 12.0, 16.0)]
    assert np.ptp([one[-1] for one in left]) < 1e-9


@pytest.mark.parametrize(
    "loss",
    [
        noisy(),  # comes down to a fraction of its start
        10 + 0.3 * np.random.default_rng(0).standard_normal(600),  # never falls
        np.where(
            np.arange(600) < 5, 12.0, 10 + 0.02 * np.random.default_rng(0).standard_normal(600)
        ),  # settles at once
        noisy() + 10 - 12,  # goes below nothing
        (noisy() + 10)[: LEAST_POINTS - 1],
    ],
)
def test_there_is_none_to_take_off(loss: np.ndarray) -> None:
    assert constant_of(loss, None) == 0.0


def test_nothing_is_taken_off_while_the_level_is_less_than_so_many_falls() -> None:
    shape = noisy(sigma=1e-4)
    fall = float(np.sort(shape[:5])[-2] - shape[-10:].mean())
    for times, there in ((MANY_TIMES - 0.1, False), (MANY_TIMES + 0.1, True)):
        loss = shape - shape[-10:].mean() + times * fall
        assert (constant_of(loss, None) > 0) is there


def test_a_validation_loss_stays_above_it() -> None:
    loss, val = noisy() + 10, np.array([12.0, 10.5, 10.1, 9.9])
    assert constant_of(loss, val) < 9.9
    assert constant_of(loss, val) < constant_of(loss, None)


def test_noise_and_level_are_told_in_the_unit_of_the_loss() -> None:
    loss = noisy(sigma=0.05) + 10
    local = local_statistics(loss, constant_of(loss, None))
    assert np.median(np.abs(local.to_values(local.level) - loss)) < 0.06
    assert float(local.to_values(local.to_scale(10.5))) == pytest.approx(10.5)
