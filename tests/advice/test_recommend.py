"""The recommendation: the right direction, a size with an interval, and the rate left alone where it is not the
cause."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from loglens.advice.facts import say
from loglens.advice.features import gather
from loglens.advice.recommend import LEAST_CHANGE, change, recommend
from loglens.advice.weights import weights
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, Recommendation
from loglens.model.run import Setting, configured_rate
from loglens.signals.core import Signals
from loglens.signals.scaled import read
from tests.advice.runs import STEPS, falling, signals_of

MOVES = {"lr_too_high", "lr_too_low"}


def recommended(signals: Signals, cause: CauseName, probability: float = 0.95) -> Recommendation:
    found = read(signals)
    assert found is not None
    causes = (Cause(cause=cause, probability=probability), Cause(cause="healthy", probability=1 - probability))
    return recommend(signals, found, gather(found), causes, weights())


@pytest.mark.parametrize("cause", [one for one in get_args(CauseName) if one not in MOVES | {"lr_jump"}])
def test_causes_that_are_not_the_rate_leave_it_alone(cause: CauseName) -> None:
    found = recommended(signals_of(falling(), lr=3e-3), cause)
    assert found.peak_lr == found.current_peak_lr == pytest.approx(3e-3)
    assert found.lr_factor == 1.0


def test_too_high_goes_down_and_too_low_goes_up() -> None:
    signals = signals_of(falling(), lr=3e-3)
    for cause, low, high in (("lr_too_high", 0.0, 3e-3), ("lr_too_low", 3e-3, np.inf)):
        found = recommended(signals, cause)  # type: ignore[arg-type]
        assert found.peak_lr is not None
        assert low < found.peak_lr < high
        assert found.peak_lr_low is not None
        assert found.peak_lr_high is not None
        assert found.peak_lr_low < found.peak_lr < found.peak_lr_high
        assert low <= found.peak_lr_low
        assert found.peak_lr_high <= high
        assert found.lr_factor == pytest.approx(found.peak_lr / 3e-3)
        digits = f"{found.peak_lr:.1e}".split("e")[0].removesuffix(".0").replace(".", "")
        assert digits in found.why.replace(".", "")


def test_without_a_rate_there_is_still_a_factor() -> None:
    found = recommended(signals_of(falling(), lr=None), "lr_too_high")
    assert found.peak_lr is None
    assert found.current_peak_lr is None
    assert found.lr_factor is not None
    assert found.lr_factor < 1


def test_a_jump_goes_back_to_the_planned_peak() -> None:
    rate = np.where(np.arange(STEPS) >= 600, 0.2, 0.01)
    found = recommended(signals_of(falling(), lr=rate), "lr_jump")
    assert found.action == "remove_lr_jump"
    assert found.peak_lr == pytest.approx(0.01)


def test_a_longer_warm_up_has_a_length() -> None:
    rate = 0.01 * np.minimum(1, (np.arange(STEPS) + 1) / 20)
    found = recommended(signals_of(falling(), lr=rate), "warmup_too_short")
    assert found.action == "lengthen_warmup"
    assert found.warmup_steps is not None
    assert found.warmup_steps >= 60
    assert str(found.warmup_steps) in found.why


def test_clipping_comes_from_the_calm_gradient_norms() -> None:
    norms = np.full(STEPS, 0.5)
    norms[300:320] = 80.0
    loss = falling()
    loss[300:320] += 5
    found = recommended(signals_of(loss, lr=0.01, grad_norm=norms), "lr_too_high")
    assert found.gradient_clip == pytest.approx(1.0)


def test_an_unsure_cause_moves_the_rate_less() -> None:
    sure = change("lr_too_high", {"lr_too_high": 0.95}, -5.0, 3.0)
    unsure = change("lr_too_high", {"lr_too_high": 0.4}, -5.0, 3.0)
    assert sure == -5.0
    assert sure < unsure <= -LEAST_CHANGE


def test_where_something_else_may_be_behind_it_the_rate_moves_by_a_factor_of_two_at_most() -> None:
    assert change("lr_too_high", {"lr_too_high": 0.85, "bad_data": 0.06, "dead_network": 0.06}, -5.0, 3.0) == -1.0
    assert change("lr_too_high", {"lr_too_high": 0.85, "bad_data": 0.06, "lr_jump": 0.06}, -5.0, 3.0) == -5.0


def test_a_run_that_ran_away_gets_the_whole_step() -> None:
    doubted: dict[CauseName, float] = {"lr_too_high": 0.8, "bad_data": 0.15}
    assert change("lr_too_high", doubted, -5.0, 3.0) == -1.0
    assert change("lr_too_high", doubted, -5.0, 3.0, ran_away=True) == -5.0


def test_the_direction_is_the_cause_whatever_the_size_says() -> None:
    assert change("lr_too_high", {"lr_too_high": 0.9}, +4.0, 1.0) == -LEAST_CHANGE
    assert change("lr_too_low", {"lr_too_low": 0.9}, 0.0, -4.0) == LEAST_CHANGE
    assert change("bad_data", {"bad_data": 0.9}, -4.0, 4.0) == 0.0


@pytest.mark.parametrize(
    ("config", "rate"),
    [
        ({"optimizer/lr": 3e-4}, 3e-4),
        ({"trainer.learning-rate": 0.1, "lr": 0.1}, 0.1),
        ({"lr": 0.1, "optimizer.base_lr": 0.4}, None),  # which of them the run had is anybody's guess
        ({"lr": "cosine", "batch": 8}, None),
        ({"lr": True}, None),
        ({"lr": 10**400}, None),
        ({}, None),
    ],
)
def test_the_rate_of_the_settings_stands_in_for_a_logged_one(config: dict[str, Setting], rate: float | None) -> None:
    assert configured_rate(config) == rate


def test_the_rate_of_the_settings_is_what_the_advice_starts_from() -> None:
    run = replace(signals_of(falling(), lr=None).run, config={"lr": 0.2})
    found = recommended(Signals(run), "lr_too_high")
    assert found.current_peak_lr == 0.2
    assert found.peak_lr is not None
    assert found.peak_lr < 0.2


@pytest.mark.parametrize(
    ("lr", "probability", "learned", "far"),
    [(3e-3, 0.8, True, False), (3e-3, 0.97, True, True), (3e-3, 0.8, False, True), (None, 0.97, False, False)],
)
def test_a_far_raise_needs_a_rate_and_certainty(lr: float | None, probability: float, learned: bool, far: bool) -> None:
    signals = signals_of(falling(), lr=lr)
    found = read(signals)
    assert found is not None
    causes = (Cause(cause="lr_too_low", probability=probability), Cause(cause="healthy", probability=1 - probability))
    facts = (say.fact("learned", "The loss falls."),) if learned else ()
    said = recommend(signals, found, {}, causes, weights(), facts, rate=(8.0, 7.0, 9.0))
    assert said.lr_factor is not None
    assert said.lr_factor > 20 if far else said.lr_factor == pytest.approx(10.0)
    if said.peak_lr is not None and said.peak_lr_low is not None and said.peak_lr_high is not None:
        assert said.peak_lr_low <= said.peak_lr <= said.peak_lr_high


@pytest.mark.parametrize(("high", "said"), [(6.0, "(2 to 64)"), (16.0, "(the log does not say how far)")])
def test_an_interval_of_more_than_three_decades_is_none(high: float, said: str) -> None:
    signals = signals_of(falling(steps=40_000), lr=3e-3)
    causes = (Cause(cause="lr_too_low", probability=0.99), Cause(cause="healthy", probability=0.01))
    assert said in recommend(signals, None, {}, causes, weights(), (), rate=(3.0, 1.0, high)).why


@pytest.mark.parametrize(
    ("points", "high", "most"), [(20, 9.0, 10.0), (400, 9.0, 2.0**6), (400, 14.0, 10.0)], ids=["short", "long", "open"]
)
def test_a_log_too_short_or_an_open_interval_raises_a_rate_by_one_try(points: int, high: float, most: float) -> None:
    signals = signals_of(np.linspace(0.66, 0.61, points), lr=3e-6)
    causes = (Cause(cause="lr_too_low", probability=0.97), Cause(cause="healthy", probability=0.03))
    found = recommend(signals, None, {}, causes, weights(), (), rate=(6.0, 3.0, high))
    assert found.lr_factor == pytest.approx(most)


@pytest.mark.parametrize(("lr", "said"), [(None, "by a factor of 16 (4 to 64)"), (1.0, "from 1 to about 3.1e-5")])
def test_a_rate_that_the_log_does_not_hold_comes_down_by_a_try_not_by_decades(lr: float | None, said: str) -> None:
    signals = signals_of(np.array([4.9, 12.0, np.nan]), lr=lr)
    causes = (Cause(cause="lr_too_high", probability=0.9), Cause(cause="numerical_failure", probability=0.1))
    assert said in recommend(signals, None, {}, causes, weights(), (), rate=(-15.0, -20.0, -10.0)).why
