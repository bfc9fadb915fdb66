"""The sentences a user is shown for a number."""

from __future__ import annotations

import pytest

from loglens.advice.evidence import MEASURES
from loglens.advice.evidence.measure import ABSENT, Measure, percent


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.0, "0 %"),
        (0.0001, "0 %"),
        (0.034, "3.4 %"),
        (0.5, "50 %"),
        (12.0, "1,200 %"),
        (5e4, "over 10,000 %"),
        (-0.2, "-20 %"),
    ],
)
def test_a_share_is_read_at_a_glance(value: float, says: str) -> None:
    assert percent(value) == says


def test_every_absent_sign_belongs_to_a_measure() -> None:
    assert set(ABSENT) <= {one.name for one in MEASURES}


@pytest.mark.parametrize("measure", MEASURES, ids=[one.name for one in MEASURES])
@pytest.mark.parametrize("value", [0.0, 0.3, -0.3, 4.0, 60.0])
def test_every_sentence_can_be_said_of_every_number(measure: Measure, value: float) -> None:
    sentence = measure.sentence(value)
    assert "{" not in sentence
    assert "nan" not in sentence
    assert "e+" not in sentence
