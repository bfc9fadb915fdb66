"""Logs of kinds that people post, each with what a good engineer says of it first."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

import loglens
from loglens.model.diagnosis import RunDiagnosis


def diagnosed(folder: Path, name: str, lines: list[str]) -> RunDiagnosis:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return loglens.diagnose(path).runs[0]


def falling(points: int, start: float, end: float, seed: int, noise: float = 0.03) -> list[float]:
    rng = np.random.default_rng(seed)
    curve = end + (start - end) * np.exp(-np.arange(points) / (0.15 * points))
    return [float(one) for one in curve * (1 + noise * rng.standard_normal(points))]


@pytest.mark.parametrize("points", [30, 200])
def test_a_rate_of_zero_gets_no_factor_and_no_number(tmp_path: Path, points: int) -> None:
    rng = np.random.default_rng(points)
    rows = [f"{10 * i},{2.5 + 0.1 * rng.standard_normal():.4f},0.0" for i in range(points)]
    run = diagnosed(tmp_path, "log.csv", ["step,loss,learning_rate", *rows])
    advice = run.recommendation
    assert (advice.action, advice.peak_lr, advice.lr_factor) == ("raise_lr", None, None)
    assert "sets the learning rate to 0" in advice.why
    assert run.cause.because == (f"The learning rate is 0 at every one of its {points} points.",)
    text = loglens.render(loglens.diagnose(tmp_path / "log.csv"), "text")
    assert "Do  set a learning rate" in text
    assert "factor of" not in text


@pytest.mark.parametrize("points", [60, 100, 300])
def test_back_at_the_start_while_steps_go_on_is_weights_begun_anew(tmp_path: Path, points: int) -> None:
    """Two pieces of one length under one counter are one training whose weights were lost, at any length."""
    losses = [*falling(points // 2, 2.3, 0.4, 1), *falling(points // 2, 2.3, 0.4, 2)]
    rows = [f"{100 * i},{one:.4f},0.001" for i, one in enumerate(losses)]
    run = diagnosed(tmp_path, "log.csv", ["step,loss,lr", *rows])
    assert (run.cause.cause, run.verdict) == ("resume_discontinuity", "warning")


@pytest.mark.parametrize("points", [20, 50])
def test_two_pieces_of_one_length_without_steps_are_two_trainings(tmp_path: Path, points: int) -> None:
    losses = [*falling(points, 2.3, 0.5, 3, 0.02), *falling(points, 2.3, 0.5, 4, 0.02)]
    run = diagnosed(tmp_path, "train.log", [f"train loss: {one:.4f} time 3.2s" for one in losses])
    assert "several_trainings" in {one.kind for one in run.facts}
    assert run.verdict == "healthy"


def test_a_program_that_gave_up_on_its_loss_scale_has_ruined_the_run(tmp_path: Path) -> None:
    lines = [
        f"2024-01-01 10:00:{i % 60:02d} | INFO | train_inner | epoch 001: {i * 100 + 100} / 90000 loss={one:.3f}, "
        f"num_updates={i * 100 + 100}, lr=0.0005, gnorm=1.0"
        for i, one in enumerate(falling(60, 9.5, 4.0, 5, 0.02))
    ]
    lines.append("FloatingPointError: Minimum loss scale reached (0.0001). Your loss is probably exploding.")
    run = diagnosed(tmp_path, "train.log", lines)
    assert (run.cause.cause, run.verdict) == ("numerical_failure", "critical")
    assert run.recommendation.action == "fix_numerics"


def test_a_fine_tune_that_starts_above_any_vocabulary_is_told_to_check_its_labels(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    lines = [
        f"{{'loss': {9 + 9.9 * math.exp(-i / 5) + 0.3 * rng.standard_normal() * (i > 0):.4f}, "
        f"'learning_rate': {2e-5 * (1 - i / 100):.3e}, 'epoch': {(i + 1) / 100:.2f}}}"
        for i in range(100)
    ]
    run = diagnosed(tmp_path, "out.txt", lines)
    assert run.cause.cause in ("unknown", "bad_data")
    assert "18.9" in run.cause.because[0]
    assert "labels" in run.recommendation.why


def test_a_turn_of_the_validation_loss_is_told_at_one_place(tmp_path: Path) -> None:
    """The fact and the finding name the same epoch, in epochs, although medians of three are as low before it."""
    val = [0.6247, 0.4865, 0.4658, 0.5028, 0.5593, 0.636, 0.6953, 0.7695, 0.8141, 0.874, 0.9195, 0.9747]
    lines = [
        f"Epoch {i + 1}/12 | train_loss: {0.7 * math.exp(-i / 3) + 0.02:.4f} | val_loss: {one:.4f}"
        for i, one in enumerate(val)
    ]
    run = diagnosed(tmp_path, "train.txt", lines)
    assert run.cause.cause == "overfitting"
    turn = next(one for one in run.findings if one.kind == "overfitting")
    assert turn.steps.start == 3
    text = " ".join(loglens.render(loglens.diagnose(tmp_path / "train.txt"), "text").split())
    assert "lowest at epoch 3" in text
    assert "step 3" not in text


@pytest.mark.parametrize(("classes", "points"), [(7, 8), (100, 10)])
def test_a_few_epochs_at_chance_are_no_reason_to_raise_a_usual_rate(tmp_path: Path, classes: int, points: int) -> None:
    rng = np.random.default_rng(classes)
    rows = [f"{i + 1},{math.log(classes) * (1 + 5e-4 * rng.standard_normal()):.4f},0.001" for i in range(points)]
    run = diagnosed(tmp_path, "log.csv", ["epoch,loss,lr", *rows])
    assert (run.cause.cause, run.verdict) == ("dead_network", "critical")
    assert run.recommendation.action == "fix_network"
