"""Numbers as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.model.run import StepSpan
from loglens.render import numbers


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.5234, "0.523"), (41.27, "41.3"), (123456.0, "123,456"), (2.1e-7, "2.1e-7"), (9.999, "10"), (0.0, "0"),
        (-0.2, "−0.2"), (1.0, "1"), (3e9, "3e9"), (None, "–"), (math.nan, "NaN"), (math.inf, "∞"), (-math.inf, "−∞"),
        (-4.5e-9, "−4.5e-9"), (100.0, "100"), (0.001, "0.001"),
    ],
)  # fmt: skip
def test_significant_digits(value: float | None, said: str) -> None:
    assert numbers.sig(value) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3e-3, "3e-3"), (8.04e-4, "8.04e-4"), (1.2e-3, "1.2e-3"), (0.05, "0.05"), (1.0, "1"), (2.0, "2"), (0.0, "0"),
        (9.9999997e-05, "1e-4"), (0.01, "0.01"), (None, "–"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_learning_rates(value: float | None, said: str) -> None:
    assert numbers.lr(value) == said


@given(st.floats(1e-12, 900))
def test_a_learning_rate_can_be_pasted(value: float) -> None:
    assert float(numbers.lr(value)) == pytest.approx(value, rel=6e-3)


@pytest.mark.parametrize(
    ("share", "said"), [(0.83, "83%"), (0.0, "0%"), (1.0, "100%"), (0.004, "<1%"), (0.996, ">99%")]
)
def test_no_false_certainty(share: float, said: str) -> None:
    assert numbers.percent(share) == said


def test_counts_spans_and_factors() -> None:
    assert numbers.count(1234567) == "1,234,567"
    assert numbers.count(-1200) == "−1,200"
    assert numbers.counted(1, "run") == "1 run"
    assert numbers.counted(3, "entry", "entries") == "3 entries"
    assert numbers.steps(StepSpan(start=300, end=324)) == "steps 300–324"
    assert numbers.steps(StepSpan(start=1200, end=1200)) == "step 1,200"
    assert numbers.factor(0.267) == "×0.27"
    assert numbers.factor(None) == "–"
    assert numbers.log_odds(-0.7) == "−0.7"
    assert numbers.log_odds(1.84) == "+1.8"


@pytest.mark.parametrize(
    ("value", "said"), [(500, "500"), (20_000, "20k"), (1.5e6, "1.5M"), (3e9, "3G"), (1e12, "1e12")]
)
def test_ticks_are_short(value: float, said: str) -> None:
    assert numbers.axis(value) == said
