"""What ran in vain: from the onset until the level is back, or to the end; hours without pauses."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.what_if.lost import lost, training_hours
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause
from loglens.model.finding import Finding, Severity
from loglens.model.kinds import FindingKind
from loglens.model.run import FloatArray, RoleChoice, Run, Series, StepSpan
from loglens.signals.core import Signals


def signals(loss: FloatArray, seconds: FloatArray | None = None) -> Signals:
    series = Series(tag="loss", steps=np.arange(len(loss)), values=loss, wall_times=seconds)
    return Signals(
        Run(
            name=".",
            source=".",
            format="arrays",
            series=(series,),
            roles=(RoleChoice(role="train_loss", series="loss"),),
        )
    )


def finding(
    kind: FindingKind, start: int, end: int, *, cause: CauseName = "lr_too_high", severity: Severity = "critical"
) -> Finding:
    return Finding(
        kind=kind, severity=severity, score=0.9, confidence=0.9, steps=StepSpan(start=start, end=end), series="loss",
        summary="", cause=cause,
    )  # fmt: skip


def cause(name: CauseName = "lr_too_high") -> Cause:
    return Cause(cause=name, probability=0.9)


def falling(steps: int = 1_000) -> FloatArray:
    rng = np.random.default_rng(3)
    return np.asarray(0.5 + 2 / (1 + np.arange(steps) / 50) + 0.005 * rng.standard_normal(steps))


def test_a_divergence_costs_everything_after_it() -> None:
    loss = falling()
    loss[400:] = 3.0 + np.arange(600) / 100
    got = lost(signals(loss), [finding("divergence", 400, 999)], cause())
    assert got is not None
    assert (got.since, got.steps, got.regained, got.of) == (400, 599, False, 999)
    assert got.hours is None


def test_a_log_that_ends_in_nan_is_lost_to_its_last_line() -> None:
    loss = falling()
    loss[700:] = np.nan
    got = lost(signals(loss), [finding("non_finite", 700, 750)], cause())
    assert got is not None
    assert (got.steps, got.regained) == (299, False)


def test_a_spike_costs_the_steps_until_the_level_is_back() -> None:
    loss = falling()
    loss[400:460] += np.linspace(4, 0, 60)
    got = lost(signals(loss), [finding("loss_spike", 400, 450)], cause())
    assert got is not None
    assert got.regained
    assert 40 <= got.steps <= 120


def test_two_spikes_are_summed_and_the_calm_between_them_is_not() -> None:
    loss = falling()
    for at in (300, 800):
        loss[at : at + 30] += 4.0
    one = lost(signals(loss), [finding("loss_spike", 300, 330)], cause())
    both = lost(signals(loss), [finding("loss_spike", 300, 330), finding("loss_spike", 800, 830)], cause())
    assert one is not None
    assert both is not None
    assert one.steps < both.steps < 300
    assert both.since == 300


@pytest.mark.parametrize(
    ("findings", "leading"),
    [
        ([finding("divergence", 400, 999)], "healthy"),
        ([finding("divergence", 400, 999)], "bad_data"),
        ([finding("slow_progress", 100, 999)], "lr_too_high"),
        ([finding("divergence", 400, 999, severity="info")], "lr_too_high"),
        ([], "lr_too_high"),
    ],
    ids=["healthy", "another's fault", "no onset", "a remark", "nothing found"],
)
def test_nothing_is_lost_without_a_fault_that_began(findings: list[Finding], leading: CauseName) -> None:
    assert lost(signals(falling()), findings, cause(leading)) is None


def test_overfitting_costs_the_rest_though_the_train_loss_falls_on() -> None:
    got = lost(signals(falling()), [finding("overfitting", 250, 900, cause="overfitting")], cause("overfitting"))
    assert got is not None
    assert (got.since, got.steps) == (250, 749)


def test_hours_are_those_of_training_and_not_of_a_pause() -> None:
    seconds = np.arange(1_000, dtype=np.float64) * 36.0
    seconds[600:] += 50 * 3_600  # the machine stood still over the week-end
    loss = falling()
    loss[400:] = 4.0
    got = lost(signals(loss, seconds), [finding("divergence", 400, 999)], cause())
    assert got is not None
    assert got.hours == pytest.approx(599 * 36 / 3_600, rel=0.01)


@pytest.mark.parametrize(
    "clock", [None, np.zeros(1_000), np.full(1_000, np.nan)], ids=["none", "stopped", "unreadable"]
)
def test_a_clock_that_tells_nothing_gives_no_hours(clock: FloatArray | None) -> None:
    assert training_hours(signals(falling(), clock).series) is None


def test_a_fault_outside_the_losses_span_counts_within_it() -> None:
    found = [
        finding("overfitting", 900, 1_400, cause="overfitting"),
        finding("stagnation", 900, 950, cause="overfitting"),
    ]
    got = lost(signals(falling()), found, cause("overfitting"))
    assert got is not None
    assert (got.since, got.steps, got.of) == (900, 99, 999)
    outside = [finding("overfitting", 1_200, 1_400, cause="overfitting")]
    assert lost(signals(falling()), outside, cause("overfitting")) is None


def test_two_faults_that_begin_together_are_one_loss() -> None:
    loss = falling()
    loss[400:] = 5.0
    both = [finding("divergence", 400, 999), finding("stagnation", 400, 600)]
    got = lost(signals(loss), both, cause())
    assert got is not None
    assert (got.since, got.steps, got.regained) == (400, 599, False)
