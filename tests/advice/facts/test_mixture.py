"""A loss that goes to and fro between two levels."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.model.run import FloatArray
from tests.advice.runs import signals_of


def mixed(share: float = 0.35, *, noise: float = 0.12, fall: float = 0.0, points: int = 130) -> FloatArray:
    rng = np.random.default_rng(5)
    level = np.where(rng.random(points) < share, 3.4, 2.0) * (1 - fall * np.arange(points) / points)
    return np.asarray(level + noise * rng.standard_normal(points))


def texts(loss: FloatArray) -> list[str]:
    return [fact.text for fact in establish(signals_of(loss), ()) if "between two levels" in fact.text]


@pytest.mark.parametrize("share", [0.2, 0.35, 0.6])
def test_batches_of_two_kinds_are_told(share: float) -> None:
    (text,) = texts(mixed(share))
    low, high = (float(word.strip(",")) for word in text.partition("levels, ")[2].partition(", as")[0].split(" and "))
    assert abs(low - 2.0) < 0.1 and abs(high - 3.4) < 0.1


def test_what_is_no_mixture() -> None:
    thrown = np.where(np.arange(130) % 2 == 0, 2.0, 3.4) + 0.1 * np.random.default_rng(0).standard_normal(130)
    once = np.where(np.arange(130) < 65, 2.0, 3.4) + 0.1 * np.random.default_rng(0).standard_normal(130)
    assert not texts(np.asarray(thrown)), "from side to side at every point"
    assert not texts(np.asarray(once)), "a step, once"
    assert not texts(mixed(0.02)), "a few spikes"
    assert not texts(mixed(noise=0.4)), "one wide scatter"
    assert not texts(mixed(fall=0.5)), "the levels come down"
    assert not texts(mixed(points=30)), "too few points"
