"""What the rate does by its own recogniser, and whether the validation loss turned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.model.run import Event
from loglens.signals.core import Signals
from tests.advice.runs import STEPS, falling, run_of, signals_of


def kinds(signals: Signals) -> dict[str, str]:
    return {one.kind: one.text for one in establish(signals, ())}


def test_a_rate_of_zero_is_told() -> None:
    assert kinds(signals_of(falling(), lr=0.0))["lr_zero"] == "The learning rate is 0 at every one of its 1,000 points."


@pytest.mark.parametrize("stairs", [4, 10, 40])
def test_a_warmup_of_any_length_and_step_is_no_jump(stairs: int) -> None:
    up = 400
    lr = np.full(STEPS, 1e-3)
    lr[:up] = 1e-3 * (1 + np.arange(up) // (up // stairs)) / (stairs + 1)
    assert not {"lr_jumped", "lr_reset"} & set(kinds(signals_of(falling(), lr=lr)))


def test_a_schedule_that_begins_anew_in_its_middle_is_a_fault_and_at_its_end_a_plan() -> None:
    step = np.arange(1, STEPS + 1)
    lr = 5e-4 * np.minimum(step / 100, np.sqrt(100 / step))
    lr[600:] = lr[:400]
    assert "lr_reset" in kinds(signals_of(falling(), lr=lr))
    cosine = 1e-3 * 0.5 * (1 + np.cos(np.pi * (np.arange(STEPS) % 250) / 250))
    assert "lr_reset" not in kinds(signals_of(falling(), lr=cosine))


def test_a_rate_that_is_spent_early_says_how_much_of_the_run_had_none() -> None:
    lr = np.asarray(0.1 * 0.1 ** (np.arange(STEPS) // 50), dtype=np.float64)
    assert "of the run is trained without one" in kinds(signals_of(falling(), lr=lr))["lr_spent"]


@pytest.mark.parametrize(
    ("gone", "decimals", "told"),
    [(700, 6, True), (820, 6, False), (700, 3, False), (500, 3, True)],
    ids=["0 for a third", "0 at the end", "printed as 0", "spent early"],
)
def test_a_rate_that_is_0_for_a_good_part_of_the_run_is_spent_early_as_well(
    gone: int, decimals: int, told: bool
) -> None:
    lr = np.round(0.01 * np.maximum(0.0, 1 - np.arange(STEPS) / gone), decimals)
    facts = [fact for fact in establish(signals_of(falling(), lr=lr), ()) if fact.kind == "lr_spent"]
    assert [fact.number("left") for fact in facts] == ([0.0 if decimals == 6 else None] if told else [])


@pytest.mark.parametrize("points", [4, 10, 40])
def test_a_validation_loss_that_turns_is_told_at_any_length(points: int) -> None:
    k = np.arange(points) / points
    loss = 2.0 * np.exp(-3 * k)
    val = 1.0 + np.maximum(0, k - 0.2)
    assert "while the train loss falls on" in kinds(signals_of(loss, val_loss=val))["validation_turned"]


def test_a_validation_loss_that_comes_back_did_not_turn() -> None:
    k = np.arange(200) / 200
    val = (
        1.6 - 0.8 * np.minimum(1, k / 0.06) + 0.7 * np.exp(-(((k - 0.18) / 0.07) ** 2)) - 0.4 * np.clip(k - 0.25, 0, 1)
    )
    found = kinds(signals_of(falling()[:200], val_loss=val))
    assert "validation_came_back" in found
    assert "validation_turned" not in found


@pytest.mark.parametrize(("by", "told"), [(60, True), (400, False)])
def test_a_rate_that_is_cut_at_the_very_beginning_is_a_fault(by: int, told: bool) -> None:
    lr = np.where(np.arange(1000) < by, 0.1, 0.001)
    assert ("lr_cut_early" in kinds(signals_of(falling(), lr=lr))) is told


@pytest.mark.parametrize(
    ("end", "told"), [(0.0, "lr_spent"), (-1.0, "lr_spent"), (0.02, None), (0.005, "lr_cut_early")]
)
def test_a_rate_that_goes_to_nothing_at_the_very_beginning_is_spent(end: float, told: str | None) -> None:
    found = kinds(signals_of(falling(), lr=np.where(np.arange(1000) < 60, 0.1, end)))
    assert {"lr_spent", "lr_cut_early"} & set(found) == ({told} if told else set())


def test_a_rate_that_is_logged_at_the_beginning_alone_is_not_known_to_stay() -> None:
    lr = np.where(np.arange(1000) < 40, 0.1, 0.001)
    lr[80:] = np.nan
    assert "lr_cut_early" not in kinds(signals_of(falling(), lr=lr))


@pytest.mark.parametrize(
    ("word", "low", "worse", "told"),
    [
        ("resumed", 1e-6, False, True), (None, 1e-6, True, False), ("resumed", 3e-4, True, False),
        ("checkpoint_loaded", 1e-6, True, True), ("checkpoint_loaded", 1e-6, False, False),
    ],
)  # fmt: skip
def test_a_window_in_which_the_rate_warms_up_again_after_a_resume_tells_of_a_schedule_anew(
    word: Any, low: float, worse: bool, told: bool
) -> None:
    at = np.arange(STEPS)
    lr = np.where(at < 400, 5e-4 - 1e-7 * at, np.minimum(low + 5e-6 * (at - 400), 1e-3))
    said = () if word is None else (Event(kind=word, step=400, time=None, text="resuming", line=7),)
    run = replace(run_of(falling() + np.where((at > 450) & worse, 0.5, 0.0), lr=lr), events=said)
    assert ("lr_reset" in kinds(Signals(run))) is told


@pytest.mark.parametrize(("rise", "told"), [(300, True), (20, False)])
def test_one_cycle_is_a_cycle_and_a_short_warm_up_is_none(rise: int, told: bool) -> None:
    at = np.arange(STEPS)
    up = 0.5 * (1 - np.cos(np.pi * np.minimum(at / rise, 1)))
    down = 0.5 * (1 + np.cos(np.pi * np.clip((at - rise) / (STEPS - rise), 0, 1)))
    lr = np.where(at < rise, 4e-3 + 0.1 * up, 1e-6 + 0.104 * down)
    assert ("lr_cycles" in kinds(signals_of(falling(), lr=lr))) is told


@pytest.mark.parametrize(("climb", "told"), [(0.09, "validation_turned"), (0.03, "validation_rises")])
def test_a_validation_that_climbs_from_point_to_point_has_turned_by_little(climb: float, told: str) -> None:
    at = np.arange(60)
    val = 44 + np.where(at < 8, 6 * np.exp(-at.astype(float)), 44 * climb * (at - 8) / 51)
    found = kinds(signals_of(36 + 20 * np.exp(-at / 8), val_loss=val, lr=None))
    assert told in found


@pytest.mark.parametrize(
    ("val", "told"),
    [
        ([5.53, 5.86, 6.21, 6.32, 6.51], "validation_turned"),
        ([5.53, 5.86, 5.80, 6.21, 6.32], "validation_rises"),
        ([5.53, 5.60, 5.65, 5.70, 5.80], "validation_rises"),
    ],
)
def test_a_validation_that_rises_from_its_first_point_on_at_every_point_has_turned(val: list[float], told: str) -> None:
    run = run_of(np.array([4.75, 4.16, 3.88, 3.66, 3.48]), val_loss=np.array(val))
    found = kinds(Signals(run))
    assert told in found
    assert ("validation_turned" in found) is (told == "validation_turned")
