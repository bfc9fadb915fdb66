"""The additive model: sums, knots, missing evidence, and its JSON form."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.advice.scorecard import Scorecard, Term, from_document, hat, to_document


@pytest.fixture
def card() -> Scorecard:
    return Scorecard(
        outcomes=("well", "ill"),
        bias=np.array([0.5, -0.5]),
        terms=(
            Term(
                name="heat",
                knots=np.array([0.0, 1.0, 3.0]),
                points=np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 2.0]]),
                missing=np.array([0.25, 0.0]),
            ),
        ),
    )


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30))
def test_hat_weights_sum_to_one_and_reproduce_the_value_inside(values: list[float]) -> None:
    knots = np.array([-2.0, 0.0, 0.5, 7.0])
    weights = hat(np.array(values), knots)
    assert np.allclose(weights.sum(axis=1), 1.0)
    assert np.allclose(weights @ knots, np.clip(values, -2.0, 7.0), atol=1e-9)


def test_between_knots_points_are_interpolated(card: Scorecard) -> None:
    assert card.scores({"heat": 2.0}) == pytest.approx([0.5 - 0.5, -0.5 + 1.5])


def test_beyond_the_outer_knots_nothing_more_is_added(card: Scorecard) -> None:
    assert card.scores({"heat": 99.0}) == pytest.approx(card.scores({"heat": 3.0}))


def test_terms_of_unlike_lengths_are_each_read_off_their_own_knots() -> None:
    rng = np.random.default_rng(0)
    terms = tuple(
        Term(
            name=str(many), knots=np.sort(rng.normal(size=many)), points=rng.normal(size=(many, 2)), missing=np.ones(2)
        )
        for many in (1, 2, 3, 7)
    )
    card = Scorecard(outcomes=("well", "ill"), bias=np.zeros(2), terms=terms)
    for value in (-9.0, 0.1, float(terms[3].knots[2]), 9.0):
        said = card.contributions({term.name: value for term in terms})
        for term, points in zip(terms[1:], said[1:], strict=True):
            assert points == pytest.approx((hat(np.array([value]), term.knots) @ term.points)[0])
        assert said[0] == pytest.approx(terms[0].points[0])


def test_missing_evidence_adds_its_own_points(card: Scorecard) -> None:
    assert card.scores({}) == pytest.approx([0.75, -0.5])
    assert card.scores({"heat": None}) == pytest.approx([0.75, -0.5])


def test_document_round_trip(card: Scorecard) -> None:
    again = from_document(json.loads(json.dumps(to_document(card))))
    assert again.outcomes == card.outcomes
    for value in (None, -1.0, 0.3, 2.2):
        assert again.scores({"heat": value}) == pytest.approx(card.scores({"heat": value}), abs=2e-3)


def test_a_document_without_terms_is_refused() -> None:
    with pytest.raises(TypeError, match="outcomes"):
        from_document({"outcomes": ["a"], "bias": [0.0], "terms": []})
