from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from loglens.errors import SettingsError
from loglens.replay import Recorder, TorchTarget
from loglens.replay.torch import recorder as recorder_module
from loglens.replay.torch.recorder import recorded_steps
from tests.replay import small


def recorder(target: TorchTarget, folder: Path, **given: int) -> Recorder:
    return Recorder(folder, model=target.model, optimizer=target.optimizer, scheduler=target.scheduler, **given)


def test_the_ring_keeps_the_newest_and_the_first(tmp_path: Path) -> None:
    kept = recorder(small.target(), tmp_path, every=10, keep=3)
    for step in range(100):
        kept.step(step, 1.0)
    assert recorded_steps(tmp_path) == (0, 80, 90, 100)
    assert [path.name for path in kept.checkpoints] == sorted(path.name for path in tmp_path.iterdir())


def test_the_state_before_the_trouble_is_held_back(tmp_path: Path) -> None:
    kept = recorder(small.target(), tmp_path, every=10, keep=2)
    rng = np.random.default_rng(0)
    for step in range(300):
        kept.step(step, 5.0 if 105 <= step < 130 else 1.0 + 0.01 * rng.standard_normal())
    assert {90, 100} <= set(recorded_steps(tmp_path))
    assert not {110, 120} & set(recorded_steps(tmp_path)), "no state from inside the trouble"


def test_nan_holds_the_last_good_state(tmp_path: Path) -> None:
    kept = recorder(small.target(), tmp_path, every=10, keep=1)
    for step in range(100):
        kept.step(step, 1.0 if step < 55 else float("nan"))
    assert recorded_steps(tmp_path) == (0, 50)


def test_files_hold_no_code_and_the_place_in_the_data(tmp_path: Path) -> None:
    target = small.target(optimizer="adamw")
    kept = recorder(target, tmp_path, every=1)
    kept.step(0, torch.tensor(0.5), data={"epoch": 1, "batch": 7})
    content = torch.load(tmp_path / "ckpt-00000001.pt", weights_only=True)
    assert content["step"] == 1 and content["data"] == {"epoch": 1, "batch": 7}
    assert set(content["rng"]) >= {"torch", "numpy", "python"}


def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = small.target()
    kept = recorder(target, tmp_path, every=1)

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(OSError, match="disk full"):
        kept.step(0, 1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["ckpt-00000000.pt"]


@pytest.mark.parametrize("given", [{"keep": 0}, {"every": 0}])
def test_settings_out_of_range(tmp_path: Path, given: dict[str, int]) -> None:
    with pytest.raises(SettingsError):
        recorder(small.target(), tmp_path, **given)


@pytest.mark.parametrize("saving", [0.001, 0.05, 2.0])
def test_recording_costs_under_two_percent_at_its_default_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, saving: float
) -> None:
    now = 0.0

    def slow(_state: object, path: Path) -> None:
        nonlocal now
        now += saving
        path.touch()

    monkeypatch.setattr(recorder_module, "save_atomically", slow)
    monkeypatch.setattr(recorder_module, "time", SimpleNamespace(perf_counter=lambda: now))
    kept = recorder(small.target(), tmp_path)
    first = kept.spent_seconds
    steps = 0
    while now < 1_000 * saving:
        now += 0.005  # what a training step takes
        kept.step(steps, 1.0)
        steps += 1
    assert 0 < (kept.spent_seconds - first) / now < 0.02


def test_recording_changes_no_number(tmp_path: Path) -> None:
    with_recorder = small.train(small.target(dropout=0.3), 40, tmp_path, every=3)
    np.testing.assert_array_equal(with_recorder, small.train(small.target(dropout=0.3), 40))
