from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.regret.features import GROUPS, NAMES, features_of, measure, vector
from tests.advice.runs import falling, signals_of


def test_every_number_belongs_to_one_line_of_the_evidence() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(NAMES)


def test_what_is_measured_has_a_place_in_the_vector() -> None:
    loss = falling()
    numbers = measure(np.arange(1000.0), loss, lr=np.full(1000, 0.1), val=loss[::50], grad=loss)
    assert set(numbers) <= set(NAMES)
    assert np.isfinite(vector(numbers)).sum() > 55


@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_the_unit_of_the_loss_and_of_time_changes_nothing(factor: float) -> None:
    loss = falling()
    plain = vector(measure(np.arange(1000.0), loss, lr=np.full(1000, 0.1), val=loss[::50]))
    other = vector(measure(10 * np.arange(1000.0), factor * loss, lr=np.full(1000, 3.0), val=factor * loss[::50]))
    assert np.allclose(plain, other, atol=1e-4, equal_nan=True)


@pytest.mark.parametrize("points", [1, 2, 3, 5, 12, 40])
def test_any_length_is_measured(points: int) -> None:
    numbers = measure(np.arange(float(points)), falling(steps=points), val=falling(steps=points))
    assert numbers["share_finite"] == 1.0
    assert not np.isinf(vector(numbers)).any()


def test_a_loss_that_is_lost_says_when() -> None:
    loss = np.where(np.arange(100) < 25, falling(steps=100), np.nan)
    numbers = measure(np.arange(100.0), loss)
    assert numbers["share_finite"] == 0.25
    assert numbers["died_at"] == 0.25


def test_a_slower_copy_of_a_curve_makes_more_of_its_fall_late() -> None:
    fast, slow = (features_of(signals_of(falling(pace=pace, noise=0.0))) for pace in (10.0, 300.0))
    assert slow["left_1"] > 3 * fast["left_1"]
