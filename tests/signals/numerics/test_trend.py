"""Trend and progress on known curves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from loglens.signals.numerics.trend import FLAT, Progress, growth_rate, progress_of, tau, trend_of
from tests import naive
from tests.factories import falling


def test_short_series_agree_with_the_slow_twins() -> None:
    steps = np.arange(20, dtype=float) * 3
    values = np.random.default_rng(0).standard_normal(20) - 0.1 * steps
    trend = trend_of(steps, values)
    assert trend.slope == pytest.approx(naive.theil_sen(steps, values))
    assert trend.z == pytest.approx(naive.kendall_z(values))


def test_a_slope_under_noise_is_found_with_its_size() -> None:
    steps = np.arange(1000, dtype=float)
    values = 3 - 0.001 * steps + 0.3 * np.random.default_rng(1).standard_normal(1000)
    trend = trend_of(steps, values)
    assert trend.falls
    assert not trend.rises
    assert trend.change == pytest.approx(-1.0, abs=0.15)


def test_pure_noise_has_no_trend_nineteen_times_in_twenty() -> None:
    rng = np.random.default_rng(2)
    steps = np.arange(600, dtype=float)
    seen = sum(abs(trend_of(steps, rng.standard_normal(600)).z) > 2 for _ in range(200))
    assert seen <= 20


def test_too_few_points_have_no_trend() -> None:
    assert trend_of(np.arange(3.0), np.arange(3.0)) is FLAT


def make(values: np.ndarray, noise: float = 0.01) -> Progress:
    return progress_of(np.arange(len(values)), values, np.full(len(values), noise))


def test_progress_of_a_falling_loss() -> None:
    progress = make(falling(1000))
    assert progress.initial == pytest.approx(2.5, abs=0.15)
    assert progress.final == pytest.approx(falling(1000)[-25], abs=0.01)
    assert progress.kept == pytest.approx(1.0, abs=0.01)


def test_the_start_is_the_one_before_a_blow_up() -> None:
    values = np.full(500, 2.3)
    values[1:40] = 400.0
    assert make(values).initial == pytest.approx(2.3)


def test_one_noisy_first_point_is_not_taken_for_the_start() -> None:
    rng = np.random.default_rng(3)
    values = 2.0 * np.exp(0.3 * rng.standard_normal(2000))
    values[0] = 1.1
    assert make(values, noise=0.6).initial == pytest.approx(2.0, abs=0.5)


def test_what_was_lost_again_is_counted() -> None:
    values = np.concatenate((np.linspace(4, 1, 500), np.full(500, 3.0)))
    progress = make(values)
    assert progress.best == pytest.approx(1.0, abs=0.1)
    assert 0.25 < progress.kept < 0.45
    assert 470 <= progress.best_step <= 500


@pytest.mark.parametrize("values", [[1.0], [1.0, 2.0], [2.0, 1.0, 3.0]])
def test_progress_of_next_to_nothing(values: list[float]) -> None:
    progress = make(np.array(values))
    assert progress.best == min(values)


def test_growth_rate_is_read_off_an_exponential() -> None:
    steps = np.arange(10, 60, 5).astype(float)
    assert growth_rate(steps, 1e-3 * np.exp(0.2 * steps)) == pytest.approx(0.2)
    assert growth_rate(steps, -np.ones(10)) is None


@pytest.mark.parametrize("points", [5, 12, 23])
def test_slope_and_significance_are_scipys(points: int) -> None:
    from scipy import stats

    rng = np.random.default_rng(points)
    steps, values = np.arange(points, dtype=float), rng.standard_normal(points) - 0.1 * np.arange(points)
    trend = trend_of(steps, values)
    assert trend.slope == pytest.approx(stats.theilslopes(values, steps).slope)
    pairs = points * (points - 1) / 2
    spread = math.sqrt(points * (points - 1) * (2 * points + 5) / 18)
    assert trend.z == pytest.approx(stats.kendalltau(steps, values).statistic * pairs / spread)


def test_tau_is_that_of_kendall_with_the_order() -> None:
    drawn = np.random.default_rng(3).normal(size=40) + np.linspace(0, 3, 40)
    assert tau(drawn) == pytest.approx(stats.kendalltau(np.arange(40), drawn).statistic)
    assert (tau(np.arange(5.0)), tau(-np.arange(5.0)), tau(np.ones(4))) == (1.0, -1.0, 0.0)
