"""What happens across one step."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.signals.core import Signals
from loglens.signals.discontinuity import discontinuity_at
from tests.factories import falling, make_run


def signals(after: float = 0.0, *, seed: int = 0, grad: float = 1.0, points: int = 1000) -> Signals:
    rng = np.random.default_rng(seed)
    values = falling(points)
    values[600:] += after
    norms = np.exp(0.1 * rng.standard_normal(points))
    norms[600:] *= grad
    return Signals(make_run({"loss": values * np.exp(0.03 * rng.standard_normal(points)), "grad": norms}))


def test_a_smooth_passage_has_no_shift() -> None:
    worst = max(
        abs(discontinuity.shift_z)
        for seed in range(30)
        if (discontinuity := discontinuity_at(signals(seed=seed), 600)) is not None
    )
    assert worst < 4.5


def test_a_shift_is_measured_in_its_unit_and_as_a_share_of_the_gain() -> None:
    discontinuity = discontinuity_at(signals(0.5), 600)
    assert discontinuity is not None
    assert discontinuity.after - discontinuity.before == pytest.approx(0.5, abs=0.08)
    assert discontinuity.shift_z > 10
    assert discontinuity.lost_share == pytest.approx(0.5 / (2.5 - discontinuity.before), rel=0.2)


def test_the_gradient_on_both_sides() -> None:
    discontinuity = discontinuity_at(signals(grad=3.0), 600)
    assert discontinuity is not None
    assert discontinuity.grad_ratio == pytest.approx(3.0, rel=0.15)


@pytest.mark.parametrize("step", [0, 1, 998, 999, 5000])
def test_too_near_an_end_there_is_no_discontinuity(step: int) -> None:
    assert discontinuity_at(signals(), step) is None
