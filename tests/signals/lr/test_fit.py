"""A formula is told by its shape: not by its height, its floor, its length, nor by the rounding of the log."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.lr.fit import best_fit

CURVES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "linear": lambda u: 1 - 0.8 * u,
    "exponential": lambda u: np.exp(-4 * u),
    "cosine": lambda u: 0.1 + 0.45 * (1 + np.cos(np.pi * u)),
    "inverse_sqrt": lambda u: (1 + 30 * u) ** -0.5,
}


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize("peak", [3e-5, 0.1, 40.0])
@pytest.mark.parametrize("points", [12, 400])
def test_a_curve_is_told_by_its_family(kind: str, peak: float, points: int) -> None:
    steps = 500 + 20 * np.arange(points)
    found = best_fit(steps, peak * CURVES[kind](np.linspace(0, 1, points)))
    assert found is not None
    assert found.kind == kind
    assert found.miss < 1e-3


@pytest.mark.parametrize("kind", CURVES)
def test_two_printed_digits_do_not_hide_the_family(kind: str) -> None:
    u = np.linspace(0, 1, 60)
    printed = np.array([float(f"{value:.2e}") for value in 3e-4 * CURVES[kind](u)])
    found = best_fit(np.arange(60), printed)
    assert found is not None and found.kind == kind


def test_three_points_and_noise_are_no_formula() -> None:
    assert best_fit(np.arange(3), np.array([3.0, 2.0, 1.0])) is None
    noise = np.random.default_rng(0).uniform(0.1, 1.0, 50)
    assert best_fit(np.arange(50), noise) is None


def test_a_first_point_half_in_the_warm_up_is_left_out() -> None:
    values = 1 - 0.9 * np.linspace(0, 1, 30)
    values[0] = 0.6
    found = best_fit(np.arange(30), values)
    assert found is not None and found.kind == "linear"
