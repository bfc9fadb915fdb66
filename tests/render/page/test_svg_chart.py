"""Pictures without scripts: what is drawn lies where it should and is never a number no browser can read."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loglens.model.run import FloatArray
from loglens.render.page.svg_chart import LEFT, WIDTH, Line, Marker, Stretch, SvgChart, draw, ticks, value_range
from loglens.render.page.svg_scale import Scale


def picture(values: FloatArray, *, logarithmic: bool = False) -> SvgChart:
    steps = np.arange(len(values))
    span = (0, max(0, len(values) - 1))
    return draw([Line(style="a", steps=steps, values=values)], height=200, span=span, logarithmic=logarithmic)


def absolute(path: str) -> list[tuple[int, int]]:
    """The points of a path of `M` and `l` commands."""
    points = []
    x = y = 0
    for command, first, second in re.findall(r"([Ml])(-?\d+) ?(-?\d+)", path):
        x, y = (int(first), int(second)) if command == "M" else (x + int(first), y + int(second))
        points.append((x, y))
    return points


def test_a_line_runs_from_corner_to_corner() -> None:
    chart = picture(np.array([0.0, 1.0]))
    (start, end) = absolute(chart.lines[0].d)
    assert start == (LEFT, chart.bottom)
    assert end[0] == WIDTH - 12
    assert chart.top <= end[1] < chart.top + 15


def test_long_curves_become_at_most_four_points_a_unit_and_keep_their_peak() -> None:
    values = np.random.default_rng(1).normal(size=200_000)
    values[123_456] = 30.0
    points = absolute(picture(values).lines[0].d)
    assert len(points) <= 4 * WIDTH
    at, height = min(points, key=lambda one: one[1])
    assert at == pytest.approx(LEFT + (WIDTH - 12 - LEFT) * 123_456 / 199_999, abs=1)
    assert height < 40


def test_gaps_stay_gaps_and_lone_points_become_dots() -> None:
    chart = picture(np.array([1.0, 2.0, np.nan, 3.0, np.nan, 2.0, 1.0]))
    assert chart.lines[0].d.count("M") == 3
    assert chart.lines[1].style == "a dot"
    assert chart.lines[1].d.count("M") == 1
    assert chart.marks[-1].style == "lost"
    assert chart.marks[-1].d.count("M") == 2


def test_a_logarithmic_picture_leaves_out_what_has_no_logarithm() -> None:
    chart = picture(np.array([1.0, 0.0, -5.0, 100.0, 1e-6]), logarithmic=True)
    assert len(absolute(chart.lines[0].d)) == 3
    assert {tick.label for tick in chart.y_ticks} >= {"1", "1e-4"}


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), max_size=40), st.booleans())
@example([5e-324], True)
@example([5e-324, 1.79e308], True)
@example([8.98846567431158e307], True)
@example([5.000000000000327e307], True)
def test_any_values_give_coordinates_inside_the_picture(numbers: list[float], logarithmic: bool) -> None:
    chart = picture(np.array(numbers), logarithmic=logarithmic)
    for shape in chart.lines:
        for x, y in absolute(shape.d):
            assert 0 <= x <= WIDTH
            assert -20 <= y <= 220
    for tick in (*chart.x_ticks, *chart.y_ticks):
        assert np.isfinite(tick.at)


@given(st.floats(-1e300, 1e300), st.floats(1e-12, 1e300))
def test_ticks_are_few_and_inside(low: float, width: float) -> None:
    found = ticks(low, low + width, 5)
    assert len(found) <= 15
    slack = 1e-9 * (abs(low) + width)
    assert all(low - slack <= at <= low + width + slack for at in found)


def test_ticks_are_round() -> None:
    assert ticks(0, 10, 5) == [0, 2, 4, 6, 8, 10]
    assert ticks(0.03, 0.11, 4) == pytest.approx([0.04, 0.06, 0.08, 0.1])
    assert ticks(3, 3, 5) == [3]


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], (0.0, 1.0)), ([np.nan], (0.0, 1.0)), ([5.0], (4.5, 5.5)), ([0.0], (-1.0, 1.0)), ([0.1, 10.0], (0.0, 10.594))],
)
def test_value_ranges(values: list[float], expected: tuple[float, float]) -> None:
    line = Line(style="a", steps=np.arange(len(values)), values=np.array(values))
    assert value_range([line]) == pytest.approx(expected)


def test_bands_and_markers_stand_at_their_steps() -> None:
    chart = draw(
        [Line(style="a", steps=np.arange(101), values=np.ones(101))],
        height=200,
        span=(0, 100),
        bands=[Stretch(style="b", start=25, end=75, label="1"), Stretch(style="b", start=50, end=50)],
        markers=[
            Marker(style="event", step=50),
            Marker(style="peak", step=50, value=1.0),
            Marker(style="peak", step=9, value=np.nan),
        ],
    )
    width = WIDTH - 12 - LEFT
    assert chart.bands[0].x == pytest.approx(LEFT + width / 4, abs=0.1)
    assert chart.bands[0].width == pytest.approx(width / 2, abs=0.1)
    assert chart.bands[1].width == 2.0
    assert [mark.d for mark in chart.marks] == ["", "sign", ""]


def test_neighbours_above_what_floats_can_tell_apart_stay_apart() -> None:
    steps = np.arange(2**62, 2**62 + 5)
    chart = draw([Line(style="a", steps=steps, values=np.arange(5.0))], height=100, span=(2**62, 2**62 + 4))
    assert len({x for x, _ in absolute(chart.lines[0].d)}) == 5
    assert chart.x_ticks[0].label == "4,611,686,018,427,387,904"
    assert chart.x_ticks[1].label == "+1"


def test_a_scale_clips_far_outliers() -> None:
    scale = Scale(0.0, 1.0, 100.0, 0.0)
    assert scale(np.array([-50.0, 0.5, 50.0])).tolist() == [105.0, 50.0, -5.0]
