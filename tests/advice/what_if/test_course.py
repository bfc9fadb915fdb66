"""A course keeps the mean of a loss, knows its noise, and sums the rates."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.what_if.course import BLOCKS, blocks, course, travelled
from loglens.signals.track import Track
from tests.advice.what_if.curves import course_at, held


def test_stretches_keep_the_mean_of_every_point() -> None:
    values = np.random.default_rng(1).standard_normal(5_003)
    steps, means, _ = blocks(np.arange(5_003), values)
    edges = np.concatenate(([0.0], (steps[1:] + steps[:-1]) / 2, [5_002.5]))
    sizes = np.diff(edges)
    assert float((means * sizes).sum() / sizes.sum()) == pytest.approx(float(values.mean()), abs=0.01)


def test_the_first_stretches_are_short_and_the_last_ones_alike() -> None:
    steps, _, _ = blocks(np.arange(6_000), np.ones(6_000))
    gaps = np.diff(steps)
    assert gaps[0] == 1
    assert gaps[-20:] == pytest.approx(6_000 / BLOCKS, abs=1.5)
    assert bool(np.all(gaps[:-1] <= gaps[1:] + 1.5))


def test_the_error_of_a_mean_is_that_of_its_points_and_a_slope_adds_nothing() -> None:
    rng = np.random.default_rng(2)
    _, flat, error = blocks(np.arange(12_000), 0.5 * rng.standard_normal(12_000))
    late = slice(-60, None)
    assert float(np.median(error[late])) == pytest.approx(0.5 / np.sqrt(12_000 / BLOCKS), rel=0.15)
    assert float(np.std(flat[late])) == pytest.approx(float(np.median(error[late])), rel=0.35)
    _, _, sloped = blocks(np.arange(12_000), np.linspace(100, 0, 12_000))
    assert float(sloped.max()) < 1e-9


@pytest.mark.parametrize("points", [1, 2, 3, 5, 40])
def test_short_logs_have_a_course(points: int) -> None:
    one = course(np.arange(points), np.linspace(3, 2, points), None)
    assert len(one.steps) == len(one.loss) == len(one.noise) == points
    assert one.peak is None
    assert bool(np.all(one.rates == 1))
    assert one.end == pytest.approx(float(one.level[-1]))


def test_rates_are_summed_in_steps_at_the_peak() -> None:
    assert course_at(np.ones(1_000)).travel[-1] == pytest.approx(999, rel=1e-3)
    assert course_at(held(0.0)).travel[-1] == pytest.approx(3_000, rel=1e-3)
    assert travelled(np.array([0.0, 2.0]), np.array([1.0, 0.0])).tolist() == [0.0, 1.0]


def test_a_log_that_begins_late_was_trained_before() -> None:
    steps = np.arange(2_000, 6_000, 10)
    one = course(steps, np.linspace(3, 2, len(steps)), Track(tag="lr", steps=steps, values=np.full(len(steps), 0.1)))
    assert one.knots[0] == 0
    assert one.travel[-1] == pytest.approx(5_990)


def test_a_rate_of_zero_everywhere_is_no_rate() -> None:
    steps = np.arange(50)
    assert course(steps, np.ones(50), Track(tag="lr", steps=steps, values=np.zeros(50))).peak is None
