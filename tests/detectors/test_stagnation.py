"""Stagnation: flat, collapsed and plateau, told apart from a run that has converged."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from loglens.detectors.stagnation import Stagnation
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.signals.core import Signals
from tests.factories import falling, healthy, lr_curve, make_run, windowed


def found(run: Run) -> list[Finding]:
    return list(Stagnation().detect(Signals(run)))


def noisy(values: np.ndarray, seed: int = 0, sigma: float = 0.02) -> np.ndarray:
    return values * np.exp(sigma * np.random.default_rng(seed).standard_normal(len(values)))


def form(one: Finding) -> object:
    return next(e.value for e in one.evidence if e.name == "form")


@pytest.mark.parametrize("classes", [2, 10, 100])
@pytest.mark.parametrize("points", [60, 1500])
def test_a_loss_at_chance_from_the_start_is_critical(classes: int, points: int) -> None:
    (one,) = found(make_run({"loss": noisy(np.full(points, math.log(classes)), sigma=0.004)}))
    assert one.severity == "critical"
    assert form(one) == "flat"
    assert one.evidence_value("chance_classes") == classes
    assert one.score > 0.9


def test_chance_after_an_early_blow_up_is_a_collapse() -> None:
    values = noisy(np.full(1000, math.log(10)), sigma=0.005)
    values[:8] = (2.4, 2.3, 5.0, 60.0, 400.0, 90.0, 12.0, 4.0)
    (one,) = found(make_run({"loss": values}))
    assert form(one) == "collapsed"
    assert one.severity == "critical"


def test_a_collapse_in_mid_run_is_placed_there() -> None:
    values = noisy(np.concatenate((np.linspace(2.3, 0.5, 400), np.full(600, 2.3))))
    (one,) = found(make_run({"loss": values}))
    assert form(one) == "collapsed"
    assert abs(one.steps.start - 400) <= 25
    assert one.severity == "critical"


@pytest.mark.parametrize("size", [1, 10])
def test_a_rate_spent_too_early_makes_a_plateau_a_warning(size: int) -> None:
    level = np.where(np.arange(1500) < 150, np.linspace(2.5, 1.6, 1500), 0)
    level = np.interp(np.arange(1500), [0, 60, 150, 1500], [2.5, 1.9, 1.7, 1.7])
    run = make_run({"loss": noisy(level), "lr": 1e-3 * 0.5 ** (np.arange(1500) / 25)})
    (one,) = found(run if size == 1 else windowed(run, size))
    assert form(one) == "plateau"
    assert one.severity == "warning"
    assert 60 <= one.steps.start <= 200


# stays quiet


def test_healthy_runs_are_quiet() -> None:
    for seed in range(8):
        assert all(one.severity == "info" for one in found(healthy(seed).run))


def test_a_power_law_is_no_plateau() -> None:
    values = noisy(3 + 7 * (1 + np.arange(10_000) / 20.0) ** -0.4)
    assert found(make_run({"loss": values})) == []


def test_convergence_at_the_end_of_a_decayed_rate_is_a_note() -> None:
    level = np.interp(np.arange(1000), [0, 100, 600, 1000], [2.5, 1.0, 0.5, 0.5])
    run = make_run({"loss": noisy(level), "lr": lr_curve("step", 1000)})
    assert {one.severity for one in found(run)} <= {"info"}
    assert all(one.score <= 0.4 for one in found(run))


def test_a_falling_validation_loss_speaks_for_the_run() -> None:
    rng = np.random.default_rng(0)
    train = 0.02 * np.exp(2 * rng.standard_normal(4000))
    val = (np.arange(200, 4001, 200), np.linspace(0.0250, 0.0225, 20))
    assert found(make_run({"loss": train, "val": val})) == []


def test_a_trained_model_that_is_tuned_a_little_is_no_dead_network() -> None:
    values = noisy(np.linspace(2.031, 1.985, 1500), sigma=0.03)
    assert {one.severity for one in found(make_run({"loss": values}))} <= {"info"}


def test_noise_that_hides_the_start_makes_no_verdict() -> None:
    values = noisy(np.full(120, 0.5), sigma=2.5)
    assert {one.severity for one in found(make_run({"loss": values}))} <= {"info"}


# edges


def test_a_loss_that_never_changes_a_digit() -> None:
    (one,) = found(make_run({"loss": np.full(50, math.log(10))}))
    assert one.severity == "critical"


def test_a_loss_below_zero() -> None:
    values = -5 + 0.02 * np.random.default_rng(0).standard_normal(500)
    (one,) = found(make_run({"loss": values}))
    assert one.severity in ("warning", "critical")
    assert form(one) == "flat"


def test_falling_to_the_end_is_no_plateau() -> None:
    assert found(make_run({"loss": noisy(np.linspace(3, 1, 400))})) == []
    assert found(make_run({"loss": noisy(falling(400, tempo=1.0))})) == []


def test_a_window_of_a_longer_training_does_not_show_where_the_loss_stopped_falling() -> None:
    values = noisy(np.full(60, 2.5), sigma=0.02)
    whole, window = (make_run({"loss": (first + np.arange(60), values)}) for first in (0, 5790))
    assert [one.kind for one in found(whole)] == ["stagnation"]
    assert found(window) == found(replace(whole, starts_late=True)) == []
