"""Stagnation: flat, collapsed and plateau, told apart from a run that has converged."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from loglens.detectors.stagnation import (
    Plateau,
    Stagnation,
    _chance_classes,
    _first_settled,
    _range,
    _validation_falls,
)
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


@pytest.mark.parametrize(
    ("level", "classes"),
    [
        (0.69, 2), (0.6899, None), (math.log(10), 10), (1.009 * math.log(10), 10), (1.011 * math.log(10), None),
        (1.2, None), (math.log(50), 50), (math.log(51), None), (math.log(200), 200), (math.log(100_000), 100_000),
        (math.log(100_100), None),
    ],
)  # fmt: skip
def test_the_loss_of_guessing_is_the_logarithm_of_a_likely_number_of_classes(level: float, classes: int | None) -> None:
    assert _chance_classes(level, 0.0) == classes
    assert _chance_classes(level, 0.49 * level) == classes
    assert _chance_classes(level, 0.5 * level) is None, "noise as wide as that hides any level"


def test_a_plateau_begins_where_nine_blocks_in_ten_stay_near_it() -> None:
    def first(text: str) -> int:
        return _first_settled(np.array([one == "+" for one in text]))

    assert first("--++++") == 2
    assert first("+-++++++++") == 0, "nine in ten from the first on"
    assert first("+-+++++++") == 2
    assert first("-----") == 4
    assert first("++++-") == 4, "none of them stays to the end"


def test_a_few_blown_up_blocks_do_not_widen_the_range() -> None:
    blocks = np.linspace(2.0, 1.0, 20)
    blocks[5] = 50.0
    assert _range(blocks) < 1.1 + 0.05 * 50
    assert _range(blocks[:19]) == pytest.approx(50.0 - blocks[18])
    first = np.linspace(1.0, 2.0, 20)
    first[0] = 9.0
    assert _range(first) == pytest.approx(9.0 - first[1]), "where it began counts, high as it is"


@pytest.mark.parametrize(
    ("points", "fall", "falls"), [(5, 0.1, True), (4, 0.1, False), (12, 0.03, True), (12, 0.015, False)]
)
def test_a_validation_falls_beside_a_plateau_by_two_percent_over_five_points(
    points: int, fall: float, falls: bool
) -> None:
    at = np.linspace(0, 999, points).astype(int)
    run = make_run({"loss": noisy(np.full(1000, 1.0)), "val": (at, np.linspace(1.0, 1 - fall, points))})
    plateau = Plateau(kind="plateau", start=0, share=1.0, level=1.0, gain=0.0)
    assert _validation_falls(Signals(run), plateau) is falls
    assert not _validation_falls(Signals(make_run({"loss": noisy(np.full(1000, 1.0))})), plateau)
