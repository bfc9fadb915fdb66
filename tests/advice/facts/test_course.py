"""The course of a loss at any length: ran away, stuck, at chance level, scattering, settled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.signals.core import Signals
from tests.advice.runs import falling, signals_of
from tests.factories import make_run


def kinds(loss: np.ndarray, lr: float | None = 1e-3) -> dict[str, str]:
    return {one.kind: one.text for one in establish(signals_of(np.asarray(loss, dtype=float), lr=lr), ())}


@pytest.mark.parametrize("loss", [[2.8, 6.2], [0.35, 0.22, 0.16, 1.6e18, 2e13], [1.0, 0.9, 0.8, 5.0]])
def test_a_loss_that_ran_away_is_told_at_any_length(loss: list[float]) -> None:
    assert "it ran away" in kinds(np.array(loss))["ran_away"]


@pytest.mark.parametrize("loss", [[2.8, 2.9], [2.0, 1.5, 1.2, 1.3], [0.7, 0.71, 0.69, 0.7]])
def test_a_short_loss_that_wobbles_did_not(loss: list[float]) -> None:
    assert "ran_away" not in kinds(np.array(loss))


def test_a_softmax_that_saturates_is_stuck_for_ever() -> None:
    said = kinds(np.array([2.41, *[87.3363] * 40]))["blew_up_and_stuck"]
    assert "jumps from 2.41 to 87.34 at step 1" in said


@pytest.mark.parametrize("classes", [2, 7, 10, 100, 1000])
def test_the_loss_of_guessing_names_the_classes(classes: int) -> None:
    rng = np.random.default_rng(classes)
    said = kinds(np.log(classes) * (1 + 0.002 * rng.standard_normal(200)))["at_chance"]
    assert f"ln {classes:,}," in said


def test_a_level_that_is_no_logarithm_of_a_usual_number_is_not_chance() -> None:
    rng = np.random.default_rng(0)
    assert "at_chance" not in kinds(1.85 * (1 + 0.002 * rng.standard_normal(200)))


@pytest.mark.parametrize(("start", "told"), [(10.95, True), (11.7, False)])
def test_the_chance_of_a_whole_vocabulary_is_told_only_of_a_loss_that_began_there(start: float, told: bool) -> None:
    level = np.log(50257)
    loss = level + (start - level) * np.exp(-np.arange(400) / 3)
    found = kinds(loss * (1 + 0.0005 * np.random.default_rng(3).standard_normal(400)))
    assert ("at_chance" in found) is told


def test_a_network_thrown_back_to_chance_had_learned() -> None:
    rng = np.random.default_rng(1)
    loss = np.concatenate([np.linspace(2.3, 0.4, 100), [5.0], 2.3026 + 0.004 * rng.standard_normal(80)])
    assert "had learned to" in kinds(loss)["collapsed_to_chance"]


def test_a_window_has_no_start_to_be_judged() -> None:
    steps = 300_000 + 5 * np.arange(200)
    loss = 2.3 + 0.05 * np.random.default_rng(2).standard_normal(200)
    run = make_run({"loss": (steps, loss), "lr": (steps, np.full(200, 1e-4))})
    found = {one.kind for one in establish(Signals(run), ())}
    assert {"starts_late", "flat_noise"} <= found
    assert not found & {"at_chance", "ran_away"}


def test_a_loss_that_rises_and_stays_lost_ground() -> None:
    rng = np.random.default_rng(3)
    loss = np.concatenate([np.linspace(10.9, 6.8, 22), np.linspace(6.9, 7.8, 8), np.full(60, 7.8)])
    assert "lost_ground" in kinds(loss + 0.1 * rng.standard_normal(len(loss)))
    assert "lost_ground" not in kinds(falling())


def test_a_loss_that_creeps_up_is_told() -> None:
    assert "drifts_up" in kinds(np.linspace(1.45, 1.63, 13))


@pytest.mark.parametrize(
    ("first", "later", "format_", "told"),
    [
        (15.0, 15.0, "hf_trainer_state", True),
        (12.7, 12.7, "hf_trainer_state", True),
        (12.5, 12.5, "hf_trainer_state", False),
        (2.3, 15.0, "hf_trainer_state", False),  # thrown up at once
        (150.0, 150.0, "hf_trainer_state", False),
        (15.0, 15.0, "csv", False),
    ],
)
def test_a_language_model_that_starts_above_any_vocabulary(
    first: float, later: float, format_: str, told: bool
) -> None:
    loss = np.array([first, *np.linspace(later, 0.9 * later, 60)])
    run = replace(make_run({"loss": loss}), format=format_)
    said = {one.kind: one.text for one in establish(Signals(run), ())}
    assert ("high_start" in said) == told
    if told:
        assert said["high_start"].startswith(f"The loss starts at {first:g}")
