"""The run without units: its spikes are those the page shows."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.scaled import ScaledRun, read
from tests.factories import falling, make_run


def noisy(points: int = 600) -> FloatArray:
    return falling(points) * np.exp(0.03 * np.random.default_rng(4).standard_normal(points))


def both(loss: FloatArray, grad: FloatArray) -> tuple[Signals, ScaledRun]:
    signals = Signals(make_run({"loss": loss, "grad": grad}))
    scaled = read(signals)
    assert scaled is not None
    return signals, scaled


def test_a_spike_told_only_with_the_gradient_counts_too() -> None:
    loss, grad = noisy(), np.exp(0.05 * np.random.default_rng(5).standard_normal(600))
    local = Signals(make_run({"loss": loss})).local
    # between the lower limit, which holds where the gradient jumps, and the usual one
    height = 0.9 * float(local.limit * local.noise[400])
    loss[400] = float(local.to_values(local.base[400] + height))
    grad[400] = 20.0
    signals, scaled = both(loss, grad)
    assert [spike.peak for spike in signals.excursions] == [400]
    assert signals.excursions[0].height < local.limit
    assert scaled.excursions == signals.excursions


def test_spikes_are_found_anew_where_absurd_losses_are_left_out() -> None:
    loss = noisy()
    loss[300] *= 8
    loss[450] = 1e35
    _, scaled = both(loss, np.ones(600))
    assert len(scaled) == 599
    assert [spike.peak for spike in scaled.spikes] == [300]


def down(points: int = 100, **columns: FloatArray) -> ScaledRun:
    """A loss of `points`, `points` - 1, ... 1."""
    scaled = read(Signals(make_run({"loss": np.arange(points, 0.0, -1.0), **columns}, interval=3)))
    assert scaled is not None
    return scaled


def test_levels_are_those_of_three_points_at_least_and_at_both_ends() -> None:
    run = down()
    assert run.level_between(0.2, 0.21) == 79.0
    assert run.level_between(1.0, 1.0) == 2.0
    assert run.level_between(0.0, 0.0) == 99.0
    assert run.level_between(0.2, 0.2425) == 78.0, "five points"
    assert run.mean_between(0.0, 0.1) == 95.5
    assert run.levels_about(np.array([0.0, 0.5, 1.0]), 0.02).tolist() == [99.0, 50.5, 2.0]
    assert run.levels_about(np.array([0.0, 1.0]), 0.0).tolist() == [99.0, 2.0]
    assert run.noise_between(0.3, 0.3) == pytest.approx(1.4826 / 2**0.5)
    assert (run.first, run.end < 5, run.gain) == (100.0, True, 100.0 - run.low)


def test_the_clock_of_the_rate_is_the_share_of_it_that_is_spent() -> None:
    assert down(lr=np.full(100, 1e-3)).lr_clock == pytest.approx(np.arange(1, 101) / 100)
    falls = down(lr=np.where(np.arange(100) < 50, 3e-3, 1e-3)).lr_clock
    assert falls[49] == pytest.approx(0.75)
    assert np.array_equal(down(lr=np.zeros(100)).lr_clock, down().clock)
    assert np.array_equal(down().lr_clock, np.arange(100) / 99)


def test_an_epoch_is_told_in_points_where_two_of_it_were_seen() -> None:
    assert down(epoch=np.arange(100) / 20).epoch == pytest.approx(20.0)
    assert down(epoch=np.arange(100) / 49.0).epoch == pytest.approx(49.0)
    assert down(epoch=np.arange(100) / 51.0).epoch is None
    assert down().epoch is None


def test_what_was_lost_is_counted_from_where_it_begins() -> None:
    loss = np.arange(100, 0.0, -1.0)
    loss[[60, 61, 90]] = np.nan
    scaled = read(Signals(make_run({"loss": loss})))
    assert scaled is not None
    assert (scaled.lost, scaled.lost_at, len(scaled)) == (0.03, 0.6, 97)
    assert (down().lost, down().lost_at) == (0.0, None)
