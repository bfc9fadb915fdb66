"""A sign is told as a reason only where it is one, and in words that say why."""

from __future__ import annotations

import math
from typing import get_args

import pytest

from loglens.advice.features import MEASURES, measure
from loglens.advice.sentences.readings import readings, told
from loglens.model.causes import CauseName

EVERY = [(cause, name) for cause, rows in readings().items() for name in rows]


@pytest.mark.parametrize(("cause", "name"), EVERY)
def test_every_reading_is_of_a_measure_and_a_cause_and_is_a_sentence(cause: str, name: str) -> None:
    reading = readings()[cause][name]
    assert cause in get_args(CauseName)
    assert name in {item.name for item in MEASURES}
    assert reading.low < reading.high
    text = reading.text.format(value=measure(name).shown(max(min(0.5, reading.high), reading.low)))
    assert text.endswith(".") and "{" not in text


def test_a_sign_on_the_wrong_side_is_no_reason() -> None:
    shown = ("wander", math.log(0.1), "0.1×"), ("gradient_growth", math.log(1.0), "1×")
    assert list(told("lr_too_high", shown)) == []
    assert "no step is large enough" in next(told("lr_too_low", shown))


def test_one_idea_is_told_once() -> None:
    signs = [("gained_by_half", 0.5, "50 %"), ("half_gained_at", math.log(0.5), "50 %")]
    assert len(list(told("lr_too_low", signs))) == 1
