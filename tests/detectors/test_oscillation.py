"""Oscillation: to and fro, steady or growing, and the scatter that is none."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.oscillation import Oscillation, _growth, _largest_swing, _swings, _widest
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Run
from loglens.signals.core import Signals
from loglens.signals.track import Track
from tests.factories import falling, healthy, lr_curve, make_run


def found(run: Run) -> list[Finding]:
    return list(Oscillation().detect(Signals(run)))


def noisy(values: FloatArray, seed: int = 0, sigma: float = 0.02) -> FloatArray:
    return values * np.exp(sigma * np.random.default_rng(seed).standard_normal(len(values)))


def test_a_loss_that_flips_every_step_and_does_not_fall() -> None:
    flips = 1.0 + 0.2 * np.cos(np.pi * np.arange(400))
    (one,) = found(make_run({"loss": noisy(flips)}))
    assert one.severity == "warning"
    assert one.evidence_value("period") == 2
    assert (one.evidence_value("lag_correlation") or 0) < -0.8


def test_flips_that_grow() -> None:
    grown = falling(800) + 0.01 * np.exp(np.arange(800) / 250) * np.cos(np.pi * np.arange(800))
    (one,) = found(make_run({"loss": noisy(grown, sigma=0.003)}))
    assert one.severity == "warning"
    assert (one.evidence_value("growth") or 0) > 2


def test_a_slow_period_of_its_own() -> None:
    swing = 1.0 + 0.3 * np.sin(2 * np.pi * np.arange(1500) / 37)
    (one,) = found(make_run({"loss": noisy(falling(1500) * swing, sigma=0.05)}))
    assert one.evidence_value("period") == pytest.approx(37, rel=0.02)


def test_a_validation_loss_that_goes_up_and_down() -> None:
    rng = np.random.default_rng(0)
    val = (np.arange(25, 500, 25), 0.7 * np.exp(0.3 * rng.standard_normal(19)))
    (one,) = found(make_run({"loss": noisy(falling(500)), "val": val}))
    assert one.series == "val"
    assert one.severity == "warning"


# stays quiet


@pytest.mark.parametrize("noise", [0.02, 0.3, 2.0])
def test_scatter_without_period_is_quiet(noise: float) -> None:
    for seed in range(8):
        run = healthy(seed, noise=noise).run
        assert found(make_run({"loss": run.series[0].values})) == []


def test_the_edge_of_stability_is_a_note() -> None:
    wobble = falling(1000) * (1 + 0.06 * np.cos(np.pi * np.arange(1000)))
    assert {one.severity for one in found(make_run({"loss": noisy(wobble, sigma=0.01)}))} <= {"info"}


def test_two_batches_in_turn_are_an_epoch_of_two_steps() -> None:
    flips = 1.0 + 0.2 * np.cos(np.pi * np.arange(400))
    assert found(make_run({"loss": noisy(flips), "epoch": np.arange(400) / 2})) == []


def test_the_period_of_the_epoch_is_somebody_elses() -> None:
    swing = 1.0 + 0.3 * np.sin(2 * np.pi * np.arange(1500) / 37)
    run = make_run({"loss": noisy(falling(1500) * swing, sigma=0.05), "epoch": np.arange(1500) / 37})
    assert found(run) == []


def test_the_period_of_the_rate_is_the_rates() -> None:
    lr = np.tile(lr_curve("cyclic", 320), 5)
    values = noisy(falling(1600) * (1 + 0.6 * lr / lr.max()), sigma=0.05)
    assert found(make_run({"loss": values, "lr": lr})) == []


def test_a_validation_that_falls_in_steps_is_quiet() -> None:
    rng = np.random.default_rng(1)
    val = (np.arange(25, 500, 25), np.linspace(2, 0.5, 19) * np.exp(0.05 * rng.standard_normal(19)))
    assert found(make_run({"loss": noisy(falling(500)), "val": val})) == []


def test_ten_points_are_judged_or_left_alone_without_a_crash() -> None:
    assert found(make_run({"loss": falling(10), "val": falling(10)})) == []


def test_swings_go_from_turning_point_to_turning_point() -> None:
    assert _swings(np.array([1.0, 2, 3, 2, 1, 4])).tolist() == [2.0, -2.0, 3.0]
    assert _swings(np.array([3.0, 2, 1])).tolist() == [-2.0]


def test_the_widest_change_of_a_validation_is_looked_for_after_its_first_point() -> None:
    val = Track(tag="val", steps=np.array([0, 10, 20, 30, 40]), values=np.array([9.0, 1.0, 1.5, 3.0, 3.1]))
    assert _widest(val) == (20, 30)


def test_growth_is_the_noise_of_the_last_third_over_that_of_the_middle_one() -> None:
    signals = Signals(make_run({"loss": noisy(np.full(91, 2.0), sigma=0.05)}))
    assert _growth(signals) == pytest.approx(np.median(signals.noise[60:]) / np.median(signals.noise[30:60]))
    assert _growth(Signals(make_run({"loss": np.array([1.0, 2.0])}))) >= 0.0


def test_the_largest_swing_is_looked_for_after_the_first_tenth() -> None:
    loss = noisy(np.full(200, 2.0), sigma=0.02)
    loss[[5, 19, 150]] *= (2.0, 1.9, 0.8)
    assert _largest_swing(Signals(make_run({"loss": loss}))) == 150
    loss[20] *= 1.9
    assert _largest_swing(Signals(make_run({"loss": loss}))) == 20
