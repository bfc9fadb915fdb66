"""Validation against training: what is free of how hard each set is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.advice.features.val_fall import val_fall_share, val_fell_after_start, val_fell_late
from loglens.model.run import FloatArray
from loglens.signals.scaled import ScaledRun, read
from tests.advice.runs import STEPS, signals_of

POINTS = 40


def with_val(val: FloatArray) -> ScaledRun:
    """A train loss that falls in a straight line from 3 to 1, with that validation loss at even distances."""
    found = read(signals_of(np.linspace(3.0, 1.0, STEPS)))
    assert found is not None
    return replace(found, val=val, val_at=np.linspace(0.0, 1.0, len(val)))


@pytest.mark.parametrize("distance", [-0.5, 0.0, 4.0])
def test_the_share_of_the_fall_knows_nothing_of_the_distance(distance: float) -> None:
    found = val_fall_share(with_val(np.linspace(3.0, 2.0, POINTS) + distance))
    assert found == pytest.approx(0.5, abs=0.03)


def test_a_validation_loss_that_rises_shares_none_of_the_fall() -> None:
    found = val_fall_share(with_val(np.linspace(3.0, 3.5, POINTS)))
    assert found == pytest.approx(-0.25, abs=0.02)


def test_what_is_learnt_at_once_is_left_out_of_the_late_share() -> None:
    line = np.linspace(3.0, 2.0, POINTS)
    sudden = np.concatenate([[90.0, 40.0], line[2:]])
    assert val_fell_late(with_val(line)) == pytest.approx(0.53, abs=0.03)
    assert val_fell_late(with_val(sudden)) == pytest.approx(0.53, abs=0.03)


def test_a_fall_that_is_over_by_half_time_came_early() -> None:
    found = val_fell_late(with_val(np.maximum(np.linspace(3.0, 1.0, POINTS), 2.2)))
    assert found == pytest.approx(0.0, abs=0.03)


def test_a_few_points_share_nothing() -> None:
    few = with_val(np.linspace(3.0, 2.0, 7))
    assert val_fall_share(few) is None
    assert val_fell_late(few) is None
    assert val_fell_after_start(few) is None


def test_what_fell_after_the_start_is_held_against_the_gain_of_the_train_loss() -> None:
    line = np.linspace(3.0, 2.0, POINTS)
    sudden = np.concatenate([[90.0, 40.0], line[2:]])
    assert val_fell_after_start(with_val(line)) == pytest.approx(0.44, abs=0.03)
    assert val_fell_after_start(with_val(sudden)) == pytest.approx(0.44, abs=0.03)
