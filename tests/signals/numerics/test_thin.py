"""Thinning keeps what a chart is looked at for."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import StepSpan
from loglens.signals.numerics.thin import _extreme, thin
from tests import naive


def series(points: int = 50_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(points) * 3, np.random.default_rng(seed).standard_normal(points)


def test_short_series_stay_whole() -> None:
    steps, values = series(100)
    assert thin(steps, values, points=200).tolist() == list(range(100))


def test_about_as_many_points_as_asked_for() -> None:
    steps, values = series()
    kept = thin(steps, values, points=2000)
    assert 1500 <= len(kept) <= 2100
    assert np.all(np.diff(kept) > 0)


def test_every_spike_stays() -> None:
    steps, values = series()
    at = [17, 9_999, 31_111]
    values[at] = 100.0
    assert set(at) <= set(thin(steps, values, points=500).tolist())


def test_first_and_last_points_and_extremes_stay() -> None:
    steps, values = series()
    kept = set(thin(steps, values, points=300).tolist())
    assert {0, len(values) - 1, int(np.argmin(values)), int(np.argmax(values))} <= kept


def test_the_ends_of_non_finite_stretches_stay() -> None:
    steps, values = series()
    values[20_000:20_500] = np.nan
    kept = set(thin(steps, values, points=300).tolist())
    assert {19_999, 20_000, 20_499, 20_500} <= kept


def test_full_resolution_around_what_is_kept() -> None:
    steps, values = series()
    kept = thin(steps, values, points=4000, keep=[StepSpan(start=60_000, end=60_300)])
    inside = kept[(steps[kept] >= 60_000) & (steps[kept] <= 60_300)]
    assert np.array_equal(inside, np.arange(20_000, 20_101))


def test_many_spans_do_not_eat_all_points() -> None:
    steps, values = series()
    spans = [StepSpan(start=at, end=at + 3000) for at in range(0, 140_000, 4000)]
    kept = thin(steps, values, points=1000, keep=spans)
    assert len(kept) <= 1100


def test_extremes_are_what_the_slow_twin_says() -> None:
    _, values = series(997)
    edges = np.array([0, 100, 101, 500, 900])
    pairs = naive.extremes_by_bin(values, edges.tolist())
    assert _extreme(values, edges, np.minimum).tolist() == [low for low, _ in pairs]
    assert _extreme(values, edges, np.maximum).tolist() == [high for _, high in pairs]


@pytest.mark.parametrize("values", [np.full(5000, np.nan), np.zeros(5000)])
def test_series_without_extremes(values: np.ndarray) -> None:
    kept = thin(np.arange(5000), values, points=100)
    assert 2 <= len(kept) <= 200
