from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.advice import advise
from loglens.advice.facts import say
from loglens.advice.rate_verdict import of_outlook
from loglens.advice.regret import rate_outlook
from loglens.advice.regret.joined import NUDGE, TRIAL, advised, backs, heard_of, sure_of_low, with_rate
from loglens.advice.regret.outlook import RateOutlook
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause
from loglens.model.documents.rate import rate_back, rate_document
from loglens.model.fact import Fact, FactKind
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


@pytest.mark.parametrize(
    ("right", "factor", "rate", "validated", "whole", "octaves"),
    [
        (0.95, 8.0, 1e-3, True, True, 0.0),  # a rate that is said to stay stays
        (0.8, 8.0, 1e-3, True, True, NUDGE),
        (0.5, 8.0, 1e-3, True, True, TRIAL),
        (0.5, 8.0, 1e-3, False, True, TRIAL),
        (0.5, 0.1, 1e-3, True, True, -TRIAL),
        (0.5, 0.1, 1e-3, False, True, -NUDGE),  # without a validation loss, noise looks like too high a rate
        (0.5, 8.0, None, True, True, NUDGE),
        (0.5, 8.0, 1e-3, True, False, NUDGE),
    ],
)
def test_a_rate_that_is_right_moves_by_an_octave_at_most(
    right: float, factor: float, rate: float | None, validated: bool, whole: bool, octaves: float
) -> None:
    found = rate_outlook(signals_of(falling()))
    assert found is not None
    found = replace(found, probabilities=(1 - right, right, 0.0), right_before=right, factor=factor, rate=rate)
    moved = advised(found, "healthy", validated=validated, whole=whole)
    assert moved is not None
    assert moved[0] == pytest.approx(octaves)
    assert moved[1] <= moved[0] <= moved[2]


@pytest.mark.parametrize(
    ("cause", "probability", "rate", "told", "backed"),
    [
        ("lr_too_low", 0.55, 1e-3, (), True), ("lr_too_low", 0.45, 1e-3, (), False),
        ("lr_too_low", 0.9, 1e-3, ("resumed_unharmed",), False), ("lr_too_high", 0.3, 1e-3, (), False),
        ("healthy", 0.9, 1e-3, (), False),
    ],
)  # fmt: skip
def test_the_regret_backs_too_low_a_rate_where_cause_and_curve_are_sure(
    cause: CauseName, probability: float, rate: float | None, told: tuple[FactKind, ...], backed: bool
) -> None:
    found = rate_outlook(signals_of(falling()))
    assert found is not None
    found = replace(found, probabilities=(0.8, 0.1, 0.1), rate=rate)
    facts = tuple(say.fact(kind, "It is so.", 1, 2, "loss") for kind in told)
    assert backs(found, Cause(cause=cause, probability=probability), facts) is backed


@pytest.mark.parametrize(
    ("told", "rate", "backed"),
    [
        ((), 1e-3, True), (("lr_cycles",), 1e-3, False), ((), None, True), (("validation_came_back",), 1e-3, True),
        (("validation_came_back",), None, False),
    ],
)  # fmt: skip
def test_the_regret_does_not_back_too_high_a_rate_that_goes_in_cycles_or_did_no_harm(
    told: tuple[FactKind, ...], rate: float | None, backed: bool
) -> None:
    found = rate_outlook(signals_of(falling()))
    assert found is not None
    found = replace(found, probabilities=(0.1, 0.1, 0.8), rate=rate)
    facts = tuple(say.fact(kind, "It is so.", 1, 2, "loss") for kind in told)
    assert backs(found, Cause(cause="lr_too_high", probability=0.8), facts) is backed


def test_a_curve_in_order_before_a_quiet_nan_clears_the_rate() -> None:
    loss = falling()
    loss[900:] = np.nan
    found = rate_outlook(signals_of(loss, lr=0.1))
    well, ill = (
        with_rate({"healthy": one, "lr_too_high": other}, found, NAN)["lr_too_high"]
        for one, other in ((0.95, 0.05), (0.05, 0.95))
    )
    assert well < 0.5 < ill


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


@pytest.mark.parametrize(("points", "share"), [(2, 1 / 6), (6, 0.5), (12, 1.0), (400, 1.0)])
def test_a_handful_of_losses_is_heard_by_its_length_unless_something_is_loud(points: int, share: float) -> None:
    few, away = (say.fact(kind, "It is so.") for kind in ("few_points", "ran_away"))
    assert heard_of(points, (few,)) == pytest.approx(share)
    assert heard_of(points, (few, away)) == 1.0


def test_two_losses_that_fall_a_little_do_not_size_a_raise() -> None:
    quiet = advise(signals_of(np.array([0.63, 0.58]), lr=2.8e-5), ())
    assert quiet.causes[0].cause in {"unknown", "healthy"}
    assert quiet.recommendation.action != "raise_lr"
    assert quiet.learning_rate is not None
    assert quiet.learning_rate.verdict == "cannot_tell"
    loud = advise(signals_of(np.array([2.8, 6.2]), lr=0.5), ())
    assert loud.causes[0].cause == "lr_too_high"


