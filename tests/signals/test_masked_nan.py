"""Losses that stand for a NaN, and zeros that do not."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray, Series
from loglens.signals.masked_nan import hidden_non_finite
from tests.factories import falling


def series(tag: str, values: FloatArray) -> Series:
    return Series(tag=tag, steps=np.arange(len(values)) * 4, values=values)


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
