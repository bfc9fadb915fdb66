"""Gradients that explode or vanish."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.gradient import MOST, Gradient, _loss_spike_near
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Run
from loglens.signals.core import Signals
from tests.factories import falling, healthy, make_run, with_spikes


def found(run: Run) -> list[Finding]:
    return list(Gradient().detect(Signals(run)))


def calm(points: int = 1000, seed: int = 0) -> FloatArray:
    return np.exp(0.15 * np.random.default_rng(seed).standard_normal(points))


def test_a_leap_with_a_loss_spike_is_a_warning() -> None:
    (one,) = found(with_spikes((700,), height=4.0).run)
    assert one.kind == "gradient_explosion"
    assert one.severity == "warning"
    assert one.peak_step == 700


def test_a_leap_before_the_loss_says_by_how_many_steps() -> None:
    planted = with_spikes((700,), height=4.0, heal=10.0)
    grad = calm(1500)
    grad[694:706] *= 15
    (one,) = found(make_run({"loss": planted.run.series[0].values, "grad": grad}))
    assert one.evidence_value("gradient_lead") == 6


def test_a_single_leap_that_nothing_follows_is_a_note() -> None:
    grad = calm()
    grad[500] *= 12
    (one,) = found(make_run({"loss": falling(1000), "grad": grad}))
    assert one.severity == "info"
    assert one.steps.start == one.steps.end == 500


def test_many_leaps_are_a_warning() -> None:
    grad = calm()
    grad[200:900:100] *= 12
    assert {one.severity for one in found(make_run({"loss": falling(1000), "grad": grad}))} == {"warning"}


def test_a_climb_that_lasts() -> None:
    grad = calm() * np.where(np.arange(1000) > 600, np.minimum(60, 1.02 ** (np.arange(1000) - 600.0)), 1.0)
    climb = found(make_run({"loss": falling(1000), "grad": grad}))[0]
    assert climb.severity == "warning"
    assert abs(climb.steps.start - 680) < 80


@pytest.mark.parametrize("size", [0.0, 1e-9])
def test_a_gradient_at_zero_while_nothing_is_learned(size: float) -> None:
    (one,) = found(make_run({"loss": np.full(300, 2.3), "grad": size * calm(300)}))
    assert one.kind == "gradient_vanishing"
    assert one.severity == "critical"


def test_a_gradient_that_dies_with_the_learning() -> None:
    grad = calm(600) * np.geomspace(1, 1e-7, 600)
    (one,) = found(make_run({"loss": np.full(600, 2.3) + 0.001 * calm(600), "grad": grad}))
    assert one.kind == "gradient_vanishing"


# stays quiet


def test_healthy_runs_are_quiet() -> None:
    assert all(not found(healthy(seed).run) for seed in range(10))


def test_a_gradient_that_shrinks_with_the_loss_is_no_fault() -> None:
    values = np.geomspace(2.3, 1e-6, 800)
    assert found(make_run({"loss": values, "grad": calm(800) * values})) == []


def test_slow_growth_as_language_models_have_it_is_quiet() -> None:
    assert found(make_run({"loss": falling(1000), "grad": calm() * np.linspace(0.3, 1.2, 1000)})) == []


def test_a_gradient_that_starts_high_is_quiet() -> None:
    assert found(make_run({"loss": falling(1000), "grad": calm() * np.geomspace(50, 0.5, 1000)})) == []


def test_clipping_at_a_constant_is_quiet() -> None:
    assert found(make_run({"loss": falling(500), "grad": np.ones(500)})) == []


@pytest.mark.parametrize(("lowest_at", "starts"), [(300, 800), (997, 980)])
def test_a_climb_begins_after_the_lowest_norms(lowest_at: int, starts: int) -> None:
    """Where the lowest are the last, as where the training was stopped in a dip, it is the end that stands high."""
    grad = np.where(np.arange(1000) >= 800, 100.0, 1.0)
    grad[lowest_at - 20 : lowest_at + 20] = 0.5
    (climb,) = [one for one in found(make_run({"loss": falling(1000), "grad": grad})) if "climbs" in one.summary]
    assert climb.steps.start == pytest.approx(starts, abs=60)


def test_of_many_leaps_the_highest_are_told_and_all_are_counted() -> None:
    grad = calm(4000)
    grad[100:3900:160] *= np.linspace(15, 45, 24)
    leaps = found(make_run({"loss": falling(4000), "grad": grad}))
    assert len(leaps) == MOST
    assert {one.evidence_value("number") for one in leaps} == {24}
    assert [one.steps.start for one in leaps] == sorted(one.steps.start for one in leaps)
    assert leaps[0].steps.start > 100, "the lowest come first in this log"


@pytest.mark.parametrize(("count", "severity"), [(4, "info"), (5, "warning")])
def test_five_leaps_are_many(count: int, severity: str) -> None:
    grad = calm()
    grad[100 : 100 + 150 * count : 150] *= 30
    leaps = found(make_run({"loss": falling(1000), "grad": grad}))
    assert [one.severity for one in leaps] == [severity] * count


@pytest.mark.parametrize(
    ("start", "peak", "lead"), [(700, 700, 0), (695, 695, 5), (690, 690, 10), (689, 689, None), (689, 690, 11),
                                (701, 701, 0), (702, 702, None)],
)  # fmt: skip
def test_a_leap_belongs_to_a_loss_spike_within_ten_steps_after_it(start: int, peak: int, lead: int | None) -> None:
    signals = with_spikes((700,), height=6.0).signals
    assert [int(signals.loss.steps[one.onset]) for one in signals.excursions] == [700]
    assert _loss_spike_near(signals, start, peak) == lead
