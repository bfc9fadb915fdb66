"""The annealing area against a slow version, and the interval's shape."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from loglens.advice.what_if.annealing import annealing_area, parts
from loglens.advice.what_if.annealing_fit import fit
from loglens.model.run import FloatArray
from tests.advice.what_if.curves import STEPS, cosine, course_at, held, stepped


def naive_area(rates: FloatArray, memory: float) -> FloatArray:
    """One step after another: the memory fades, a fall of the rate goes into it, and it is summed up."""
    kept, held_back, total, out = np.exp(-1.0 / memory), 0.0, 0.0, [0.0]
    for before, after in pairwise(rates.tolist()):
        held_back = held_back * kept + (before - after)
        total += held_back
        out.append(total / memory)
    return np.array(out)


@pytest.mark.parametrize("rates", [cosine(), held(0.8), stepped(0.3, 0.1)], ids=["cosine", "wsd", "step"])
def test_the_area_agrees_with_its_loop(rates: FloatArray) -> None:
    steps = np.arange(STEPS, dtype=np.float64)
    assert annealing_area(steps, rates, 200.0) == pytest.approx(naive_area(rates, 200.0), abs=5e-3)


def test_a_decay_to_zero_is_worth_one_in_the_end() -> None:
    rates = np.concatenate((np.ones(100), np.zeros(3_000)))
    area = annealing_area(np.arange(3_100, dtype=np.float64), rates, 100.0)
    assert area[90] == 0
    assert area[-1] == pytest.approx(1.0, abs=0.01)


def test_a_constant_rate_has_no_area() -> None:
    assert not annealing_area(np.arange(10.0), np.ones(10), 3.0).any()


def test_the_interval_widens_with_the_way() -> None:
    law = fit(course_at(stepped(0.5, 0.05)))
    assert law is not None
    knots, ends = np.linspace(0, STEPS, 2_001), np.array([STEPS - 1.0])
    own = np.interp(knots, np.arange(STEPS), stepped(0.5, 0.05))
    assert law.loss(knots, np.ones(2_001), ends)[1][0] > law.loss(knots, own, ends)[1][0]


def test_what_is_lent_counts_in_the_unit_of_the_rate() -> None:
    law = fit(course_at(held(0.7)))
    assert law is not None
    shape, doubled = law.shape(3e-4), law.shape(6e-4)
    assert shape.taken[0] == pytest.approx(2 * doubled.taken[0])
    assert shape.memory == doubled.memory


@pytest.mark.filterwarnings("error")
def test_numbers_beyond_all_floats_are_infinite_without_a_word() -> None:
    further, _ = parts(np.array([0.0, 500.0, 5.0, 0.0, 0.0, 0.0]), np.array([0.0, 1.0]), np.zeros(2), begins=0.0)
    assert np.isinf(further[0])
