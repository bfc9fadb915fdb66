"""Level shifts, their place and size; slopes and spikes are none."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.local import local_statistics
from loglens.signals.numerics.change_points import ChangePoint, _point, change_points
from loglens.signals.track import Track


def of(values: FloatArray) -> tuple[ChangePoint, ...]:
    return change_points(Track(tag="loss", steps=np.arange(len(values)) * 5, values=values), local_statistics(values))


def noisy(level: FloatArray, seed: int = 0, sigma: float = 0.1) -> FloatArray:
    return level + sigma * np.random.default_rng(seed).standard_normal(len(level))


@pytest.mark.parametrize("size", [-0.6, 0.6, 3.0])
@pytest.mark.parametrize("at", [100, 400, 700])
def test_a_shift_is_found_within_a_few_points(at: int, size: float) -> None:
    (one,) = of(noisy(np.where(np.arange(800) < at, 5.0, 5.0 + size)))
    assert abs(one.index - at) <= 6
    assert one.step == one.index * 5
    assert one.after - one.before == pytest.approx(size, abs=0.15)
    assert np.sign(one.shift) == np.sign(size)


def test_several_shifts_in_order() -> None:
    level = np.repeat([5.0, 4.0, 4.6, 3.0], 200)
    assert [round(one.index, -1) for one in of(noisy(level))] == [200, 400, 600]


def test_noise_and_slopes_have_none() -> None:
    assert all(of(noisy(np.full(600, 3.0), seed)) == () for seed in range(20))
    assert all(of(noisy(np.linspace(9, 3, 600), seed)) == () for seed in range(20))


def test_a_spike_is_no_shift() -> None:
    values = noisy(np.full(600, 3.0))
    values[300] = 60
    assert of(values) == ()


@pytest.mark.parametrize("points", [0, 1, 5, 11, 13])
def test_short_series(points: int) -> None:
    assert of(np.linspace(2, 1, points)) == ()


@pytest.mark.parametrize(("low", "high"), [(3.0, 2.0), (2.0, 3.0)])
@pytest.mark.parametrize("about", [18, 19, 20, 21, 22])
def test_a_shift_is_moved_to_where_the_points_cross_halfway_up_or_down(low: float, high: float, about: int) -> None:
    """Within two points, in a log this short."""
    values = np.where(np.arange(40) < 20, low, high)
    local = local_statistics(values)
    track = Track(tag="loss", steps=np.arange(40), values=values)
    before, after = np.full(40, local.x[0]), np.full(40, local.x[-1])
    assert _point(track, local, before, after, np.ones(40), about).step == 20
    assert _point(track, local, before, after, np.ones(40), 23).step == 23, "where none cross it stays"
