"""Periods of the data: in step with the epoch, with the rate, with neither."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.periodic_pattern import PeriodicPattern, _sides, _stairs
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Run
from loglens.signals.core import Signals
from tests.factories import falling, healthy, lr_curve, make_run, windowed


def found(run: Run) -> list[Finding]:
    return list(PeriodicPattern().detect(Signals(run)))


def word(one: Finding, name: str) -> object:
    return next(e.value for e in one.evidence if e.name == name)


def sorted_data(period: int, *, points: int = 1500, noise: float = 0.2, clock: bool = True, seed: int = 0) -> Run:
    """A saw-tooth within each epoch, as data sorted by class make it."""
    steps = np.arange(points)
    tooth = 1.0 + 1.5 * ((steps % period) / period)
    values = falling(points) * tooth * np.exp(noise * np.random.default_rng(seed).standard_normal(points))
    columns: dict[str, FloatArray] = {"loss": values}
    if clock:
        columns["epoch"] = steps / period
    return make_run(columns)


@pytest.mark.parametrize("period", [12, 43, 150])
def test_a_saw_tooth_in_each_epoch_is_a_warning(period: int) -> None:
    (one,) = found(sorted_data(period))
    assert one.severity == "warning"
    assert word(one, "source") == "epoch"
    assert one.evidence_value("period") == pytest.approx(period, rel=0.01)


@pytest.mark.parametrize("period", [12, 43])
def test_without_a_clock_the_period_is_found_all_the_same(period: int) -> None:
    (one,) = found(sorted_data(period, clock=False))
    assert one.evidence_value("period") == pytest.approx(period, rel=0.02)
    assert one.severity == "info"


def test_window_means_still_show_it() -> None:
    (one,) = found(windowed(sorted_data(43, noise=0.1), 10))
    assert word(one, "source") == "epoch"


def test_stairs_at_the_epoch_borders_are_a_note() -> None:
    rng = np.random.default_rng(0)
    level = np.repeat([2.0, 1.2, 0.7, 0.4], 200)
    run = make_run({"loss": level * np.exp(0.05 * rng.standard_normal(800)), "epoch": np.arange(800) / 200})
    (one,) = found(run)
    assert one.severity == "info"
    assert word(one, "form") == "stairs"
    assert abs(one.steps.start - 200) <= 2


# stays quiet


def test_healthy_runs_are_quiet() -> None:
    for seed in range(10):
        run = healthy(seed).run
        clock = make_run({"loss": run.series[0].values, "epoch": np.arange(1500) / 43})
        assert found(run) == []
        assert found(clock) == []


def test_correlated_noise_is_no_period() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        wander = np.convolve(rng.standard_normal(1520), np.ones(20) / 4, mode="valid")[:1500]
        assert found(make_run({"loss": falling(1500) * np.exp(0.1 * wander)})) == []


def test_a_cycle_of_the_rate_is_named_as_such() -> None:
    lr = lr_curve("cyclic", 1600)
    values = falling(1600) * (1 + lr / lr.max()) * np.exp(0.05 * np.random.default_rng(0).standard_normal(1600))
    assert all(one.severity == "info" for one in found(make_run({"loss": values, "lr": lr})))


def test_three_cycles_are_too_few() -> None:
    assert found(sorted_data(450)) == []


def test_uneven_steps_have_no_spectrum() -> None:
    steps = np.cumsum(np.random.default_rng(0).integers(1, 60, 400))
    assert found(make_run({"loss": (steps, falling(400))})) == []


def stairs(epochs: int, per_epoch: int, *, first: int = 0, points: int | None = None) -> Run:
    """A level that comes down by a tenth at every border of an epoch, less than an epoch of it at both ends."""
    steps = np.arange(epochs * per_epoch if points is None else points) + first
    level: FloatArray = np.power(0.9, steps // per_epoch)
    noise = np.exp(0.002 * np.random.default_rng(0).standard_normal(len(steps)))
    loss: FloatArray = level * noise
    return make_run({"loss": (steps, loss), "epoch": (steps, steps / per_epoch)})


def test_stairs_are_told_with_the_borders_that_were_looked_at() -> None:
    (one,) = found(stairs(6, 40))
    assert (word(one, "form"), word(one, "cycles"), one.steps.start) == ("stairs", 5, 40)
    assert word(one, "period") == pytest.approx(40.0)
    assert _stairs(Signals(stairs(6, 40))) is not None
    many = _stairs(Signals(stairs(60, 20)))
    assert many is not None
    assert many[0] == list(range(20, 1001, 20)), "the first fifty"


def test_stairs_are_looked_for_in_epochs_of_sixteen_points_and_at_two_borders() -> None:
    assert _stairs(Signals(stairs(6, 16))) is not None
    assert _stairs(Signals(stairs(6, 15))) is None
    assert _stairs(Signals(stairs(2, 40))) is None
    assert _stairs(Signals(stairs(3, 40))) is not None
    late = _stairs(Signals(stairs(5, 40, first=45)))
    assert late is not None
    assert late[0][0] == 80


def test_the_sides_of_a_border_leave_its_own_line_out() -> None:
    loss = np.concatenate((np.full(20, 3.0), [9.0], np.full(20, 1.0))) * noise_of(41)
    signals = Signals(make_run({"loss": loss}))
    sides = _sides(signals, 20, 5)
    assert sides is not None
    left, right = (float(signals.local.to_values(one)) for one in sides[:2])
    assert (left, right) == pytest.approx((3.0, 1.0), rel=0.01)
    assert _sides(signals, 3, 5) is not None
    assert _sides(signals, 2, 5) is None
    assert _sides(signals, 37, 5) is not None
    assert _sides(signals, 38, 5) is None


def noise_of(points: int) -> FloatArray:
    return np.exp(0.002 * np.random.default_rng(1).standard_normal(points))


@pytest.mark.parametrize(("points", "swing", "severity"), [(60, 0.3, "warning"), (60, 0.05, "info"), (36, 0.3, "info")])
def test_waves_in_step_with_nothing_warn_where_they_are_large_and_many(
    points: int, swing: float, severity: str
) -> None:
    at, rng = np.arange(points), np.random.default_rng(0)
    loss = 3 * (1 + swing * np.sin(2 * np.pi * at / 8)) + 0.03 * rng.standard_normal(points)
    told = [one.severity for one in found(Run.from_arrays({"loss": loss}, roles={"train_loss": "loss"}))]
    assert told == [severity]
