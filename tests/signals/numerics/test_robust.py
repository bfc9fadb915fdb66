"""Robust statistics against their slow versions, and the limit against what noise really does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from loglens.signals.numerics import robust
from tests import naive

SERIES = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6))


@settings(deadline=None)
@given(SERIES, st.sampled_from([1, 3, 5, 7, 21]))
def test_rolling_median_is_what_its_slow_twin_says(values: np.ndarray, window: int) -> None:
    assert np.array_equal(robust.rolling_median(values, window), naive.rolling_median(values, window))


@settings(deadline=None)
@given(SERIES, st.integers(1, 30))
def test_trailing_median_is_what_its_slow_twin_says(values: np.ndarray, window: int) -> None:
    assert np.array_equal(robust.trailing_median(values, window), naive.trailing_median(values, window))


@settings(deadline=None)
@given(SERIES, st.sampled_from([1, 3, 5, 7, 21]))
def test_trailing_medians_are_found_in_the_centred_ones(values: np.ndarray, window: int) -> None:
    centred = robust.rolling_median(values, window)
    taken = robust.trailing_median(values, window, centred=centred)
    assert np.array_equal(taken, naive.trailing_median(values, window))


@settings(deadline=None)
@given(SERIES, st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_quantiles_are_what_numpy_says(values: np.ndarray, shares: list[float]) -> None:
    assert np.allclose(robust.quantiles(values, *shares), np.quantile(values, shares), rtol=1e-12, atol=1e-9)


@settings(deadline=None)
@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(allow_infinity=True, allow_nan=True)), st.data())
def test_medians_of_stretches_are_those_taken_one_by_one(values: np.ndarray, data: st.DataObject) -> None:
    ends = [sorted(data.draw(st.tuples(*[st.integers(0, len(values))] * 2))) for _ in range(5)]
    starts, stops = np.array(ends).T
    with np.errstate(invalid="ignore", over="ignore"):
        expected = [robust.median(values[a:b]) for a, b in ends]
        assert np.array_equal(robust.medians(values, starts, stops), expected, equal_nan=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(robust, "MOST_CELLS", 0)
            assert np.array_equal(robust.medians(values, starts, stops), expected, equal_nan=True)
        assert np.array_equal(robust.stretch_medians(values, [(a, b) for a, b in ends]), expected, equal_nan=True)


@settings(deadline=None)
@given(SERIES, st.integers(1, 70))
def test_parts_and_means_are_numpys(values: np.ndarray, count: int) -> None:
    bounds = robust.parts(len(values), count)
    split = np.array_split(values, count)
    assert [values[a:b].tolist() for a, b in bounds] == [part.tolist() for part in split]
    assert [robust.mean(part) for part in split if len(part)] == [np.mean(part) for part in split if len(part)]


def test_a_median_of_nothing_and_of_nan_is_nan() -> None:
    assert np.isnan(robust.median(np.array([])))
    assert np.isnan(robust.median(np.array([1.0, np.nan, 2.0])))
    assert np.isnan(robust.quantiles(np.array([1.0, np.nan]), 0.5)[0])


def test_rolling_median_in_pieces_is_the_same_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).standard_normal(500)
    at_once = robust.rolling_median(values, 21)
    monkeypatch.setattr(robust, "ROWS_AT_ONCE", 17)
    assert np.array_equal(robust.rolling_median(values, 21), at_once)


def test_a_level_on_the_log_scale_is_the_log_of_the_level() -> None:
    values = np.exp(np.random.default_rng(1).standard_normal(300))
    assert np.allclose(robust.rolling_median(np.log(values), 31), np.log(robust.rolling_median(values, 31)))


def test_a_falling_line_keeps_its_slope_at_the_ends() -> None:
    line = np.linspace(5.0, 1.0, 101)
    # two points a side remain at the very end, so that the last point is off by one step of the line at most
    assert np.abs(robust.rolling_median(line, 21) - line).max() <= 0.04 + 1e-12


def test_knots_follow_a_slow_course_closely() -> None:
    x = np.linspace(0, 6, 5000)
    noisy = np.sin(x) + 0.1 * np.random.default_rng(2).standard_normal(5000)
    assert np.abs(robust.knot_median(noisy, 401) - np.sin(x))[300:-300].max() < 0.06


@pytest.mark.parametrize("points", [0, 1, 2, 5, 40])
def test_knots_cope_with_series_shorter_than_the_window(points: int) -> None:
    assert robust.knot_median(np.arange(points, dtype=float), 101).shape == (points,)


def test_blocks_cover_everything_once() -> None:
    for points in (1, 2, 7, 100, 1001):
        bounds = robust.block_bounds(points, 24)
        assert bounds[0][0] == 0
        assert bounds[-1][1] == points
        assert all(a[1] == b[0] for a, b in pairwise(bounds))


def test_resolution_is_the_last_digit_that_was_written() -> None:
    values = np.round(np.random.default_rng(3).standard_normal(500), 2)
    assert robust.resolution(values) == pytest.approx(0.01, rel=1e-6)
    assert robust.resolution(np.ones(10)) == 0.0


@pytest.mark.parametrize("points", [60, 150, 1500, 20_000])
def test_pure_noise_seldom_reaches_the_limit(points: int) -> None:
    rng = np.random.default_rng(points)
    exceeded = 0
    for _ in range(60):
        z = rng.standard_normal(points)
        exceeded += int(np.count_nonzero(z > robust.tail_limit(z, false_alarms=0.05, least=0.0)))
    # 0.05 a run are allowed for; 60 runs would have 3, and the limit errs on the quiet side for normal noise
    assert exceeded <= 4


def test_heavy_tails_set_a_higher_limit() -> None:
    rng = np.random.default_rng(4)
    normal, exponential = rng.standard_normal(5000), rng.exponential(1.0, 5000)
    light = robust.tail_limit(normal, false_alarms=0.05, least=5.0)
    heavy = robust.tail_limit(exponential / 0.7, false_alarms=0.05, least=5.0)
    assert light < 6.5
    assert heavy > 1.6 * light
    assert np.count_nonzero(exponential / 0.7 > heavy) <= 1


def test_a_few_spikes_in_a_short_log_do_not_raise_the_limit() -> None:
    z = np.random.default_rng(5).standard_normal(100)
    clean = robust.tail_limit(z, false_alarms=0.05, least=0.0)
    z[[10, 40, 80]] = 40.0
    assert robust.tail_limit(z, false_alarms=0.05, least=0.0) < 1.4 * clean


@pytest.mark.parametrize(("points", "window"), [(50, 7), (400, 21)])
def test_medians_and_spreads_are_scipys(points: int, window: int) -> None:
    from scipy import ndimage, stats

    values = np.random.default_rng(points).standard_cauchy(points)
    half = window // 2
    inside = slice(half, points - half)
    np.testing.assert_array_equal(
        robust.rolling_median(values, window)[inside], ndimage.median_filter(values, window)[inside]
    )
    assert robust.sigma(values) == pytest.approx(stats.median_abs_deviation(values, scale="normal"), rel=1e-4)


@given(arrays(np.float64, st.integers(0, 60), elements=st.sampled_from([-2.0, -0.0, 0.0, 1.5, 7.0, np.inf])))
def test_equal_values_share_their_rank_as_scipys_do(values: np.ndarray) -> None:
    from scipy import stats

    assert robust.ranks(values).tolist() == (stats.rankdata(values) - 1).tolist()


@pytest.mark.parametrize("points", [1, 2, 3, 24, 25, 511, 512, 513, 900, 901])
def test_the_quick_median_is_numpys(points: int) -> None:
    values = np.random.default_rng(points).standard_normal(points)
    assert robust.median(values) == np.median(values)
    values[points // 2] = np.nan
    assert np.isnan(robust.median(values))
    values[points // 2] = np.inf
    assert robust.median(values) == np.median(values)


def test_there_is_no_window_longer_than_its_values() -> None:
    assert robust.windows(np.arange(2.0), 3).shape == (0, 3)
    assert robust.windows(np.arange(4.0), 3).tolist() == [[0, 1, 2], [1, 2, 3]]


def test_the_limit_is_where_an_exponential_tail_holds_so_many_false_alarms() -> None:
    """By hand: the tail between the 90th and the 98th percentile, carried on to 0.05 points of the run."""
    z = np.arange(500) / 100
    rate = (4.8902 - 4.491) / np.log(5)
    assert robust.tail_limit(z, false_alarms=0.05, least=0.0) == pytest.approx(4.491 + rate * np.log(1000))
    short = np.arange(20.0)
    rate = (0.6 * 19 - 9.5) / np.log(0.5 / 0.4)
    assert robust.tail_limit(short, false_alarms=0.05, least=0.0) == pytest.approx(9.5 + rate * np.log(200))
    assert robust.tail_limit(short[:19], false_alarms=0.05, least=3.0) == 3.0, "too few points have no tail"
    assert robust.tail_limit(short, false_alarms=0.05, least=99.0) == 99.0
    assert robust.tail_limit(np.zeros(500), false_alarms=0.05, least=0.0) == pytest.approx(0.1 * np.log(1000))


def test_small_examples() -> None:
    ten = np.array([9.0, 0, 5, 5, 5, 5, 5, 5, 4, 100])
    assert robust.middle_mean(ten) == pytest.approx((9 + 6 * 5 + 4) / 8)
    assert robust.middle_mean(ten[:9]) == pytest.approx(43 / 9), "a tenth of nine is no point"
    assert robust.resolution(np.array([1.0, 1.5, 1.5, 1.75])) == 0.25
    assert robust.resolution(np.array([1.0, 1.0])) == robust.resolution(np.array([3.0])) == 0.0
    assert robust.quantiles(np.array([3.0, 1.0, 2.0, 10.0]), 0.0, 0.25, 0.5, 0.9, 1.0) == pytest.approx(
        (1.0, 1.75, 2.5, 7.9, 10.0)
    )
    assert robust.sigma(np.array([1.0, 2, 3, 4, 100])) == pytest.approx(1.4826)
    assert [robust.odd_window(points, 0.04) for points in (1, 2, 5, 6, 8, 200, 250, 2525, 9000)] == [
        1, 1, 5, 5, 7, 7, 9, 101, 101,
    ]  # fmt: skip
    assert robust.parts(10, 3) == ((0, 4), (4, 7), (7, 10))
    assert robust.block_bounds(10, 4) == ((0, 2), (2, 5), (5, 8), (8, 10))
    assert robust.edge_padded(np.array([1.0, 2.0]), 2).tolist() == [1, 1, 1, 2, 2, 2]
    assert robust.distinct(np.array([3.0, 1.0, 3.0])).tolist() == [1.0, 3.0]