@pytest.mark.parametrize(
    ("points", "planned", "steps", "sure"),
    [
        (1000, False, 1000, 0.5), (60, False, 1000, 0.7), (1000, True, 1000, 0.85), (60, True, 179, 0.85),
        (50_000, True, 100_000, 0.95), (60, True, 180, 0.99), (400, True, 100_000, 0.97), (1000, False, 100_000, 0.5),
    ],
)  # fmt: skip
def test_a_short_log_and_a_long_planned_training_need_a_surer_cause(
    points: int, planned: bool, steps: int, sure: float
) -> None:
    found = outlook_at(1e-3)
    assert sure_of_low(found, planned=planned, steps=steps, points=points) == pytest.approx(sure)
    for probability, backed in ((sure - 0.01, False), (sure + 0.01, True)):
        assert backs(found, Cause(cause="lr_too_low", probability=probability), (), sure=sure) is backed


@pytest.mark.parametrize(("planned", "sure"), [(True, 0.97), (False, 0.5)])
def test_a_line_an_epoch_says_less_of_too_low_a_rate_where_a_schedule_was_planned(planned: bool, sure: float) -> None:
    assert sure_of_low(outlook_at(1e-3), planned=planned, steps=300, points=300, by_epoch=True) == sure


@pytest.mark.parametrize(("points", "sure"), [(1000, 0.9), (60, 0.97)])
def test_too_low_a_rate_that_is_not_logged_needs_a_surer_cause(points: int, sure: float) -> None:
    assert sure_of_low(outlook_at(None), points=points) == sure
    assert sure_of_low(None, points=points) == sure


@pytest.mark.parametrize(("rate", "tuned", "sure"), [(3e-5, True, 0.999), (3e-5, False, 0.5), (1e-6, True, 0.5)])
def test_a_fine_tuning_at_a_usual_rate_is_hardly_ever_told_too_low(rate: float, tuned: bool, sure: float) -> None:
    assert sure_of_low(replace(outlook_at(rate), tuned=tuned), points=1000) == sure


def test_a_game_of_two_networks_is_hardly_ever_told_too_low() -> None:
    assert sure_of_low(replace(outlook_at(1e-4), game=True), points=1000) == 0.999


@pytest.mark.parametrize(("rate", "named"), [(6e-6, "numerical_failure"), (1.0, "lr_too_high")])
def test_a_loss_lost_at_once_at_a_tiny_rate_is_the_numerics(rate: float, named: CauseName) -> None:
    facts = (*NAN, say.fact("lost_at_once", "It was lost.", 1, 2, "loss"))
    told = with_rate({}, rate_outlook(signals_of(LOST, lr=rate)), facts)
    assert max(told, key=told.__getitem__) == named


def outlook_at(rate: float | None) -> RateOutlook:
    found = rate_outlook(signals_of(falling()))
    assert found is not None
    return replace(found, probabilities=(0.8, 0.1, 0.1), rate=rate)


def test_a_loss_at_its_floor_moves_its_rate_down_by_half_an_octave_at_most() -> None:
    found = rate_outlook(signals_of(falling()))
    assert found is not None
    found = replace(found, probabilities=(0.0, 0.5, 0.5), right_before=0.5, factor=0.1, rate=1e-3)
    for learned, octaves in ((True, -TRIAL), (False, -NUDGE)):
        moved = advised(found, "healthy", learned=learned)
        assert moved is not None
        assert moved[0] == pytest.approx(octaves)


@pytest.mark.parametrize(
    ("points", "steps", "by_epoch", "sure"),
    [(30, 300, False, 0.95), (30, 30, False, 0.7), (30, 30, True, 0.95), (90, 900, False, 0.7)],
)
def test_a_few_means_hardly_show_too_low_a_rate(points: int, steps: int, by_epoch: bool, sure: float) -> None:
    outlook = rate_outlook(signals_of(falling(), lr=1e-4))
    assert sure_of_low(outlook, steps=steps, points=points, by_epoch=by_epoch) == sure


def test_a_climb_to_nan_at_a_rate_that_is_likely_too_high_is_the_rates_before_a_batchs() -> None:
    outlook = rate_outlook(signals_of(falling(), lr=0.01))
    assert outlook is not None
    high = replace(outlook, probabilities=(0.0, 0.2, 0.8))
    known: dict[CauseName, float] = {"bad_data": 0.6, "lr_too_high": 0.4}
    climbed = (say.fact("climbed_to_non_finite", "It climbed.", 1, 2, "loss"),)
    assert with_rate(known, high, ())["bad_data"] == pytest.approx(0.6)
    assert with_rate(known, high, climbed)["bad_data"] == pytest.approx(0.6 * 0.4)
