"""The sentences a user is shown for a number."""

from __future__ import annotations

import math

import pytest

from loglens.advice.features import MEASURES
from loglens.advice.features.measure import ABSENT, Measure, percent


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.0, "0 %"),
        (0.0001, "0 %"),
        (0.034, "3.4 %"),
        (0.5, "50 %"),
        (8.0, "800 %"),
        (5e4, "over 1,000 %"),
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


def _says(name: str, value: float) -> str:
    return next(one for one in MEASURES if one.name == name).sentence(value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("val_ups", math.log(3e-3), "from one point to the next the validation loss hardly ever rises"),
        (
            "val_ups",
            math.log(0.04),
            "from one point to the next the validation loss rises by 4.0 % of the gain on average",
        ),
        ("val_share_of_gain", 0.8, "the validation loss ended 80 % of the gain below where training began"),
        ("val_share_of_gain", -1.4, "the validation loss ended 140 % of the gain above where training began"),
        ("gap", -0.2, "validation ends 20 % of the gain below training"),
        ("wander_over_gain", math.log(1e-5), "the level hardly moves up any more"),
        ("wander_over_gain", math.log(0.2), "the level still moves up by 20 % of the gain at a time"),
        ("calm_after_early_trouble", 0.2, "early trouble outweighs later trouble by 20 % of the gain"),
        ("calm_after_early_trouble", -0.2, "later trouble outweighs early trouble by 20 % of the gain"),
        ("gap_growth", -0.2, "the gap to validation shrank by 20 % of the gain"),
        ("end_against_start", -math.log1p(0.55), "the loss ended 55 % lower than it began"),
        ("end_against_start", math.log1p(2.25), "the loss ended 225 % higher than it began"),
    ],
)
def test_a_sentence_says_which_way_it_went(name: str, value: float, says: str) -> None:
    assert _says(name, value) == says
