"""Accuracies that tell what the loss hides: lost for good, or never any."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.facts.accuracy import accuracy_facts
from loglens.signals.core import Signals
from tests.advice.runs import falling, run_of


def told(loss: np.ndarray, **columns: np.ndarray) -> dict[str, str]:
    return {one.kind: one.text for one in accuracy_facts(Signals(run_of(loss, lr=None, **columns)))}


def learned_and_lost(best: float, end: float, *, points: int = 200, at: int = 120) -> np.ndarray:
    accuracy = best * (1 - np.exp(-np.arange(points) / 20))
    accuracy[at:] = end
    return accuracy


@pytest.mark.parametrize(("best", "end"), [(0.61, 0.001), (61.0, 0.1), (0.97, 0.0)])
def test_an_accuracy_that_is_gone_to_the_end_is_told_whatever_the_loss_does(best: float, end: float) -> None:
    loss = -2 - 2.5 * np.linspace(0, 1, 200)
    said = told(loss, train_accuracy=learned_and_lost(best, end))["accuracy_lost"]
    assert "by step 120" in said
    assert f"{end:.3g}" in said


@pytest.mark.parametrize(
    "columns",
    [
        {"train_accuracy": learned_and_lost(0.61, 0.4)},  # most of it is still there
        {"train_accuracy": learned_and_lost(0.15, 0.001)},  # there was not much to lose
        {"train_accuracy": learned_and_lost(0.61, 0.001, at=190)},  # a moment at the end
        {"train_accuracy": learned_and_lost(0.61, 0.001), "val_accuracy": np.linspace(0.1, 0.6, 200)},
        {"train_accuracy": learned_and_lost(0.61, 0.001), "val_loss": np.linspace(2.0, 1.0, 200)},
    ],
)
def test_nothing_is_told_where_it_stays_or_something_else_goes_on(columns: dict[str, np.ndarray]) -> None:
    assert told(falling(steps=200), **columns) == {}


def standing(level: float = 8.88) -> np.ndarray:
    return np.asarray(level + 0.3 * np.exp(-np.arange(200) / 4) + 0.01 * np.random.default_rng(0).standard_normal(200))


def test_a_loss_that_stands_beside_an_accuracy_of_nothing_learns_nothing() -> None:
    rare = np.where(np.arange(200) % 40 == 0, 1 / 128, 0.0)
    assert "nothing is learned" in told(standing(), train_accuracy=rare)["stands_still"]


def test_an_accuracy_in_percent_is_told_in_percent() -> None:
    said = told(standing(), train_accuracy=np.where(np.arange(200) % 2, 1.2, 0.3) / 4)
    assert said == {}, "0.2 without a percent sign is a fifth"
    said = told(standing(), train_accuracy=np.where(np.arange(200) % 5, 0.2, 1.2))
    assert "train_accuracy at 0.2 from" in said["stands_still"]


@pytest.mark.parametrize(
    ("loss", "accuracy"),
    [
        (standing(), np.linspace(0.0, 0.008, 200)),  # slowly learns to tell many classes apart
        (standing(), np.full(200, 0.015)),  # as good as a ranking of many items gets
        (falling(steps=200) + 5, np.zeros(200)),  # the loss falls
    ],
)
def test_an_accuracy_of_little_is_no_fault_where_something_is_learned(loss: np.ndarray, accuracy: np.ndarray) -> None:
    assert told(loss, train_accuracy=accuracy) == {}
