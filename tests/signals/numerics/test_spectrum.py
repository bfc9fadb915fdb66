"""Periods found with their length; noise of any colour has none."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.local import local_statistics
from loglens.signals.numerics import spectrum
from loglens.signals.numerics.spectrum import Periodicity, evened, lag_correlation, periodicities, periodicity_at
from loglens.signals.track import Track
from tests import naive
from tests.factories import falling


def track(values: FloatArray, every: int = 1) -> Track:
    return Track(tag="loss", steps=np.arange(len(values)) * every, values=values)


def of(values: FloatArray, every: int = 1) -> tuple[Periodicity, ...]:
    return periodicities(track(values, every), local_statistics(values))


def noise(points: int, seed: int = 0) -> FloatArray:
    return np.random.default_rng(seed).standard_normal(points)


@pytest.mark.parametrize("period", [2.0, 7.3, 43.0, 180.0])
@pytest.mark.parametrize("every", [1, 10])
def test_a_sine_is_found_with_its_period(period: float, every: int) -> None:
    values = falling(1500) * np.exp(0.1 * noise(1500) + 0.2 * np.sin(2 * np.pi * np.arange(1500) / period + 0.5))
    found = of(values, every)
    assert found[0].period == pytest.approx(period * every, rel=0.02)
    assert found[0].share > 0.3


@pytest.mark.parametrize("period", [25, 43, 120])
def test_a_sharp_cycle_is_found_itself_and_not_its_overtones(period: int) -> None:
    spike = (np.arange(2000) % period < 5) * 0.4
    found = of(falling(2000) * np.exp(0.05 * noise(2000) + spike))
    assert found[0].period == pytest.approx(period, rel=0.01)


def test_noise_has_no_period_but_once_in_a_while() -> None:
    white = sum(bool(of(falling(1000) * np.exp(0.1 * noise(1000, seed)))) for seed in range(60))
    red = sum(bool(of(3 + np.cumsum(noise(1000, seed)) * 0.01)) for seed in range(60))
    assert white <= 4
    assert red <= 6


def test_a_known_period_is_weighed_by_folding() -> None:
    swing = 0.05 * np.sin(2 * np.pi * np.arange(1500) / 43)
    values = falling(1500) * np.exp(0.1 * noise(1500) + swing)
    there = periodicity_at(track(values), local_statistics(values), 43)
    elsewhere = periodicity_at(track(values), local_statistics(values), 31)
    assert there is not None and elsewhere is not None
    assert there.chance < 1e-6 < elsewhere.chance
    assert there.share > 5 * elsewhere.share


def test_a_period_seen_too_seldom_is_not_judged() -> None:
    values = falling(300)
    assert periodicity_at(track(values), local_statistics(values), 100) is None
    assert periodicity_at(track(values), local_statistics(values), 2) is None


def test_autocorrelation_is_what_its_slow_twin_says() -> None:
    values = noise(200, 3)
    fast = spectrum._autocorrelation(values)
    assert [fast[lag] for lag in (0, 1, 5, 50)] == pytest.approx(
        [naive.autocorrelation(values, lag) for lag in (0, 1, 5, 50)]
    )


def test_lag_correlation_of_flips_noise_and_wander() -> None:
    flips = 2 + (-1.0) ** np.arange(300) * 0.3 + 0.01 * noise(300)
    assert lag_correlation(local_statistics(flips)) < -0.9
    assert abs(lag_correlation(local_statistics(2 + 0.1 * noise(2000)))) < 0.08
    assert lag_correlation(local_statistics(np.array([1.0, 2.0]))) == 0.0


@pytest.mark.parametrize("points", [1, 5, 31, 33, 40])
def test_short_logs_have_periods_or_none_but_no_errors(points: int) -> None:
    assert len(of(falling(points) + 0.1 * noise(points))) <= 3


def test_uneven_logs_have_no_spectrum() -> None:
    steps = np.cumsum(np.random.default_rng(0).integers(1, 9, 300))
    uneven = Track(tag="loss", steps=steps, values=falling(300))
    assert periodicities(uneven, local_statistics(uneven.values)) == ()


@pytest.mark.parametrize("lost", [0.07, 0.25])
def test_a_period_is_counted_in_steps_where_points_are_missing(lost: float) -> None:
    values = falling(1500) * np.exp(0.1 * noise(1500) + 0.3 * np.sin(2 * np.pi * np.arange(1500) / 43))
    kept = np.flatnonzero(np.random.default_rng(4).random(1500) >= lost)
    holed = Track(tag="loss", steps=10 * kept, values=values[kept])
    local = local_statistics(holed.values)
    assert periodicities(holed, local)[0].period == pytest.approx(430, rel=0.02)
    known = periodicity_at(holed, local, 430)
    assert known is not None
    assert known.share > 0.3


def test_values_are_evened_where_single_steps_are_missing_and_nowhere_else() -> None:
    values = np.array([1.0, 2.0, 5.0, 6.0])
    assert evened(np.array([10, 20, 50, 60]), values, 10).tolist() == [1, 2, 3, 4, 5, 6]
    for steps in ([10, 20, 30, 40], [10, 20, 90, 100], [10, 21, 50, 60], [10, 20, 20, 30]):
        assert evened(np.array(steps), values, 10) is values
