"""Slow progress: runs that end long before they are done."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.slow_progress import SlowProgress, _median_between, _schedule_explains
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import MEDIAN_ERROR
from tests.factories import falling, healthy, lr_curve, make_run


def found(run: Run) -> list[Finding]:
    return list(SlowProgress().detect(Signals(run)))


def noisy(values: np.ndarray, seed: int = 0, sigma: float = 0.02) -> np.ndarray:
    return values * np.exp(sigma * np.random.default_rng(seed).standard_normal(len(values)))


@pytest.mark.parametrize("points", [60, 150, 1500, 20_000])
def test_a_straight_line_is_a_warning(points: int) -> None:
    (one,) = found(make_run({"loss": noisy(np.linspace(3.0, 1.5, points))}))
    assert one.severity == "warning"
    assert one.evidence_value("late_share") == pytest.approx(0.25, abs=0.05)


def test_a_fall_that_grows_faster_is_a_warning() -> None:
    (one,) = found(make_run({"loss": noisy(2.3 - 0.5 * np.linspace(0, 1, 1500) ** 2)}))
    assert (one.evidence_value("late_share") or 0) > 0.35


def test_a_tiny_fall_that_only_averaging_shows() -> None:
    (one,) = found(make_run({"loss": noisy(np.linspace(4.93, 4.90, 60_000), sigma=0.003)}))
    assert one.severity == "warning"
    assert "only" in one.summary


# stays quiet


def test_healthy_runs_are_quiet() -> None:
    assert all(not found(healthy(seed).run) for seed in range(10))


def test_a_power_law_is_quiet() -> None:
    assert found(make_run({"loss": noisy(3 + 7 * (1 + np.arange(5000) / 20.0) ** -0.5)})) == []


def test_annealing_makes_any_loss_fall_at_the_end() -> None:
    level = np.interp(np.arange(1000), [0, 200, 700, 1000], [3.0, 2.0, 1.95, 1.5])
    assert found(make_run({"loss": noisy(level), "lr": lr_curve("linear", 1000)})) == []
    assert len(found(make_run({"loss": noisy(level), "lr": lr_curve("constant", 1000)}))) == 1


def test_a_rate_still_warming_up_explains_a_slow_run() -> None:
    values = noisy(np.linspace(3, 2, 500))
    assert found(make_run({"loss": values, "lr": np.linspace(1e-6, 1e-3, 500)})) == []


def test_noise_without_a_trend_is_quiet() -> None:
    assert all(not found(make_run({"loss": noisy(np.full(400, 2.0), seed, 0.1)})) for seed in range(30))


def test_a_flat_run_is_not_slow_but_stuck() -> None:
    assert found(make_run({"loss": np.full(100, 2.0)})) == []


def test_a_converged_run_is_quiet() -> None:
    assert found(make_run({"loss": noisy(falling(800, tempo=40.0))})) == []


def test_a_median_between_two_shares_of_the_log_has_one_point_at_least() -> None:
    signals = Signals(make_run({"loss": np.arange(100.0, 0.0, -1.0)}))
    level, error = _median_between(signals, 0.7, 0.75)
    assert level == 28.0
    assert error == pytest.approx(MEDIAN_ERROR * np.median(signals.noise[70:75]) / 5**0.5)
    assert _median_between(signals, 0.95, 1.0)[0] == 3.0
    few = Signals(make_run({"loss": np.arange(12.0, 0.0, -1.0)}))
    assert _median_between(few, 0.71, 0.72)[0] == 4.0


@pytest.mark.parametrize(("ends", "explains"), [(0.69, True), (0.71, False), (1.0, False), (1.42, False), (1.44, True)])
def test_a_slope_is_the_schedules_where_the_rate_changed_by_thirty_percent_in_the_last_third(
    ends: float, explains: bool
) -> None:
    rate = np.interp(np.arange(1000), [0, 700, 900], [1.0, 1.0, ends])
    assert _schedule_explains(Signals(make_run({"loss": falling(1000), "lr": rate}))) is explains
    assert not _schedule_explains(Signals(make_run({"loss": falling(1000)})))
