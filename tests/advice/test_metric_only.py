"""A run with a metric and no loss: what is seen in it, no cause, no rate."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import Run
from loglens.pipeline import diagnose_run

NOISE = np.random.default_rng(3).normal(size=90)
RISE = [0.95 * (1 - math.exp(-step / 6)) + 0.004 * float(NOISE[step]) for step in range(80)]


def judged(values: list[float], role: str = "val_accuracy", **columns: list[float]) -> RunDiagnosis:
    run = Run.from_arrays({"metric": values, **columns}, roles={role: "metric", **{one: one for one in columns}})
    return diagnose_run(run)


def test_a_healthy_metric_has_no_cause_and_no_advice_on_the_rate() -> None:
    found = judged(RISE, learning_rate=[0.1 * 0.95**step for step in range(80)])
    assert (found.verdict, found.cause.cause) == ("healthy", "unknown")
    assert "Metric only" in found.cause.because[0]
    assert found.recommendation.action == "collect_more"
    assert found.recommendation.peak_lr is None and found.recommendation.lr_factor is None
    assert found.schedule.kind == "exponential"
    assert found.roles["train_loss"] is None
    curve = found.curve("metric")
    assert curve is not None and curve.values[-1] == pytest.approx(RISE[-1])


def test_a_metric_that_falls_in_for_a_moment_is_said_in_its_own_numbers() -> None:
    found = judged([*RISE[:50], 0.3, *RISE[51:]])
    dips = [one for one in found.findings if one.kind == "loss_spike"]
    assert len(dips) == 1
    assert "drops" in dips[0].summary and "0.3 at step 50" in dips[0].summary
    assert dips[0].severity == "info"


def test_a_metric_that_becomes_nan_is_critical() -> None:
    found = judged([*RISE[:50], *[math.nan] * 30])
    assert found.verdict == "critical"
    assert any(one.kind == "non_finite" and "30 of 80" in one.summary for one in found.findings)
    assert found.cause.cause == "unknown"


def test_a_plateau_is_told_at_its_own_level() -> None:
    found = judged(RISE)
    plateau = [one for one in found.findings if one.kind == "stagnation"]
    assert plateau and "0.9" in plateau[0].summary and plateau[0].severity == "info"


def test_returns_are_judged_as_returns() -> None:
    returns = [-200 + 4.0 * step + 10 * float(NOISE[step]) for step in range(90)]
    found = judged(returns, role="episode_return")
    assert "a return" in found.cause.because[0]
    assert found.verdict == "healthy"


@pytest.mark.parametrize(
    ("bad", "number", "verdict"),
    [(11, math.inf, "critical"), (1, math.inf, "critical"), (11, math.nan, "critical"), (2, math.nan, "healthy")],
)
def test_a_term_that_ends_in_no_number_is_the_end_whatever_the_metric_says(
    bad: int, number: float, verdict: str
) -> None:
    value = [0.02] * (80 - bad) + [number] * bad
    run = Run.from_arrays({"metric": RISE, "Value function loss": value}, roles={"episode_return": "metric"})
    found = diagnose_run(run)
    assert found.verdict == verdict
    assert found.cause.because[0].startswith("“Value function loss”") is (verdict == "critical")
