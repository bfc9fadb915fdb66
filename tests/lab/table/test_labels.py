"""Labels, logs and the fit: what a sweep proves, how a curve is logged, and that the shipped weights fit the
evidence."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from loglens.advice.recommend import RATE
from tests.lab.evaluate.metrics import interval, regret_at
from tests.lab.fit import gam
from tests.lab.fit.fit import CAUSES, WEIGHTS, good_range
from tests.lab.table import labels
from tests.lab.table.build import FOUND_NAMES, NAMES, SAMPLE, TABLE, fingerprint, load_table, sampled
from tests.lab.table.logs import Curve, Style, to_run

RATES = tuple(2.0**k for k in range(16))


def family() -> labels.Sweep:
    """Losses that end at 0.1 for rates 5 to 9, higher below, and blow up above 13."""
    ends = np.array([0.9, 0.8, 0.6, 0.3, 0.2, 0.11, 0.1, 0.1, 0.1, 0.11, 0.2, 0.4, 0.9, 1.5, np.nan, np.nan])
    losses = np.tile(ends, (200, 1))
    losses[:2] = 1.0
    return labels.sweep(RATES, losses)


def test_a_sweep_labels_by_regret_and_side() -> None:
    found = family()
    assert found.usable
    assert found.gentlest == 5
    assert [found.cause(k) for k in (0, 3, 5, 6, 8, 11, 14)] == [
        "lr_too_low", "lr_too_low", "healthy", "healthy", None, "lr_too_high", "lr_too_high",
    ]  # fmt: skip
    assert found.document()["16384"] is None


def test_regret_between_rates_and_the_range_of_good_ones() -> None:
    row = {"from": -2, "regrets": [0.5, 0.3, 0.01, 0.0, 0.04, 0.2, None]}
    assert regret_at(row, -1.5) == pytest.approx(0.4)
    assert regret_at(row, 3.5) == math.inf
    assert good_range(row) == (0, 2)


def test_a_corrupted_batch_has_to_stand_out() -> None:
    rng = np.random.default_rng(0)
    loss = 1 + 0.05 * rng.standard_normal(200)
    loss[100] += 2
    assert labels.stands_out(loss, 100, scale=2.0)
    assert not labels.stands_out(loss, 101, scale=2.0)
    assert not labels.stands_out(loss, 100, scale=100.0)


def curve(steps: int = 100) -> Curve:
    at = np.arange(steps, dtype=np.int32)
    return Curve(
        steps=at, loss=at.astype(np.float32), lr=np.full(steps, 0.1, np.float32), grad_norm=np.ones(steps, np.float32),
        val=np.ones(4, np.float32), val_at=np.array([25, 50, 75, 99], np.int32), epoch_steps=20.0,
    )  # fmt: skip


def test_window_means_are_logged_at_the_end_of_the_window() -> None:
    run = to_run(curve(), Style(every=10, mean=True))
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps[0] == 9
    assert loss.values[0] == pytest.approx(4.5)
    thinned = to_run(curve(), Style(every=10, mean=False)).role("train_loss")
    assert thinned is not None
    assert thinned.values[0] == 9


def test_what_a_resume_wrote_twice_is_there_once() -> None:
    one = curve()
    steps = np.concatenate([np.arange(60), np.arange(40, 80)]).astype(np.int32)
    run = to_run(Curve(steps=steps, loss=one.loss, lr=one.lr, grad_norm=one.grad_norm, val=one.val, val_at=one.val_at,
                       epoch_steps=20.0), Style())  # fmt: skip
    loss = run.role("train_loss")
    assert loss is not None
    assert list(loss.steps) == list(range(80))
    assert loss.values[40] == 60
    assert run.rewinds[0].resumed_at == 40
    assert run.rewinds[0].rewritten == 20


def test_of_fewer_validations_the_last_stays() -> None:
    val = to_run(curve(), Style(val_every=3)).role("val_loss")
    assert val is not None
    assert list(val.steps) == [25, 99]


def test_missing_columns_are_missing_roles() -> None:
    run = to_run(curve(), Style(has_lr=False, has_grad_norm=False, has_val=False))
    assert run.role("learning_rate") is None
    assert run.role("grad_norm") is None
    assert run.role("val_loss") is None


def test_the_additive_fit_finds_a_bend() -> None:
    rng = np.random.default_rng(1)
    values = rng.uniform(-2, 2, (600, 2))
    truth = (np.abs(values[:, 0]) > 1).astype(int)
    weights = np.ones(600)
    base = gam.basis(("x", "y"), values, weights)
    bias, beta = gam.fit_classes(base, base.design(values), np.eye(2)[truth], weights, ridge=1e-4, smooth=1e-4)
    said = (base.design(values) @ beta + bias).argmax(1)
    assert np.mean(said == truth) > 0.93
    card = gam.scorecard(base, ("in", "out"), bias, beta)
    assert card.scores({"x": 0.0, "y": 0.0}).argmax() == 0
    assert card.scores({"x": 1.9, "y": 0.0}).argmax() == 1


def test_interval_holds_the_rate() -> None:
    low, high = interval(0.9, 50)
    assert low < 0.9 < high
    assert interval(1.0, 10)[1] == 1.0


def test_the_shipped_weights_know_the_sample() -> None:
    table = load_table(SAMPLE)
    made = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert SAMPLE.stat().st_size <= 400_000
    assert made["causes"]["outcomes"] == list(CAUSES)
    assert set(made["causes"]["terms"]) == {*NAMES, *FOUND_NAMES}
    assert set(made["down"]["terms"]) == {*NAMES, RATE}
    assert made["tasks"] == sorted({row["task"] for row in table.rows})
    assert not any("labelled" in task for task in made["tasks"])


def test_the_shipped_weights_are_those_of_the_table() -> None:
    if not TABLE.is_file():
        pytest.skip("the lab's table is not in the repository: `python -m tests.lab.trainings`, then `tests.lab.table`")
    made = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert made["table"] == fingerprint(TABLE)
    assert made["rows"] == len(load_table().rows)


def test_a_sample_holds_every_task_and_is_the_same_each_time() -> None:
    table = load_table(SAMPLE)
    fewer = sampled(table, 300)
    assert {row["task"] for row in fewer.rows} == {row["task"] for row in table.rows}
    assert fewer.rows == sampled(table, 300).rows
    assert len(fewer.rows) < len(table.rows) / 2
