"""Losses that stand for a NaN, and zeros that do not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.model.run import FloatArray, Series
from loglens.signals.masked_nan import hidden_non_finite, nothing_left, placeholders
from tests.factories import falling


def series(tag: str, values: FloatArray) -> Series:
    return Series(tag=tag, steps=np.arange(len(values)) * 4, values=values)


def curve(values: list[float]) -> Series:
    return Series(tag="curve", steps=np.arange(len(values)), values=np.array(values))


def test_a_zero_beside_a_gradient_that_is_none() -> None:
    values, grad = falling(20), np.ones(20)
    values[[5, 12]] = 0.0
    grad[5] = np.nan
    assert hidden_non_finite(series("loss", values), series("grad", grad)).tolist() == [20]


def test_a_zero_of_a_loss_that_is_zero_is_hidden_by_its_own_gradient_alone() -> None:
    values, grad = falling(20), np.ones(20)
    values[[5, 12]] = 0.0
    grad[[6, 13]] = np.inf
    assert hidden_non_finite(series("loss", values), series("grad", grad)).tolist() == []


def test_zeros_before_the_end_are_no_end() -> None:
    values = falling(40)
    values[[5, 6, 7]] = 0.0
    values[30:] = 0.0
    values[35] = np.nan
    assert hidden_non_finite(series("loss", values), None).tolist() == [4 * at for at in range(30, 40) if at != 35]


@pytest.mark.parametrize(("last", "dead"), [(2e-3, True), (5e-4, False)])
def test_how_far_down_a_loss_may_have_come(last: float, dead: bool) -> None:
    """A loss that ended at a thousandth of its usual size was on its way to nothing."""
    values = np.concatenate((np.ones(30), np.full(5, last), np.zeros(3)))
    assert (len(hidden_non_finite(series("loss", values), None)) == 3) == dead


def test_zeros_that_end_a_log_out_of_nowhere() -> None:
    values = falling(20)
    values[16:] = 0.0
    assert hidden_non_finite(series("loss", values), None).tolist() == [64, 68, 72, 76]


@pytest.mark.parametrize(
    "values",
    [
        falling(20),
        np.append(falling(20), [0.0, 0.0]),  # two zeros may be rounding
        np.append(np.geomspace(1, 1e-9, 30), np.zeros(9)),  # a loss that has come down to zero
        np.zeros(20),
        np.zeros(0),
    ],
)
def test_zeros_that_may_be_measured(values: FloatArray) -> None:
    assert len(hidden_non_finite(series("loss", values), None)) == 0


@pytest.mark.parametrize(
    ("val", "score", "hidden"),
    [
        (None, None, True),
        ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2], None, False),  # the validation goes on
        ([0.9, 0.8, 0.7, 0.6, 0.9, 1.4, 1.3, 1.2], None, True),  # and is worse than ever
        ([0.9, 0.8, 0.7, 0.6, math.nan, math.nan, math.nan, math.nan], None, True),
        (None, [0.0, 0.2, 0.4, 0.5, 0.5, 0.5, 0.6, 0.6], False),  # the score stands
        (None, [0.0, 0.2, 0.4, 0.5, 0.1, 0.1, 0.1, 0.1], True),  # of weights that are none, chance is left
        (None, [0.5, 0.6, 0.7, 0.8, 0.62, 0.62, 0.62, 0.62], True),  # or the share of the class that is guessed
        (None, [0.0] * 8, True),
    ],
)
def test_zeros_hide_no_nan_where_the_validation_goes_on(
    val: list[float] | None, score: list[float] | None, hidden: bool
) -> None:
    loss = curve([2.0, 1.8, 1.7, 1.6, 0.0, 0.0, 0.0, 0.0])
    found = hidden_non_finite(loss, None, None if val is None else curve(val), [] if score is None else [curve(score)])
    assert found.tolist() == ([4, 5, 6, 7] if hidden else [])
    assert nothing_left(loss, found) == (None if hidden else 4)


def test_a_loss_of_0_throughout_hides_a_nan_where_no_validation_is_a_number() -> None:
    zeros = curve([0.0] * 5)
    assert hidden_non_finite(zeros, None, curve([math.nan] * 3)).tolist() == [0, 1, 2, 3, 4]
    assert hidden_non_finite(zeros, None, curve([math.nan, 0.5, 0.4])).tolist() == []
    assert hidden_non_finite(zeros, None).tolist() == []
    assert nothing_left(zeros, hidden_non_finite(zeros, None)) is None


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([0.0, 0.0, 0.9, 0.8, 0.7, 0.6, 0.5], [0, 1]),
        ([0.0, 0.9, 0.8, 0.7, 0.6, 0.5], [0]),
        ([0.9, 0.0, 0.8, 0.7, 0.6, 0.5], []),
        ([0.0, 0.9, 0.4, 0.1, 0.01, 0.001], []),
        ([0.0, 0.9, 0.8, 0.7], []),
        ([0.0, -0.9, -0.8, -0.7, -0.6, -0.5], []),
        ([0.0, math.nan, 0.8, 0.7, 0.6, 0.5, 0.4], [0, 1]),
    ],
)
def test_zeros_before_the_first_loss_stand_for_none(values: list[float], steps: list[int]) -> None:
    assert placeholders(curve(values)).tolist() == (steps if not math.isnan(values[1]) else [])
