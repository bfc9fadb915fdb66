"""Packing and thinning: nothing that matters is lost on the way to the browser."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.model.diagnosis import Curve
from loglens.model.run import FloatArray, IntArray, StepSpan
from loglens.render.page.chart_data import (
    AXIS_KNOTS,
    PAGE_POINTS,
    base_step,
    fewer_points,
    packed_steps,
    packed_values,
    points_per_curve,
    run_payload,
)
from tests.diagnoses import run_diagnosis, sweep
from tests.render.edges import EDGES, HUGE, drawn, paused


def unpacked(text: str, base: int) -> list[int]:
    """What the page's script does, in Python."""
    steps, step, gap, shift = [], base, 0, 0
    for byte in base64.b64decode(text):
        gap |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            step += gap
            steps.append(step)
            gap = shift = 0
    return steps


def curve(values: FloatArray, steps: IntArray | None = None) -> Curve:
    at = np.arange(len(values)) if steps is None else steps
    return Curve(role="train_loss", series="loss", steps=at, values=values, points=len(values))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=50))
def test_steps_survive_packing(numbers: list[int]) -> None:
    steps = np.array(sorted(numbers), dtype=np.int64)
    base = int(steps[0]) if len(steps) else 0
    assert unpacked(packed_steps(steps, base), base) == steps.tolist()


def test_values_are_packed_as_little_endian_floats() -> None:
    values = np.array([1.5, np.nan, np.inf, -2e-3, 1e300])
    back = np.frombuffer(base64.b64decode(packed_values(values)), dtype="<f4")
    np.testing.assert_array_equal(back, np.array([1.5, np.nan, np.inf, -2e-3, np.inf], dtype=np.float32))


def test_short_curves_are_left_as_they_are() -> None:
    np.testing.assert_array_equal(fewer_points(curve(np.ones(80)), 80), np.arange(80))


@pytest.mark.parametrize("limit", [40, 200, 2000])
def test_thinning_keeps_ends_and_extremes_within_its_budget(limit: int) -> None:
    values = np.sin(np.arange(50_000) / 900)
    values[31_234], values[17] = 40.0, -40.0
    kept = fewer_points(curve(values), limit)
    assert {0, 17, 31_234, 49_999} <= set(kept.tolist())
    assert len(kept) <= 1.1 * limit + 4
    assert (np.diff(kept) > 0).all()


def test_thinning_keeps_where_numbers_end_and_begin_again() -> None:
    values = np.ones(10_000)
    values[4000:4100] = np.nan
    kept = set(fewer_points(curve(values), 300).tolist())
    assert {3999, 4000, 4099, 4100} <= kept


def test_half_of_the_points_stay_near_the_findings() -> None:
    kept = fewer_points(
        curve(np.random.default_rng(0).normal(size=100_000)), 1000, [StepSpan(start=50_000, end=50_400)]
    )
    near = ((kept >= 49_300) & (kept <= 51_100)).sum()
    assert near >= 450


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=200),
    st.integers(min_value=4, max_value=60),
)
def test_thinning_any_values_gives_increasing_places_and_the_extremes(numbers: list[float], limit: int) -> None:
    values = np.array(numbers)
    kept = fewer_points(curve(values), limit)
    assert (np.diff(kept) > 0).all()
    finite = values[np.isfinite(values)]
    if len(finite) and len(values) > limit:
        assert finite.max() in values[kept]
        assert finite.min() in values[kept]


def test_the_page_budget_is_shared() -> None:
    few, many = points_per_curve(sweep(1).runs), points_per_curve(sweep(20).runs)
    assert few > many
    assert many * 20 * 5 <= PAGE_POINTS
    assert points_per_curve(sweep(20).runs * 40) == 100
    assert points_per_curve(()) > 0


def test_curves_of_the_same_steps_share_one_axis() -> None:
    made = run_payload(run_diagnosis(), 5000)
    axes = [one["x"] for one in made["curves"]]
    assert [one["role"] for one in made["curves"]] == ["train_loss", "level", "val_loss", "learning_rate", "grad_norm"]
    assert axes == [0, 0, 1, 0, 0]
    assert len(made["steps"]) == 2


def test_steps_are_counted_from_the_base() -> None:
    one = EDGES["steps above 2^53"]().runs[0]
    assert base_step(one) == HUGE
    made = run_payload(one, 5000)
    assert made["base"] == str(HUGE)
    assert unpacked(made["steps"][0], HUGE) == list(range(HUGE, HUGE + 50))


def test_a_pause_stays_a_pause_on_the_time_axis() -> None:
    steps, seconds = run_payload(paused(), 5000)["axes"]["time"]
    assert len(steps) <= 2 * AXIS_KNOTS
    assert seconds[0] == 0.0
    assert seconds[steps.index(299)] == pytest.approx(598)
    assert seconds[steps.index(300)] == pytest.approx(87_000)


def test_axes_that_say_nothing_are_left_out() -> None:
    same = drawn(np.arange(9), np.ones(9), epochs=np.zeros(9), wall_times=np.full(9, np.nan))
    assert run_payload(same, 100)["axes"] == {}
