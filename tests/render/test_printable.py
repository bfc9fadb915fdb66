"""Text of strangers on one line: nothing moves the cursor, turns the reading order or is invisible."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.render.printable import ESCAPED, JOINERS, printable, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("train/loss", "train/loss"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("abc\u202edef", "abc\\u202edef"),
        ("损失", "损失"),
        ("👩\u200d💻", "👩\u200d💻"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(), st.integers(0, 40))
def test_nothing_dangerous_is_left_and_the_limit_holds(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert len(shown) <= limit
    assert not [one for one in shown if unicodedata.category(one) in ESCAPED and one not in JOINERS]


def test_both_ends_of_a_long_text_can_be_told() -> None:
    assert shortened("abcdefghijklmnop", 7) == "abcd…op"
    assert shortened("abc", 3) == "abc"
