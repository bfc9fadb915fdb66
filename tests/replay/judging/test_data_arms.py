"""Data to blame or not: order, single batches, and rates that are too high with any batches."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.results.replay import ArmRun
from loglens.model.run import FloatArray, StepSpan
from loglens.replay.judging.comparison import Bench, Original
from loglens.replay.judging.data_arms import data_blame, dependence, only_these_batches
from tests.replay import small
from tests.replay.small import arm_run, calm, spiky

BLOCKS = 0.25 * np.sign(np.sin(np.arange(120) / 16 * 2 * np.pi))
"""Hard and easy batches in blocks of eight."""


def noise(seed: int, size: float = 0.1) -> FloatArray:
    return size * np.random.default_rng(seed).standard_normal(120)


def bench(control: FloatArray, *others: ArmRun) -> Bench:
    made = Bench.of(
        small.segment(onset=60),
        [arm_run("control", 1.0, control), *others],
        Original(steps=np.arange(120), losses=control, first=2.3, best=0.5),
    )
    assert made is not None
    return made


def ladder(extra: FloatArray) -> list[ArmRun]:
    return [arm_run("lr", factor, calm() + extra + noise(5)) for factor in (0.5, 0.25, 0.1)]


def shuffled(*losses: FloatArray) -> list[ArmRun]:
    return [arm_run("shuffle", 1.0, one, seed=seed) for seed, one in enumerate(losses, 1)]


def test_random_batches_depend_on_nothing() -> None:
    assert dependence(calm() + noise(0)) == pytest.approx(0.0, abs=0.2)
    assert (dependence(calm() + BLOCKS + noise(0)) or 0.0) > 0.5


def test_too_few_points_or_no_numbers_say_nothing() -> None:
    assert dependence(calm()[:40]) is None
    assert dependence(np.full(120, np.nan)) is None


def test_losses_of_equal_size_are_in_no_order() -> None:
    """Rounded to a digit most points lie on the course itself: sorted by time they would seem to follow one another."""
    assert dependence(np.ones(120)) == 0.0
    assert dependence(np.append(np.ones(119), 2.0)) == 0.0
    assert dependence(np.round(calm() + noise(0), 1)) == pytest.approx(0.0, abs=0.25)


def test_the_course_of_a_training_is_no_dependence() -> None:
    steep = 2.0 * np.exp(-np.arange(300) / 25) + 0.1 * np.random.default_rng(2).standard_normal(300)
    assert (dependence(steep) or 0.0) < 0.2


def test_blocks_at_every_rate_and_in_no_other_order_blame_the_order() -> None:
    arms = ladder(BLOCKS)
    found = bench(spiky() + BLOCKS + noise(5), *arms, *shuffled(calm() + noise(1), calm() + noise(2)))
    assert "order" in data_blame(found)


def test_a_rate_that_breaks_the_network_in_every_order_is_not_the_orders_fault() -> None:
    broken = calm() + np.where(np.arange(120) >= 60, 3.0, 0.0)
    found = bench(spiky() + BLOCKS + noise(5), *ladder(BLOCKS), *shuffled(broken + noise(1), broken + noise(2)))
    assert data_blame(found) == ""


def test_a_fault_that_lasts_is_no_dependence_where_low_rates_have_none() -> None:
    wild = calm() + np.where(np.arange(120) >= 60, 2.0 * np.exp(-np.abs(np.arange(120) - 80) / 10), 0.0)
    found = bench(wild + noise(4), *ladder(np.zeros(120)), *shuffled(calm() + noise(1), calm() + noise(2)))
    assert data_blame(found) == ""


def test_a_rate_that_trains_well_with_any_other_batches_is_cleared() -> None:
    skip = arm_run("skip", 1.0, calm() + noise(3), skip=StepSpan(start=60, end=61))
    others = shuffled(calm() + noise(1), calm() + noise(2))
    found = bench(spiky() + noise(5), *ladder(np.zeros(120)), skip, *others)
    assert "these batches only" in only_these_batches(found)
    assert only_these_batches(bench(spiky() + noise(5), *ladder(np.zeros(120)), *others)) == ""  # too few to tell
    spoiled = bench(spiky() + noise(5), *ladder(np.zeros(120)), skip, others[0], *shuffled(spiky(at=90) + noise(2)))
    assert only_these_batches(spoiled) == ""
