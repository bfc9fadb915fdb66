"""Excursions: onset, peak, healing and what is left."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.excursions import Excursion, excursions
from loglens.signals.local import local_statistics
from loglens.signals.log_scale_outliers import LogScaleOutliers
from loglens.signals.track import Track
from tests.factories import falling


def of(values: FloatArray, support: list[int] | None = None) -> tuple[Excursion, ...]:
    track = Track(tag="loss", steps=np.arange(len(values)), values=values)
    return excursions(track, local_statistics(values), support=None if support is None else np.array(support))


def quiet(points: int = 800, seed: int = 0) -> FloatArray:
    return falling(points) * np.exp(0.03 * np.random.default_rng(seed).standard_normal(points))


def test_a_jump_and_back() -> None:
    values = quiet()
    values[300] += 2
    (one,) = of(values)
    assert (one.onset, one.peak, one.recovered) == (300, 300, 301)
    assert one.rise_points == 1
    assert abs(one.shift) < 3


def test_a_climb_over_ten_points() -> None:
    values = quiet()
    values[300:310] += np.linspace(0.2, 3, 10)
    (one,) = of(values)
    assert one.peak == 309
    assert 8 <= one.rise_points <= 11
    assert one.recovered == 310


def test_a_shift_that_stays_never_recovers() -> None:
    values = quiet()
    values[300:] += 1.0
    (one,) = of(values)
    assert one.recovered is None
    assert one.shift > 10
    assert one.after == pytest.approx(one.before + 1.0, abs=0.1)


def test_spikes_side_by_side_are_kept_apart() -> None:
    values = quiet()
    values[[300, 304, 311]] += 2
    assert [one.peak for one in of(values)] == [300, 304, 311]


def test_an_end_in_mid_climb() -> None:
    values = quiet()
    values[-5:] += np.geomspace(1, 1e6, 5)
    (one,) = of(values)
    assert one.peak == 799
    assert one.calm == 800
    assert one.recovered is None


def test_support_lowers_the_limit_at_its_points_only() -> None:
    values = quiet(seed=3)
    local = local_statistics(values)
    values[400] = float(local.to_values(local.level[400] + 4.4 * local.noise[400]))
    assert of(values) == ()
    assert [one.peak for one in of(values, [400])] == [400]
    assert of(values, [500]) == ()


@pytest.mark.parametrize("points", [0, 1, 3, 5, 12])
def test_tiny_series(points: int) -> None:
    assert of(np.linspace(2, 1, points)) == ()


def test_a_slow_fall_peaks_where_it_struck() -> None:
    values = quiet()
    values[300:306] += (3.0, 3.01, 3.02, 2.0, 1.0, 0.5)
    assert [one.peak for one in of(values)] == [300]


def test_the_wobble_on_the_way_back_is_no_second_spike() -> None:
    values = quiet()
    values[300:360] += 2000 * np.exp(-np.arange(60) / 6.0)
    values[330] *= 1.6
    assert [one.peak for one in of(values)] == [300]


def test_a_second_strike_two_points_after_the_first_is_one() -> None:
    values = quiet()
    values[[300, 303]] += (2.0, 2.2)
    assert [one.peak for one in of(values)] == [300, 303]


def test_what_only_the_linear_scale_shows_has_its_height_there() -> None:
    values = quiet()
    values[400] *= 1.05
    local = local_statistics(values)
    outliers = LogScaleOutliers(at=np.array([400]), z=np.full(800, 40.0), limit=np.full(800, 12.0))
    track = Track(tag="loss", steps=np.arange(800), values=values)
    (one,) = excursions(track, local, outliers=outliers)
    assert (one.peak, one.height, one.limit) == (400, 40.0, 12.0)
    assert excursions(track, local) == ()
