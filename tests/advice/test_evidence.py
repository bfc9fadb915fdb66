"""Evidence: known truths, no unit, no crash."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loglens.advice.features import MEASURES, gather, measure
from loglens.model.run import Rewind
from loglens.signals.scaled import LEAST_POINTS, read
from tests.advice.runs import STEPS, falling, reading_of, signals_of


def test_names_are_unique_and_every_measure_says_where_it_comes_from() -> None:
    assert len({one.name for one in MEASURES}) == len(MEASURES)
    for one in MEASURES:
        assert one.of.__doc__, one.name
        assert "{" not in one.sentence(0.5), one.name


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        measure("phase_of_the_moon")


@given(
    loss=st.lists(st.floats(-1e12, 1e12) | st.just(math.nan) | st.just(math.inf), min_size=14, max_size=70),
    lr=st.sampled_from([None, 0.0, 1e-3, "falling"]),
    norm=st.booleans(),
    val=st.booleans(),
)
@example(
    loss=[math.nan, 5e-324, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, math.nan, 0.0, 1.0, 2.0, 2.0, 0.0],
    lr=None,
    norm=False,
    val=False,
)
@settings(max_examples=60, deadline=None)
def test_any_log_gives_finite_numbers_or_none(loss: list[float], lr: object, norm: bool, val: bool) -> None:
    values = np.array(loss)
    if np.count_nonzero(np.isfinite(values)) < 2:
        return
    columns = {}
    if norm:
        columns["grad_norm"] = np.abs(values)
    if val:
        columns["val_loss"] = values[::-1].copy()
    rate = np.linspace(1, 0, len(values)) if lr == "falling" else lr
    found = read(signals_of(values, lr=rate, **columns))  # type: ignore[arg-type]
    if found is not None:
        for name, number in gather(found).items():
            assert number is None or math.isfinite(number), name


def test_the_unit_of_the_loss_does_not_matter() -> None:
    loss = falling(3)
    plain, scaled = gather(reading_of(loss)), gather(reading_of(1000 * loss))
    for name, number in plain.items():
        assert scaled[name] == (None if number is None else pytest.approx(number, rel=1e-5, abs=1e-5)), name


def test_the_size_of_the_rate_does_not_matter() -> None:
    decay = np.linspace(1, 0.01, STEPS)
    small, large = gather(reading_of(falling(4), lr=1e-6 * decay)), gather(reading_of(falling(4), lr=50 * decay))
    for name, number in small.items():
        assert large[name] == (None if number is None else pytest.approx(number, rel=1e-6, abs=1e-6)), name


def test_what_a_log_lacks_is_none() -> None:
    bare = gather(reading_of(falling(), lr=None))
    for name in ("mean_rate", "jump_ratio", "gradient_growth", "val_rise", "repeats_with_epoch"):
        assert bare[name] is None, name


def test_too_few_points_are_not_read() -> None:
    assert read(signals_of(falling()[: LEAST_POINTS - 1])) is None


def test_gain_of_the_last_doubling() -> None:
    line = np.linspace(2.0, 1.0, STEPS)
    assert measure("gained_per_doubling").of(reading_of(line)) == pytest.approx(0.45, abs=0.03)
    done = np.where(np.arange(STEPS) < 100, 2.0, 1.0) + 1e-3 * np.sin(np.arange(STEPS))
    assert measure("gained_per_doubling").of(reading_of(done)) == pytest.approx(0.0, abs=0.01)


def test_alternating_losses_are_anticorrelated() -> None:
    loss = falling(noise=0.0) + 0.2 * (-1.0) ** np.arange(STEPS)
    value = measure("neighbours").of(reading_of(loss))
    assert value is not None
    assert value < -0.8


def test_a_bad_batch_stands_alone_and_an_instability_grows() -> None:
    single, slow = falling(1), falling(1)
    single[600] += 3.0
    slow[590:640] += 3.0 * np.exp(-((np.arange(50) - 12.0) ** 2) / 40)
    assert measure("spike_rise").of(reading_of(single)) == 0.0
    rise = measure("spike_rise").of(reading_of(slow))
    assert rise is not None
    assert rise > 1.0
    gap = measure("spike_gap").of(reading_of(single))
    assert gap is not None
    assert gap > 2.0


def test_a_jump_goes_where_the_rate_has_never_been_and_a_restart_does_not() -> None:
    steps = np.arange(STEPS)
    jump = np.where(steps >= 500, 0.2, 0.01)
    restart = 0.01 * (0.05 + 0.95 * 0.5 * (1 + np.cos(np.pi * (steps % 500) / 500)))
    assert measure("jump_ratio").of(reading_of(falling(), lr=jump)) == pytest.approx(math.log(20), rel=0.01)
    assert measure("jump_ratio").of(reading_of(falling(), lr=restart)) == pytest.approx(0.0, abs=0.05)


def test_a_rate_that_dies_early_shows_what_it_cost() -> None:
    steps = np.arange(STEPS)
    rate = 0.01 * 0.5 ** (steps / 20)
    stopped = 2.3 - 0.8 * (1 - 0.5 ** (steps / 20))
    cost = measure("gain_lost_to_decay").of(reading_of(stopped, lr=rate))
    assert cost is not None
    assert cost > 0.3
    assert measure("gain_lost_to_decay").of(reading_of(stopped, lr=0.01)) == 0.0


def test_a_period_in_step_with_the_epoch() -> None:
    steps = np.arange(STEPS)
    sorted_data = falling(2) + 0.3 * ((steps % 50) > 25)
    epoch = steps / 50
    value = measure("period_at_epoch").of(reading_of(sorted_data, epoch=epoch))
    assert value is not None
    assert value > 0.5
    assert measure("period_at_epoch").of(reading_of(falling(2), epoch=epoch)) == pytest.approx(0.0, abs=0.1)


def test_a_resume_is_seen_from_the_rewind() -> None:
    back = Rewind(resumed_at=500, last_step=540, rewritten=41, how="step went back")
    loss = falling(5)
    loss[500:520] += 1.0
    found = gather(reading_of(loss, rewinds=(back,)))
    assert found["went_back"] == 1.0
    assert (found["level_change_at_resume"] or 0) > 0.5
    assert gather(reading_of(loss))["went_back"] == 0.0
