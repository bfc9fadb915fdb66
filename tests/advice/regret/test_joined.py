from __future__ import annotations

import numpy as np
import pytest

from loglens.advice import advise
from loglens.advice.facts import say
from loglens.advice.rate_verdict import of_outlook
from loglens.advice.regret import rate_outlook
from loglens.advice.regret.joined import TRIAL, advised, with_rate
from loglens.model.diagnosis import Cause
from loglens.model.documents.rate import rate_back, rate_document
from loglens.model.fact import Fact
from tests.advice.runs import falling, signals_of

LOST = np.append(2.3, np.full(199, np.nan))
NAN: tuple[Fact, ...] = (say.fact("ends_non_finite", "It ended.", 90, 100, "loss"),)


def test_the_fitted_weights_and_the_regret_are_joined_to_a_distribution() -> None:
    known = {"lr_too_low": 0.2, "healthy": 0.5, "lr_too_high": 0.1, "bad_data": 0.2}
    joined = with_rate(known, rate_outlook(signals_of(falling())), ())  # type: ignore[arg-type]  # str keys
    assert sum(joined.values()) == pytest.approx(1.0)
    assert joined["bad_data"] == pytest.approx(0.2)


def test_a_network_stuck_at_a_huge_rate_is_the_rates() -> None:
    loss = 2.303 + 0.02 * np.random.default_rng(0).standard_normal(1000)
    loss[1:20] = 1e5
    joined = with_rate({"dead_network": 0.9, "lr_too_high": 0.1}, rate_outlook(signals_of(loss, lr=5.0)), ())
    assert joined["lr_too_high"] > 0.5


def test_a_quiet_end_in_nan_is_the_numerics_at_a_usual_rate_and_the_rates_at_a_huge_one() -> None:
    loss = falling()
    loss[900:] = np.nan
    usual, huge = (with_rate({}, rate_outlook(signals_of(loss, lr=rate)), NAN) for rate in (1e-4, 5.0))
    assert usual["numerical_failure"] > usual["lr_too_high"]
    assert huge["lr_too_high"] > huge["numerical_failure"]


def test_a_rate_that_is_right_moves_by_an_octave_at_most() -> None:
    moved = advised(rate_outlook(signals_of(falling())), "healthy")
    assert moved is not None
    assert abs(moved[0]) <= 2 * TRIAL


def test_a_cause_that_is_not_the_rates_leaves_it_alone() -> None:
    assert advised(rate_outlook(signals_of(falling())), "bad_data") is None
    assert with_rate({"healthy": 1.0}, None, ()) == {"healthy": 1.0}


def test_the_advice_carries_the_verdict_and_the_sentence_says_the_number() -> None:
    advice = advise(signals_of(LOST, lr=3.0), ())
    assert advice.learning_rate is not None
    assert advice.learning_rate.verdict == "too_high"
    assert advice.causes[0].cause == "lr_too_high"
    assert advice.recommendation.lr_factor is not None
    assert advice.recommendation.lr_factor < 0.1


def test_the_document_of_the_rate_is_read_back_as_it_was() -> None:
    rate = of_outlook(rate_outlook(signals_of(falling())), ())
    assert rate is not None
    back = rate_back(rate_document(rate))
    assert back.verdict == rate.verdict
    assert back.because == rate.because
    assert [one.factor for one in back.regret] == [one.factor for one in rate.regret]
    assert any(one.factor == 1.0 for one in rate.regret)


def test_the_verdict_on_the_rate_never_contradicts_the_cause_that_leads() -> None:
    found = rate_outlook(signals_of(np.linspace(2.3, 2.2, 2000), lr=1e-6))
    sure, torn = (
        of_outlook(found, (Cause(cause="healthy", probability=share), Cause(cause="lr_too_low", probability=0.1)))
        for share in (0.9, 0.1)
    )
    assert sure is not None
    assert torn is not None
    assert {sure.verdict, torn.verdict} <= {"right", "cannot_tell"}
