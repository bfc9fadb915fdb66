"""Pace and descent: curves whose truth is known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.advice.features import descent, pace
from loglens.advice.features.noise import neighbours, neighbours_early, noise_against_level
from loglens.model.run import FloatArray
from tests.advice.runs import STEPS, falling, reading_of

STEP = np.arange(STEPS, dtype=np.float64)


def descended(lr: float, curvature: float = 1.0) -> tuple[FloatArray, FloatArray]:
    """Loss and gradient norm of gradient descent on h/2 x² from x = 2."""
    x = 2.0 * (1 - lr * curvature) ** STEP
    return curvature / 2 * x**2, np.abs(curvature * x)


def test_a_small_rate_gets_what_the_gradient_promises() -> None:
    loss, norm = descended(1e-4)
    found = descent.promise_kept_midway(reading_of(loss, lr=1e-4, grad_norm=norm))
    assert found is not None
    assert math.exp(found) == pytest.approx(1.0, rel=0.3)


def test_near_the_stable_limit_the_promise_is_broken() -> None:
    """At lr·h = 1.99 each step overshoots: the fall is 1 - lr·h/2 = 0.5 % of the promise."""
    loss, norm = descended(1.99)
    slow, slow_norm = descended(1e-3)
    near = descent.promise_kept_at_start(reading_of(loss, lr=1.99, grad_norm=norm))
    far = descent.promise_kept_at_start(reading_of(slow, lr=1e-3, grad_norm=slow_norm))
    assert near is not None
    assert far is not None
    assert near < far - 3


def test_the_change_of_the_promise_is_free_of_the_optimizers_multiple() -> None:
    loss, norm = descended(1e-3)
    one, ten = (descent.promise_lost(reading_of(loss, lr=rate, grad_norm=norm)) for rate in (1e-3, 1e-4))
    assert one == pytest.approx(ten)


def test_without_a_rate_or_a_norm_nothing_is_promised() -> None:
    loss, norm = descended(1e-3)
    for reading in (reading_of(loss, lr=None, grad_norm=norm), reading_of(loss, lr=1e-3)):
        assert [one.of(reading) for one in descent.MEASURES] == [None] * len(descent.MEASURES)


def test_when_half_of_the_gain_was_made() -> None:
    straight = reading_of(2.0 - STEP / STEPS)
    assert math.exp(pace.half_gained_at(straight) or 0) == pytest.approx(0.5, abs=0.03)
    assert math.exp(pace.four_fifths_gained_at(straight) or 0) == pytest.approx(0.8, abs=0.03)
    at_once = reading_of(np.where(STEP < 20, 2.0, 1.0))
    assert math.exp(pace.nearly_gained_at(at_once) or 0) < 0.05


def test_the_rates_own_clock() -> None:
    """A straight fall under a rate that decays linearly: at half time three quarters of it are spent."""
    reading = reading_of(2.0 - STEP / STEPS, lr=1.0 - STEP / STEPS)
    assert math.exp(pace.half_gained_at_lr_time(reading) or 0) == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize("power", [0.3, 0.8, 2.0])
def test_a_power_law_is_recognised(power: float) -> None:
    loss = 1.0 + ((STEP + 10) / STEPS) ** -power
    reading = reading_of(loss)
    assert math.exp(pace.power_law_exponent(reading) or 0) == pytest.approx(power, rel=0.7)
    ahead = (1.0 - 4.0**-power) / (loss[0] - loss[-1])
    assert pace.power_law_ahead(reading) == pytest.approx(ahead, abs=0.05)


@pytest.mark.parametrize("level", [2.3, 0.1, 1e-7, 1e9])
def test_a_loss_that_never_moves_has_no_neighbours_and_no_steep_law(level: float) -> None:
    """What is left of it beside its mean is the rounding of the sums, which is another on the next processor."""
    flat = reading_of(np.full(STEPS, level))
    assert neighbours(flat) == neighbours_early(flat) == 0
    assert pace.power_law_exponent(flat) == math.log(min(pace.POWERS))


def test_a_late_fall_that_only_lowering_the_rate_brought() -> None:
    rate = np.where(STEP < 800, 1.0, 0.01)
    dropped = pace.late_gain_per_rate(reading_of(np.where(STEP < 800, 1.0, 0.5) + 1 / (STEP + 1), lr=rate))
    steady = pace.late_gain_per_rate(reading_of(falling()))
    assert dropped is not None
    assert steady is not None
    assert dropped > 1 > steady


def test_scatter_that_stays_while_the_level_falls() -> None:
    rng = np.random.default_rng(0)
    level = 0.2 + 2 * np.exp(-STEP / 150)
    stays = noise_against_level(reading_of(level + 0.05 * rng.standard_normal(STEPS)))
    follows = noise_against_level(reading_of(level * (1 + 0.05 * rng.standard_normal(STEPS))))
    assert stays is not None
    assert follows is not None
    assert stays > follows + 1
