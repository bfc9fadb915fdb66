"""A test of learning rates is told as one, with the rate it suggests; a warm-up is none."""

from __future__ import annotations

import numpy as np
import pytest

import loglens
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import FloatArray
from loglens.render.words import advice_line, lead


def judged(loss: FloatArray, rates: FloatArray) -> RunDiagnosis:
    return loglens.diagnose({"loss": loss.tolist(), "lr": rates.tolist()}).runs[0]


def finder(rates: FloatArray, *, limit: float = 0.05) -> FloatArray:
    """The loss of a training that starts to learn at 1e-3 and blows up from `limit` on."""
    noise = 0.02 * np.random.default_rng(3).standard_normal(len(rates))
    blown = np.where(rates > limit, 0.5 * ((rates / limit) ** 1.5 - 1), 0.0)
    return np.asarray(2.3 - 1.5 / (1 + (1e-3 / rates) ** 1.2) + blown + noise)


@pytest.mark.parametrize("ends_in_nan", [False, True])
def test_a_range_test_suggests_a_tenth_of_its_best_rate_and_is_no_fault(ends_in_nan: bool) -> None:
    rates = np.geomspace(1e-7, 10, 100)
    loss = finder(rates)
    if ends_in_nan:
        loss[-8:] = np.nan
    run = judged(loss, rates)
    fact = run.facts[0]
    assert fact.kind == "lr_range_test"
    assert 1e-3 < (fact.number("suggested") or 0.0) < 6e-3
    assert run.verdict == "healthy" and run.cause.cause == "unknown"
    assert all(item.severity == "info" for item in run.findings)
    assert "as the range test suggests" in advice_line(run) and lead(run).startswith("A test of learning rates")


def test_one_that_ends_too_early_suggests_no_rate() -> None:
    rates = np.geomspace(1e-7, 1e-3, 60)
    run = judged(finder(rates), rates)
    assert run.facts[0].kind == "lr_range_test" and run.facts[0].number("suggested") is None
    assert "again" in advice_line(run)


@pytest.mark.parametrize("rates", [np.linspace(1e-7, 1e-3, 200), np.geomspace(1e-3, 1e-5, 200), np.full(200, 1e-3)])
def test_warm_ups_decays_and_constant_rates_are_none(rates: FloatArray) -> None:
    loss = 2.3 * np.exp(-np.linspace(0, 2, 200))
    assert "lr_range_test" not in {fact.kind for fact in judged(loss, rates).facts}
