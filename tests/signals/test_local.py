"""Level, noise and z: what they are on known curves, and what must not move them."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.signals.local import local_statistics, prefers_log
from tests.factories import falling


def noisy(points: int, sigma: float, seed: int = 0) -> np.ndarray:
    return falling(points) * np.exp(sigma * np.random.default_rng(seed).standard_normal(points))


@pytest.mark.parametrize("points", [60, 150, 1500])
def test_the_noise_is_the_noise_that_was_put_in(points: int) -> None:
    measured = []
    for seed in range(20):
        local = local_statistics(noisy(points, 0.05, seed))
        relative = local.noise if local.log else local.noise / falling(points)
        measured.append(float(np.median(relative[points // 5 :])))
    assert np.mean(measured) == pytest.approx(0.05, rel=0.15)


def test_level_follows_the_curve_and_ignores_a_spike() -> None:
    values = noisy(1500, 0.02)
    values[700] = 80.0
    local = local_statistics(values)
    assert np.median(np.abs(local.to_values(local.level) / falling(1500) - 1)) < 0.01
    assert local.to_values(local.level)[700] < 1.0


def test_a_spike_stands_out_and_nothing_else_does() -> None:
    values = noisy(1500, 0.05)
    values[700] += 2.0
    local = local_statistics(values)
    assert np.flatnonzero(local.z > local.limit).tolist() == [700]


def test_a_slow_event_is_measured_from_the_level_before_it() -> None:
    values = np.full(400, 1.0) + 0.01 * np.random.default_rng(1).standard_normal(400)
    values[200:260] += 1.0
    local = local_statistics(values)
    assert local.z[200:205].min() > 20


def test_spikes_that_heal_slowly_do_not_set_their_own_limit() -> None:
    values = noisy(1200, 0.01) + 1.0
    for start in (340, 460, 520, 780):
        values[start : start + 30] += 0.8 * np.exp(-np.arange(30) / 8)
    local = local_statistics(values)
    assert local.limit < 8
    assert all(local.z[start] > local.limit for start in (340, 460, 520, 780))


def test_a_heavy_tail_of_single_points_still_raises_the_limit() -> None:
    values = 5 + 0.1 * np.random.default_rng(0).standard_t(2, 4000)
    assert local_statistics(values).limit > 8


def test_scale_does_not_matter() -> None:
    values = noisy(500, 0.05)
    one, other = local_statistics(values), local_statistics(values * 1e6)
    assert one.log == other.log
    assert np.allclose(one.z, other.z, rtol=1e-6, atol=1e-6)
    assert one.limit == pytest.approx(other.limit, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "log"),
    [
        (np.exp(np.random.default_rng(0).standard_normal(800)), True),  # scatter by ratios
        (5 + np.random.default_rng(0).standard_normal(800) * 0.1 - np.linspace(0, 9, 800), False),  # goes negative
        (np.geomspace(1e3, 1e-3, 300), True),
        (np.linspace(3, 2, 3), False),
    ],
)
def test_the_scale_suits_the_loss(values: np.ndarray, log: bool) -> None:
    assert prefers_log(values) is log


def test_exact_zeros_among_small_losses_do_not_break_the_log_scale() -> None:
    values = np.geomspace(1.0, 1e-4, 600)
    values[500] = 0.0
    local = local_statistics(values)
    assert local.log
    assert np.isfinite(local.x).all()


def test_rounded_losses_have_noise_of_their_rounding_at_least() -> None:
    values = np.round(np.full(300, 2.30), 2)
    values[::7] = 2.31
    local = local_statistics(values)
    assert local.z.max() < local.limit


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [3.0] * 50, [-1.0, -2.0, -3.0]])
def test_tiny_and_constant_series_have_finite_statistics(values: list[float]) -> None:
    local = local_statistics(np.array(values, dtype=float))
    for array in (local.x, local.level, local.before, local.noise, local.z):
        assert array.shape == (len(values),)
        assert np.isfinite(array).all()
    assert np.all(local.noise > 0)
