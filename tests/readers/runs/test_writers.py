"""Two writers in one log are told apart; what only looks like them is one run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loglens.model.run import Run
from loglens.readers import read


def runs_of(folder: Path, rows: list[tuple[int, float]], header: str = "step,loss,lr") -> tuple[Run, ...]:
    path = folder / "log.csv"
    path.write_text(header + "\n" + "".join(f"{step},{loss:.6f},0.001\n" for step, loss in rows), encoding="utf-8")
    return read(path).runs


def curve(count: int, level: float, seed: int = 0) -> list[float]:
    noise = np.random.default_rng(seed).normal(0, 0.005, count)
    return list(level * (1 + 0.3 * np.exp(-np.arange(count) / 40)) + noise)


@pytest.mark.parametrize("strict", [True, False])
def test_ranks_whose_rows_were_numbered_together(tmp_path: Path, strict: bool) -> None:
    one, other = curve(100, 1.4), curve(100, 0.9, 1)
    rng = np.random.default_rng(3)
    rows: list[float] = []
    for first, second in zip(one, other, strict=True):
        rows += [first, second] if strict or rng.random() < 0.6 else [second, first]
    found = runs_of(tmp_path, list(enumerate(rows)), "_step,loss,lr")
    assert [len(run.role("train_loss") or ()) for run in found] == [100, 100]
    assert all(any("2 writers" in note.message for note in run.notes) for run in found)
    assert [run.name for run in found] == ["log.csv#writer 1", "log.csv#writer 2"]


def test_two_jobs_at_steps_of_their_own(tmp_path: Path) -> None:
    one, other = curve(60, 1.4), curve(60, 0.9, 1)
    rows = [row for at in range(60) for row in ((10 * at, one[at]), (5000 + 10 * at, other[at]))]
    first, second = runs_of(tmp_path, rows)
    assert (first.role("train_loss") or second).steps.tolist() == list(range(0, 600, 10))  # type: ignore[union-attr]
    assert len(second.role("train_loss") or ()) == 60


def test_each_step_once_by_each_writer(tmp_path: Path) -> None:
    one, other = curve(60, 1.4), curve(60, 0.9, 1)
    rows = [row for at in range(60) for row in ((10 * at, one[at]), (10 * at, other[at]))]
    assert len(runs_of(tmp_path, rows)) == 2


def test_an_oscillation_that_grows_is_one_run(tmp_path: Path) -> None:
    rows = [(at, 1.0 + (-1) ** at * 0.4 * (1 - np.exp(-at / 60)) + 0.01 * np.sin(at)) for at in range(200)]
    assert len(runs_of(tmp_path, rows)) == 1


def test_batches_of_two_data_sets_under_one_counter_are_one_run(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    one, other = curve(130, 2.0), curve(130, 3.3, 1)
    rows = [(41_300 + 100 * at, (one if rng.random() < 0.6 else other)[at]) for at in range(130)]
    assert [len(run.role("train_loss") or ()) for run in runs_of(tmp_path, rows)] == [130]


def test_noise_is_one_run(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).normal(0, 0.3, 300)
    assert len(runs_of(tmp_path, [(at, 2 + value) for at, value in enumerate(noise)])) == 1


def test_a_restart_is_one_run(tmp_path: Path) -> None:
    losses = curve(150, 1.0)
    rows = [(at, losses[at]) for at in range(100)] + [(at, losses[at]) for at in range(80, 150)]
    (run,) = runs_of(tmp_path, rows)
    assert len(run.role("train_loss") or ()) == 150
    assert len(run.rewinds) == 1


def test_shuffled_rows_are_sorted_and_said(tmp_path: Path) -> None:
    losses = curve(200, 1.0)
    order = np.random.default_rng(7).permutation(200)
    (run,) = runs_of(tmp_path, [(int(at), losses[at]) for at in order])
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(200))
    assert loss.values == pytest.approx(losses, abs=1e-6)
    assert not run.rewinds
    assert any("shuffled" in note.message for note in run.notes)


def test_writers_that_take_turns_in_any_order_are_told_by_their_level(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = []
    for step in range(0, 1500, 50):
        pair = [1.4 + 0.02 * rng.standard_normal(), 0.9 + 0.02 * rng.standard_normal()]
        rows += [f"Epoch: [61][{step:3}/1600] Loss {loss:.4f}" for loss in rng.permutation(pair)]
    (tmp_path / "nohup.out").write_text("\n".join(rows), encoding="utf-8")
    levels = sorted(float(np.mean(run.role("train_loss").values)) for run in read(tmp_path).runs)  # type: ignore[union-attr]
    assert np.allclose(levels, [0.9, 1.4], atol=0.02)
