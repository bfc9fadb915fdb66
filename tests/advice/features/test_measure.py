"""The sentences a user is shown for a number."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from loglens.advice.features import MEASURES
from loglens.advice.features.measure import Measure, percent


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


def test_a_measure_knows_what_is_no_reason() -> None:
    plain = Measure("height", lambda _: None, "it is {value} high")
    assert plain.telling(0.0)
    counted = replace(plain, absent="there is none")
    assert (counted.sentence(0.004), counted.sentence(0.006)) == ("there is none", "it is 0.01 high")
    assert (counted.telling(0.004), counted.telling(0.006)) == (False, True)
    usual = replace(plain, ordinary=(-1.0, 1.0))
    assert [usual.telling(value) for value in (-1.1, -1.0, 0.0, 1.0, 1.1)] == [True, False, False, False, True]
    assert not replace(plain, unspoken=True).telling(9.0)


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
