"""A rate f times as high reaches the same loss after 1/f of the steps; the interval says how far off that may be."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.what_if.course import course
from loglens.advice.what_if.rescale import error_scale, rescaled, sooner
from loglens.model.run import FloatArray


def flow(rate: float, steps: int = 4_000) -> FloatArray:
    """Gradient descent on a quadratic of many curvatures: the loss of a training far below its limit."""
    curvature = np.geomspace(1e-3, 1.0, 40)
    left = (1 - rate * curvature[None, :]) ** np.arange(steps)[:, None]
    return np.asarray((curvature * left**2).sum(axis=1))


@pytest.mark.parametrize("factor", [1.5, 4.0, 10.0])
def test_the_curve_of_a_higher_rate_is_inside(factor: float) -> None:
    low = course(np.arange(4_000), flow(0.01), None)
    steps, loss, least, most = rescaled(low, factor)
    real = np.interp(steps, np.arange(4_000), flow(0.01 * factor))
    late = steps > 40  # before, a level is the mean of stretches that fall steeply
    assert real[late] == pytest.approx(loss[late], rel=0.05)
    assert float(np.mean((least[late] <= real[late]) & (real[late] <= most[late]))) > 0.9


def test_a_step_comes_sooner_by_the_factor() -> None:
    one = course(np.arange(100, 1_100), flow(0.01, 1_000), None)
    assert sooner(one, np.array([1_000.0]), 4.0)[0] == pytest.approx(250.0)  # the log began late, the run did not


def test_the_error_grows_with_the_factor_and_with_the_slope() -> None:
    one = course(np.arange(4_000), flow(0.01), None)
    assert bool(np.all(error_scale(one, 8.0) > error_scale(one, 2.0)))
    assert error_scale(one, 4.0)[30] > error_scale(one, 4.0)[-1]


def test_a_loss_that_is_never_negative_has_no_negative_bound() -> None:
    one = course(np.arange(4_000), flow(0.05) - flow(0.05).min(), None)
    assert rescaled(one, 30.0)[2].min() == 0.0
    below = course(np.arange(4_000), flow(0.05) - 5.0, None)
    assert rescaled(below, 30.0)[2].min() < -4.9
