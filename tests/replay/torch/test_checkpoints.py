from __future__ import annotations

from pathlib import Path

import pytest
import torch

from loglens.errors import ReplayError
from loglens.replay.torch.checkpoints import find_checkpoints, step_in_name, step_inside


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("checkpoint-500", 500),
        ("epoch=3-step=1250.ckpt", 1250),
        ("step_500", 500),
        ("step=500.ckpt", 500),
        ("ckpt_20.pt", 20),
        ("ckpt-00000120.pt", 120),
        ("iter_0000500", 500),
        ("global_step500", 500),
        ("ep1-ba500-rank0.pt", 500),
        ("step500-unsharded", 500),
        ("model_500.pt", 500),
        ("500.pth", 500),
        ("last.ckpt", None),
        ("epoch_3.pt", None),
        ("best.pt", None),
        ("resnet50.pt", None),
        ("footstep.pt", None),
    ],
)
def test_the_step_is_read_from_names_as_trainers_write_them(name: str, step: int | None) -> None:
    assert step_in_name(name) == step


def test_checkpoints_below_a_run_are_found_in_order(tmp_path: Path) -> None:
    for step in (200, 50, 1000):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        (folder / "optimizer.pt").touch()
    (tmp_path / "checkpoint-7").mkdir()  # an empty folder is no checkpoint
    (tmp_path / "metrics.csv").touch()
    found = find_checkpoints(near=tmp_path)
    assert [one.step for one in found.checkpoints] == [50, 200, 1000]


def test_a_name_without_a_step_is_opened_and_its_counter_counts(tmp_path: Path) -> None:
    torch.save({"global_step": 77, "state_dict": {}}, tmp_path / "last.ckpt")
    torch.save({"weights": torch.zeros(2)}, tmp_path / "best.ckpt")
    found = find_checkpoints(near=tmp_path)
    assert [one.step for one in found.checkpoints] == [77]
    assert found.passed_over == (str(tmp_path / "best.ckpt"),)


def test_a_file_that_needs_code_has_no_step(tmp_path: Path) -> None:
    torch.save({"step": 5, "thing": Path("x")}, tmp_path / "last.pt")
    assert step_inside(tmp_path / "last.pt") is None


def test_a_listed_checkpoint_needs_no_name(tmp_path: Path) -> None:
    path = tmp_path / "odd name.bin"
    path.touch()
    (found,) = find_checkpoints([f"42={path}"]).checkpoints
    assert (found.step, found.path) == (42, str(path))


def test_globs_and_folders_and_names_with_equals_signs(tmp_path: Path) -> None:
    for name in ("epoch=0-step=10.ckpt", "epoch=1-step=20.ckpt"):
        (tmp_path / name).touch()
    assert [one.step for one in find_checkpoints([str(tmp_path / "*.ckpt")]).checkpoints] == [10, 20]
    assert [one.step for one in find_checkpoints([str(tmp_path)]).checkpoints] == [10, 20]
    assert [one.step for one in find_checkpoints([str(tmp_path / "epoch=1-step=20.ckpt")]).checkpoints] == [20]


def test_a_pattern_that_matches_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="no checkpoint matches"):
        find_checkpoints([str(tmp_path / "*.ckpt")])
    with pytest.raises(ReplayError, match="no checkpoint in this folder"):
        find_checkpoints([str(tmp_path)])
