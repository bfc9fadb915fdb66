"""A run that follows the law gives its numbers back, and the loss under other schedules with them."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.what_if.annealing import DecayShape, K
from loglens.advice.what_if.annealing_fit import fit
from loglens.model.run import FloatArray
from tests.advice.what_if.curves import STEPS, TAKEN, cosine, course_at, end_of, held, lawful, stepped

SOURCES = {"cosine": cosine(), "wsd": held(0.8), "step": stepped(0.6, 0.1)}
TARGETS = {**SOURCES, "held 0.6": held(0.6), "constant": np.ones(STEPS)}


@pytest.mark.parametrize("source", SOURCES)
def test_one_run_tells_where_other_schedules_end(source: str) -> None:
    law = fit(course_at(SOURCES[source]))
    assert law is not None
    assert law.decay_seen > 5
    for name, rates in TARGETS.items():
        told, spread = law.loss(np.arange(STEPS, dtype=np.float64), rates, np.array([STEPS - 10.0]))
        assert abs(told[0] - end_of(rates)) < 2.5 * spread[0] + 0.004, name
        assert abs(told[0] - end_of(rates)) < 0.35 * TAKEN, name


def test_spikes_are_not_the_laws() -> None:
    clean = lawful(cosine())
    spiked = clean.copy()
    spiked[2_000:2_040] += 3.0
    ends = []
    for loss in (clean, spiked):
        law = fit(course_at(cosine(), loss))
        assert law is not None
        ends.append(law.loss(np.arange(STEPS, dtype=np.float64), held(0.8), np.array([STEPS - 10.0]))[0][0])
    assert ends[0] == pytest.approx(ends[1], abs=0.01)


def test_without_a_decay_its_weight_is_open_and_a_lent_one_is_taken() -> None:
    constant = course_at(np.ones(STEPS))
    alone = fit(constant)
    lent = fit(constant, DecayShape(taken=(TAKEN / 3e-4, 0.02 / 3e-4), memory=(np.log(180.0), 0.1)))
    assert alone is not None
    assert lent is not None
    assert alone.decay_seen < 1
    assert lent.numbers[K] == pytest.approx(TAKEN, rel=0.05)
    told, spread = lent.loss(np.arange(STEPS, dtype=np.float64), held(0.8), np.array([STEPS - 10.0]))
    assert abs(told[0] - end_of(held(0.8))) < 2 * spread[0]


@pytest.mark.parametrize(
    ("rates", "loss"),
    [
        (np.ones(10), np.linspace(3, 2, 10)),
        (np.ones(500), np.full(500, 2.0)),
    ],
    ids=["too short", "no fall"],
)
def test_what_cannot_be_fitted_is_none(rates: FloatArray, loss: FloatArray) -> None:
    assert fit(course_at(rates, loss)) is None


def test_a_loss_in_other_units_is_the_same_law() -> None:
    plain, scaled = fit(course_at(cosine())), fit(course_at(cosine(), 1_000 * lawful(cosine())))
    assert plain is not None
    assert scaled is not None
    knots, at = np.arange(STEPS, dtype=np.float64), np.array([STEPS - 10.0])
    assert scaled.loss(knots, held(0.8), at)[0][0] == pytest.approx(
        1_000 * plain.loss(knots, held(0.8), at)[0][0], rel=2e-3
    )
