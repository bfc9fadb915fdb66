from __future__ import annotations

import math

import pytest

from loglens.readers.contract.points import Points, as_number, as_setting, flat_numbers, flat_settings, unix_seconds


def test_points_become_columns_in_order_of_writing() -> None:
    points = Points()
    points.add("b", 5, 1.0, 100.0)
    points.add("a", 5, 2.0)
    points.add("b", 3, math.nan, 101.0)
    points.add_row(7, [("a", 3.0), ("c", 4.0)])
    b, a, c = points.columns()
    assert (b.tag, b.steps.tolist(), b.wall_times is not None) == ("b", [5, 3], True)
    assert (a.tag, a.steps.tolist(), a.wall_times) == ("a", [5, 7], None)
    assert (c.tag, len(points), "c" in points, "d" in points) == ("c", 5, True, False)


def test_a_tag_at_step_zero_as_a_whole_is_counted() -> None:
    points = Points()
    for value in (1.0, 2.0, 3.0):
        points.add("nostep", 0, value)
    points.add("once", 0, 1.0)
    counted, once = points.columns(count_zero_steps=True)
    assert (counted.steps.tolist(), counted.stepless) == ([0, 1, 2], True)
    assert (once.steps.tolist(), once.stepless) == ([0], False)
    assert not points.columns()[0].stepless


def test_a_step_beyond_64_bits_is_damage() -> None:
    points = Points()
    points.add("a", 2**70, 1.0, 5.0)
    points.add("a", 1, 2.0, 6.0)
    (column,) = points.columns()
    assert (column.steps.tolist(), column.values.tolist()) == ([1], [2.0])
    assert column.wall_times is not None and column.wall_times.tolist() == [6.0]


@pytest.mark.parametrize(
    ("value", "number"),
    [(1, 1.0), (0.5, 0.5), ("Infinity", math.inf), ("-inf", -math.inf), (10**400, math.inf), (-(10**400), -math.inf),
     ({"py/object": "numpy.float64", "value": 0.25}, 0.25)],
)  # fmt: skip
def test_numbers(value: object, number: float) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize("value", [None, True, "0.5", "text", [1], {"a": 1}, {"value": {"value": 1}}])
def test_no_numbers(value: object) -> None:
    assert as_number(value) is None


def test_nan_words() -> None:
    for word in ("NaN", "nan", " -nan ", "NAN"):
        number = as_number(word)
        assert number is not None and math.isnan(number)


def test_flat_numbers_count_what_they_leave_out() -> None:
    skipped: dict[str, int] = {}
    value = {"a": 1, "b": {"c": "NaN", "d": [1]}, "img": {"_type": "image"}, "none": None}
    assert [name for name, _ in flat_numbers("m", value, skipped)] == ["m.a", "m.b.c"]
    assert skipped == {"m.b.d": 1, "m.img": 1}


def test_settings() -> None:
    assert flat_settings({"a": {"b": 1, "c": [1]}, "d": None, "e": "x"}) == {"a.b": 1, "d": None, "e": "x"}
    assert [as_setting(text) for text in ("3", "1e-4", "True", "None", " 'x' ", "")] == [3, 1e-4, True, None, "x", None]


def test_times() -> None:
    assert unix_seconds("1970-01-01T00:01:00") == 60.0
    assert unix_seconds("1970-01-01T01:01:00+01:00") == 60.0
    assert unix_seconds("yesterday") is None
    assert unix_seconds(5) is None
