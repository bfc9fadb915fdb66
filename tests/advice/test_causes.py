"""Causes: honest probabilities and sums that can be checked."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.causes import ranked_causes, reasons
from loglens.advice.decide import UNSURE
from loglens.advice.features import MEASURES, gather
from loglens.advice.weights import weights
from loglens.model.kinds import KINDS
from loglens.signals.scaled import read
from tests.advice.runs import STEPS, falling, signals_of


def evidence(*, swing: float = 0.0) -> dict[str, float | None]:
    found = read(signals_of(falling() + swing * ((np.arange(STEPS) % 50) > 25)))
    assert found is not None
    return dict(gather(found))


def test_probabilities_are_ranked_and_sum_to_one() -> None:
    causes = ranked_causes(evidence(), weights())
    probabilities = [one.probability for one in causes]
    assert sum(probabilities) == pytest.approx(1.0)
    assert probabilities == sorted(probabilities, reverse=True)


def test_the_likeliest_cause_shows_what_it_rests_on() -> None:
    top = ranked_causes(evidence(), weights())[0]
    assert top.weights
    assert top.because
    assert {one.name for one in top.weights} <= {one.name for one in MEASURES}
    assert [abs(one.points) for one in top.weights] == sorted((abs(one.points) for one in top.weights), reverse=True)


def test_a_finding_speaks_for_its_causes_and_is_shown() -> None:
    numbers = evidence(swing=0.1)
    without = {one.cause: one for one in ranked_causes(numbers, weights())}
    with_it = {one.cause: one for one in ranked_causes(numbers | {"found:periodic_pattern": 2.0}, weights())}
    assert with_it["data_order"].probability > without["data_order"].probability
    alone = {one.cause: one for one in ranked_causes({"found:periodic_pattern": 2.0}, weights())}
    assert [one.name for one in alone["data_order"].weights] == ["found:periodic_pattern"]
    assert not any(one.name.startswith("found:") for cause in without.values() for one in cause.weights)


def test_what_no_detector_found_says_nothing() -> None:
    card = weights().causes
    for value in (None, 0.0):
        said = card.contributions({term.name: value for term in card.terms})
        for term, points in zip(card.terms, said, strict=True):
            assert not (term.name.startswith("found:") and points.any())


def test_a_finding_is_told_in_its_own_words_and_not_by_the_weights() -> None:
    assert reasons("lr_too_low", [("found:stagnation", 1.0)], {"found:stagnation": 2.0}) == ()


def test_a_guess_is_called_unknown() -> None:
    model = weights()
    for level in (2.0, 30.0):
        flat = ranked_causes({}, type(model)(
            causes=model.causes, temperature=level * 50, down=model.down, down_octaves=1, up=model.up, up_octaves=1,
        ))  # fmt: skip
        assert flat[0].cause == "unknown"
        assert flat[0].probability == UNSURE
        assert sum(one.probability for one in flat) == pytest.approx(1.0)


def test_the_weights_know_every_piece_of_evidence() -> None:
    names = {one.name for one in MEASURES}
    assert {term.name for term in weights().causes.terms} <= names | {f"found:{kind}" for kind in KINDS}
    for card in (weights().down, weights().up):
        assert {term.name for term in card.terms} <= names | {"log2_lr"}
    assert len(weights().causes.outcomes) == 12


def test_the_strongest_sign_comes_first_and_what_is_usual_is_no_reason() -> None:
    ranked = [("spike_count", 1.0), ("mean_rate", 3.0), ("jump_ratio", 2.0)]
    numbers = {"mean_rate": 0.0, "jump_ratio": 2.0, "spike_count": 1.0}
    said = reasons("lr_jump", ranked, numbers)
    assert said[0].startswith("The rate jumped") and len(said) == 1
    assert not any("(+" in one for one in said)
    assert reasons("lr_too_low", [("promise_lost", 2.0)], {"promise_lost": 3.0}) == ()
