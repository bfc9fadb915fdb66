"""Overfitting: the turn of the validation loss."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.overfitting import Overfitting, _lowest, _of_what, _share, _wobble
from loglens.model.finding import Finding
from loglens.model.run import Run
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import rolling_median
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


def test_the_turn_is_the_lowest_value_of_those_that_made_the_lowest_median() -> None:
    values = np.array([5.0, 4, 3, 2, 2.5, 2.6, 3, 4, 5, 6])
    assert _lowest(rolling_median(values, 3), values) == 3
    assert _lowest(values[:9], values[:9]) == 3
    single = np.array([5.0, 0.1, 5, 4, 3, 2.9, 3, 4, 5, 6])
    assert _lowest(rolling_median(single, 3), single) == 5, "a single low point is no turn"
    assert _lowest(np.arange(10.0), np.arange(10.0)) == 0
    assert _lowest(np.arange(10.0)[::-1], np.arange(10.0)[::-1]) == 9


def test_the_rise_is_measured_above_what_no_training_takes_away() -> None:
    assert _share(0.5, 1.0, 0.0) == 0.5
    assert _share(0.5, 2.0, 1.5) == 1.0
    assert _share(0.5, -2.0, 0.0) == 0.25
    assert _share(0.5, 2.0, 2.0) == np.inf
    assert _of_what(0.0) == "of the lowest value"
    assert _of_what(1.5) == "of the lowest value above 1.5, which no training takes away"


def test_the_wobble_of_a_validation_needs_three_values() -> None:
    assert _wobble(np.array([1.0, 2.0])) == 0.0
    assert _wobble(np.array([1.0, 2.0, 1.0])) > 0.0
    assert _wobble(np.array([1.0, 1.1, 1.0, 1.1, 1.0])) == pytest.approx(0.1 * 1.4826 / 6**0.5, rel=1e-3)


def test_the_end_lies_above_the_turn_by_a_twentieth_and_at_least_three_points_after_it() -> None:
    train = falling(1500, floor=0.01)
    at = np.linspace(100, 1490, 8).astype(int)

    def told(val: list[float]) -> int:
        return len(found(make_run({"loss": train, "val": (at, np.array(val))})))

    assert told([2.0, 1.5, 1.2, 1.0, 1.01, 1.02, 1.051, 1.052]) == 1
    assert told([2.0, 1.5, 1.2, 1.0, 1.01, 1.02, 1.048, 1.049]) == 0
    assert told([2.0, 1.8, 1.6, 1.4, 1.0, 1.2, 1.3, 1.4]) == 1
    assert told([2.0, 1.8, 1.6, 1.4, 1.2, 1.1, 1.0, 1.4]) == 0
