"""Overfitting: the turn of the validation loss."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.overfitting import Overfitting
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.signals.core import Signals
from tests.factories import falling, make_run


def found(run: Run) -> list[Finding]:
    signals = Signals(run)
    return list(Overfitting().detect(signals)) if signals.val is not None else []


def overfitted(points: int = 30, *, turn: float = 0.3, rise: float = 0.8, seed: int = 0, wobble: float = 0.01) -> Run:
    rng = np.random.default_rng(seed)
    train = falling(1500, floor=0.01) * np.exp(0.05 * rng.standard_normal(1500))
    at = np.linspace(40, 1490, points).astype(int)
    x = at / 1500
    val = np.where(x < turn, 2.5 - 1.7 * x / turn, 0.8 + rise * (x - turn) / (1 - turn))
    return make_run({"loss": train, "val": (at, val + wobble * rng.standard_normal(points))})


@pytest.mark.parametrize("points", [8, 30, 200])
@pytest.mark.parametrize("turn", [0.1, 0.5])
def test_the_turn_is_found(points: int, turn: float) -> None:
    (one,) = found(overfitted(points, turn=turn))
    assert one.severity == "warning"
    assert abs(one.steps.start - 1500 * turn) <= 1500 / points + 60
    # the end is the median of the last three, so that few points end a little earlier
    assert 0.45 < (one.evidence_value("rise_share") or 0) < 1.15


def test_from_the_first_validation_on() -> None:
    run = make_run({"loss": falling(600), "val": (np.arange(50, 600, 50), np.linspace(1.0, 2.5, 11))})
    (one,) = found(run)
    assert one.steps.start == 50
    assert one.severity == "critical"


def test_four_points_are_enough() -> None:
    run = make_run({"loss": falling(400), "val": (np.array([90, 190, 290, 390]), np.array([0.8, 0.9, 1.05, 1.3]))})
    assert len(found(run)) == 1


# stays quiet


@pytest.mark.parametrize("rise", [0.0, 0.02])
def test_a_validation_that_flattens(rise: float) -> None:
    assert found(overfitted(rise=rise)) == []


def test_a_small_rise_is_a_note() -> None:
    assert {one.severity for one in found(overfitted(rise=0.08))} <= {"info"}


def test_a_wobbling_validation_without_a_trend() -> None:
    loud = [one for seed in range(20) for one in found(overfitted(rise=0.0, wobble=0.1, seed=seed))]
    assert len(loud) <= 1  # a trend by chance is one in thirty
    assert {one.severity for one in loud} <= {"info"}


def test_train_and_validation_that_rise_together_are_something_else() -> None:
    level = np.concatenate((np.linspace(2.5, 0.8, 600), np.linspace(0.8, 2.4, 900)))
    at = np.arange(50, 1500, 50)
    assert found(make_run({"loss": level, "val": (at, level[at] * 1.1)})) == []


def test_without_validation_nothing_is_said() -> None:
    assert found(make_run({"loss": falling(100)})) == []


def test_a_validation_that_is_the_judged_loss_has_nothing_to_be_compared_with() -> None:
    assert found(make_run({"val": np.linspace(1, 3, 40)})) == []
