"""Steadiness: wobbles whose size is known, and numbers that neither floor nor noise nor first fall can move."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loglens.advice.features import measure, steadiness
from loglens.model.run import FloatArray
from loglens.signals.scaled import ScaledRun, read
from tests.advice.runs import STEPS, falling, signals_of

POINTS = 40


def reading_of(
    loss: FloatArray, *, lr: FloatArray | float | None = 0.01, grad_norm: FloatArray | None = None
) -> ScaledRun:
    columns: dict[str, Any] = {} if grad_norm is None else {"grad_norm": grad_norm}
    found = read(signals_of(loss, lr=lr, **columns))
    assert found is not None
    return found


def with_val(val: FloatArray, *, seed: int = 1) -> ScaledRun:
    """A falling run with that validation loss at even distances."""
    return replace(reading_of(falling(seed)), val=val, val_at=np.linspace(0.02, 1.0, len(val)))


def zigzag(fall: float, swing: float) -> FloatArray:
    """A validation loss that falls by `fall` a point and swings by `swing` to either side."""
    place = np.arange(POINTS, dtype=np.float64)
    return np.asarray(2.0 - fall * place + swing * (-1.0) ** place)


@pytest.mark.parametrize(("fall", "swing"), [(0.01, 0.001), (0.01, 0.02), (0.002, 0.01)])
def test_a_wobble_is_held_against_the_fall(fall: float, swing: float) -> None:
    """The middle of the neighbours of a point of a zigzag lies on its other side: two swings away."""
    found = steadiness.val_wobble_over_fall(with_val(zigzag(fall, swing)))
    assert found == pytest.approx(math.log(2 * swing / fall), abs=1e-6)


def test_a_floor_and_a_steep_start_change_nothing() -> None:
    val = zigzag(0.005, 0.004)
    plain = with_val(val)
    lifted = replace(plain, val=val + 50.0, loss=plain.loss + 50.0)
    steep = replace(plain, val=np.concatenate([[30.0, 9.0], val[2:]]))
    for number in (steadiness.val_wobble_over_fall, steadiness.val_wobble_change, steadiness.val_late_trend):
        assert number(lifted) == pytest.approx(number(plain), abs=1e-6)
        assert number(steep) == pytest.approx(number(plain), abs=1e-6)
    scatter = steadiness.val_wobble_over_scatter
    assert scatter(lifted) == pytest.approx(scatter(plain), abs=1e-6)


def test_the_wobble_is_compared_with_the_scatter_of_the_train_loss() -> None:
    calm, wild = (steadiness.val_wobble_over_scatter(with_val(zigzag(0.005, swing))) for swing in (0.001, 0.01))
    assert calm is not None
    assert wild is not None
    assert wild - calm == pytest.approx(math.log(10), abs=1e-6)


def test_a_wobble_that_calms_down_is_seen() -> None:
    place = np.arange(POINTS, dtype=np.float64)
    swing = np.where(place < POINTS / 2, 0.02, 0.005)
    found = steadiness.val_wobble_change(with_val(2.0 - 0.01 * place + swing * (-1.0) ** place))
    assert found == pytest.approx(math.log(0.25), abs=1e-6)


def test_the_late_trend_has_the_sign_of_the_slope_and_chance_has_none() -> None:
    noise = 0.01 * np.random.default_rng(0).standard_normal(POINTS)
    at = np.linspace(0.02, 1.0, POINTS)
    falls, rises, stays = (
        steadiness.val_late_trend(with_val(1.0 + slope * np.log(at) + noise)) for slope in (-0.3, 0.3, 0.0)
    )
    assert falls is not None
    assert rises is not None
    assert stays is not None
    assert falls < -math.log1p(5)
    assert rises > math.log1p(5)
    assert abs(stays) < math.log1p(3)


def test_a_gradient_norm_whose_level_wanders_is_told_from_independent_batches() -> None:
    noise = 0.3 * np.random.default_rng(2).standard_normal(STEPS)
    slow = 0.8 * np.sin(np.arange(STEPS) / 25)
    still, moving = (
        steadiness.gradient_wander(reading_of(falling(2), grad_norm=np.exp(noise + level))) for level in (0.0, slow)
    )
    assert still is not None
    assert moving is not None
    assert abs(still) < 0.6
    assert moving > still + 1.0


def test_what_comes_and_goes_with_the_rate_is_no_progress() -> None:
    share = (np.arange(STEPS) + 1) / STEPS
    rate = 0.5 + 0.5 * np.cos(math.pi * share)
    spent = np.cumsum(rate) / rate.sum()
    noise = 0.01 * np.random.default_rng(3).standard_normal(STEPS)
    found = {}
    for pace in (0.0, 0.2):
        run = reading_of(np.asarray(3.0 - pace * np.log(spent) + 0.5 * rate + noise), lr=rate)
        gained = steadiness.gained_apart_from_rate(run)
        assert gained is not None
        found[pace] = gained * run.gain
    assert found[0.0] == pytest.approx(0.0, abs=0.01)
    assert found[0.2] == pytest.approx(0.2 * math.log(2), abs=0.02)


def test_a_rate_that_stays_says_nothing_of_its_own_effect() -> None:
    assert steadiness.gained_apart_from_rate(reading_of(falling(1), lr=0.01)) is None
    assert steadiness.gained_apart_from_rate(reading_of(falling(1), lr=None)) is None


def test_a_few_points_tell_no_wobble_from_a_trend() -> None:
    bare = reading_of(falling(1))
    few = with_val(zigzag(0.01, 0.01)[:9])
    for reading in (bare, few):
        assert [one.of(reading) for one in steadiness.MEASURES] == [None] * len(steadiness.MEASURES)


def test_a_best_within_the_wobble_is_no_turning_point() -> None:
    noise = 0.01 * np.random.default_rng(4).standard_normal(POINTS)
    at = np.linspace(0.0, 1.0, POINTS)
    flat = steadiness.val_above_best_in_wobbles(with_val(1.0 - np.minimum(at, 0.3) + noise))
    turned = steadiness.val_above_best_in_wobbles(with_val(1.0 - at + 3 * np.maximum(at - 0.5, 0.0) + noise))
    assert flat is not None
    assert turned is not None
    assert flat < math.log1p(5)
    assert turned > math.log1p(20)


def test_one_blow_stands_above_the_wobble() -> None:
    val = zigzag(0.005, 0.005)
    blow = val + np.where(np.arange(POINTS) == 30, 0.5, 0.0)
    calm, hit = (steadiness.val_largest_rise_in_wobbles(with_val(one)) for one in (val, blow))
    assert calm == pytest.approx(math.log(0.5), abs=0.01)
    assert hit is not None
    assert hit > math.log(30)


def test_a_validation_loss_that_follows_the_rate_is_told_from_progress() -> None:
    at = np.linspace(0.02, 1.0, POINTS)
    rate = 0.5 + 0.5 * np.cos(6 * math.pi * np.linspace(0, 1, STEPS))
    run = reading_of(falling(1), lr=rate)
    spent, now = np.interp(at, run.clock, run.lr_clock), np.interp(at, run.clock, rate)
    for follows in (0.0, 0.3):
        val = 2.0 - 0.2 * np.log(np.maximum(spent, 1e-4)) + follows * now
        found = steadiness.val_moves_with_rate(replace(run, val=val, val_at=at))
        assert found == pytest.approx(follows / run.gain, abs=1e-6)
    steady = replace(reading_of(falling(1), lr=0.01), val=2.0 - at, val_at=at)
    assert steadiness.val_moves_with_rate(steady) is None


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        (-30.0, "still falls beyond doubt"),
        (-8.0, "still falls (8 standard errors)"),
        (0.5, "neither falls nor rises"),
        (12.0, "rises (12 standard errors)"),
    ],
)
def test_a_late_trend_is_told_in_words(errors: float, said: str) -> None:
    value = float(np.copysign(np.log1p(abs(errors)), errors))
    assert measure("val_late_trend").sentence(value) == f"late in the run the validation loss {said}"
