"""Two questions, two answers, and none against the other."""

from __future__ import annotations

import pytest

from loglens.advice.rate_verdict import agreeing
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, LearningRate, RateVerdict

ALL: frozenset[CauseName] = frozenset({"lr_too_low", "lr_too_high", "healthy", "overfitting"})


def said(cause: CauseName, verdict: RateVerdict, probability: float = 0.9, *, known: bool = True) -> str:
    rate = LearningRate(verdict=verdict, probability=probability, because=(), regret=())
    told = agreeing(rate, (Cause(cause=cause, probability=0.8),), ALL - {"lr_too_low"}, known=known)
    assert told is not None
    return told.verdict


@pytest.mark.parametrize("verdict", ["too_low", "right", "too_high"])
def test_where_nothing_is_to_change_the_rate_is_right(verdict: RateVerdict) -> None:
    assert said("healthy", verdict) == "right"
    assert said("healthy", verdict, known=False) == "cannot_tell"


def test_a_memorising_run_has_an_answer_of_its_own() -> None:
    assert said("overfitting", "right") == "right"
    assert said("overfitting", "too_high") == "too_high"
    assert said("overfitting", "too_high", 0.5) == "cannot_tell"
    assert said("overfitting", "too_low") == "cannot_tell"


def test_a_blamed_rate_is_blamed_twice() -> None:
    assert said("lr_too_high", "right") == "too_high"
    assert agreeing(None, (Cause(cause="healthy", probability=1.0),), ALL, known=True) is None


@pytest.mark.parametrize(
    ("verdict", "told"), [("too_high", "cannot_tell"), ("too_low", "cannot_tell"), ("right", "right")]
)
def test_a_curve_put_together_from_pieces_blames_no_rate(verdict: RateVerdict, told: str) -> None:
    assert said("resume_discontinuity", verdict) == told
