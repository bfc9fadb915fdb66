"""Where a loss ended up: the level, its noise, and what cannot be told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.model.diagnosis import LossLevel
from loglens.model.run import FloatArray, Run
from loglens.signals.loss_level import SEED_SHARE, loss_level, loss_levels


def level_of(values: FloatArray | list[float], role: str = "train_loss") -> LossLevel:
    return loss_level(role, np.arange(len(values)), np.array(values, dtype=np.float64))


def noisy(n: int = 2000, *, sigma: float = 0.1, correlation: float = 0.0, seed: int = 0) -> FloatArray:
    """A level of 10 with noise of that lag-1 correlation: large enough that the seed's share does not hide it."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, sigma, n)
    for at in range(1, n):
        noise[at] = correlation * noise[at - 1] + math.sqrt(1 - correlation**2) * noise[at]
    return noise


@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_the_noise_is_that_of_the_level(correlation: float) -> None:
    """The scatter of the level over many runs is what one run says of it, within a factor of two."""
    found = [level_of(noisy(correlation=correlation, seed=seed)) for seed in range(60)]
    truth = float(np.std([one.final for one in found if one.final is not None]))
    said = float(np.median([one.noise for one in found if one.noise is not None]))
    assert 0.7 < said / truth < 2.0


def test_a_trend_is_not_noise() -> None:
    falling = level_of(100 + 0.001 * noisy() - np.linspace(0, 1, 2000))
    assert falling.final is not None
    assert falling.final == pytest.approx(99.05, abs=0.01)
    assert falling.noise == pytest.approx(SEED_SHARE * falling.final)


def test_one_spike_moves_neither_level_nor_noise() -> None:
    plain = noisy() + 10
    spiked = plain.copy()
    spiked[1500:1505] += 50
    spiked[1950] = 1e6
    before, after = level_of(plain), level_of(spiked)
    assert after.final == pytest.approx(before.final, abs=0.01)
    assert after.noise == pytest.approx(before.noise, rel=0.2)


def test_the_seed_has_its_share_where_a_run_is_still() -> None:
    assert level_of([2.0] * 100).noise == pytest.approx(0.02)


def test_ending_in_nan_has_no_level_but_a_best() -> None:
    one = level_of([*np.linspace(2, 1, 90), *[math.nan] * 9, math.inf])
    assert one.final is None
    assert one.noise is None
    assert one.best == pytest.approx(1.05, abs=0.02)
    assert (one.points, one.non_finite) == (90, 10)


def test_nan_in_the_middle_is_counted_and_passed_over() -> None:
    values = np.full(100, 3.0)
    values[40:45] = np.nan
    one = level_of(values)
    assert (one.final, one.non_finite) == (3.0, 5)


def test_the_best_validation_loss_is_a_point_and_the_best_train_loss_a_stretch() -> None:
    values = 3 + 0.01 * np.sin(np.arange(100))
    values[50] = 1.0
    assert (level_of(values, "val_loss").best, level_of(values, "val_loss").best_step) == (1.0, 50)
    assert level_of(values).best == pytest.approx(3.0, abs=0.01)
    falling = np.concatenate([np.linspace(5, 1, 60), np.linspace(1, 4, 40)])
    best = level_of(falling)
    assert best.best_step == 59
    assert best.best == pytest.approx(1.3, abs=0.1)


@pytest.mark.parametrize("n", range(1, 30))
def test_short_logs_have_a_level(n: int) -> None:
    one = level_of(np.linspace(3, 1, n))
    assert one.final is not None
    assert 1 <= one.final <= 3
    assert (one.noise is None) == (n < 8)


@pytest.mark.parametrize("values", [[math.nan], [math.inf] * 20, [1e308] * 50, [-1e308, 1e308] * 20, [5e-324] * 30])
def test_odd_values_make_no_noise_of_their_own(values: list[float]) -> None:
    one = level_of(values)
    assert one.final is None or math.isfinite(one.final)
    assert one.noise is None or math.isfinite(one.noise)


def test_a_run_has_the_levels_of_its_losses() -> None:
    made = Run.from_arrays({"a": [1.0] * 10, "b": [2.0] * 10}, roles={"train_loss": "a", "val_loss": "b"})
    assert [(one.role, one.final) for one in loss_levels(made)] == [("train_loss", 1.0), ("val_loss", 2.0)]
    assert loss_levels(Run.from_arrays({"a": [1.0]})) == ()
    hidden = loss_levels(made, hidden=np.array([9]))
    assert [one.non_finite for one in hidden] == [1, 0]
