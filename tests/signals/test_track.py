"""The finite points of a series."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import Series, StepSpan
from loglens.signals.track import Track

STEPS = np.array([0, 10, 20, 30, 45])
TRACK = Track(tag="lr", steps=STEPS, values=np.array([1.0, 2.0, 4.0, 8.0, 8.0]))


def test_only_finite_points_are_taken() -> None:
    series = Series(tag="loss", steps=STEPS, values=np.array([1.0, np.nan, 3.0, np.inf, 5.0]))
    assert Track.from_series(series).steps.tolist() == [0, 20, 45]
    assert Track.from_series(series, drop=np.array([20])).steps.tolist() == [0, 45]


def test_interval_and_span() -> None:
    assert TRACK.interval == 10
    assert TRACK.span == StepSpan(start=0, end=45)
    assert Track(tag="x", steps=np.array([7]), values=np.array([1.0])).interval == 1
    assert Track(tag="x", steps=np.array([7, 12]), values=np.ones(2)).interval == 5


@pytest.mark.parametrize(("step", "index"), [(-5, 0), (0, 0), (9, 0), (10, 1), (44, 3), (99, 4)])
def test_the_last_point_at_or_before_a_step(step: int, index: int) -> None:
    assert TRACK.index_at(step) == index


def test_values_between_and_beyond_the_points() -> None:
    assert TRACK.at(np.array([-1, 5, 45, 99])).tolist() == [1.0, 1.5, 8.0, 8.0]
    assert np.isnan(Track(tag="x", steps=np.zeros(0, dtype=np.int64), values=np.zeros(0)).at(np.array([1]))).all()


def test_points_between_two_steps_ends_included() -> None:
    assert TRACK.steps[TRACK.between(10, 30)].tolist() == [10, 20, 30]
    assert TRACK.steps[TRACK.between(11, 19)].tolist() == []


def test_arrays_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        TRACK.values[0] = 3.0
