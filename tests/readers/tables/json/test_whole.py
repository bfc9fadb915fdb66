from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.readers.tables.json.whole import whole_json

DOCUMENT = {"a": {"steps": [0, 1, 2], "values": [1.0, 0.5, 0.25]}, "b": {"text": 'brackets ]}{[, and "quotes"', "n": 1}}


def test_a_whole_document() -> None:
    assert whole_json(json.dumps(DOCUMENT)) == (DOCUMENT, None)
    value = whole_json('{"a": NaN}').value
    assert isinstance(value, dict) and math.isnan(value["a"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": {"steps": [0, 1], "values": [1.0, 0.', {"a": {"steps": [0, 1], "values": [1.0]}}),
        ('{"a": [1, 2], "b": [3], "c', {"a": [1, 2], "b": [3]}),
        ('{"a": [1, 2], "b": ', {"a": [1, 2]}),
        ('{"a": [1, 2]', {"a": [1, 2]}),
        ('{"a": "x]", "b": [1, 2', {"a": "x]", "b": [1]}),
        ("[", []),
    ],
)
def test_a_cut_document(text: str, value: object) -> None:
    assert whole_json(text).value == value
    assert whole_json(text).broken_at is not None


@given(st.integers(0, len(json.dumps(DOCUMENT)) - 1))
def test_any_cut_gives_a_part_or_nothing(cut: int) -> None:
    value, broken_at = whole_json(json.dumps(DOCUMENT)[:cut])
    assert broken_at is not None
    assert value is None or isinstance(value, dict)


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    whole_json(text)


def test_damage_in_the_middle_keeps_what_is_before_it() -> None:
    text = '{"a": [1, 2, 3], "b": [4, \x00\x00 6], "c": [7]}'
    value, broken_at = whole_json(text)
    assert value == {"a": [1, 2, 3], "b": [4]}
    assert broken_at == text.index("\x00")


def test_a_tower_of_brackets_does_not_fall() -> None:
    assert whole_json("[" * 200_000).broken_at is not None
