from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import torch
from torch import nn

from loglens.errors import ReplayError
from loglens.replay.torch.patch import copy_checkpoint, load_safely, patch_checkpoint


def states() -> tuple[dict[str, object], dict[str, object]]:
    model = nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)
    return optimizer.state_dict(), scheduler.state_dict()


def fingerprint(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() + str(path.stat().st_mtime_ns) for path in files}


def test_a_folder_as_transformers_writes_it(tmp_path: Path) -> None:
    source = tmp_path / "run" / "checkpoint-20"
    source.mkdir(parents=True)
    optimizer, scheduler = states()
    torch.save(optimizer, source / "optimizer.pt")
    torch.save(scheduler, source / "scheduler.pt")
    (source / "trainer_state.json").write_text("{}")
    before = fingerprint(source)
    copy, places = patch_checkpoint(source, tmp_path / "arm", 0.1)
    assert load_safely(copy / "optimizer.pt")["param_groups"][0]["lr"] == pytest.approx(0.01)
    assert load_safely(copy / "scheduler.pt")["base_lrs"] == [pytest.approx(0.01)]
    assert (copy / "trainer_state.json").read_text() == "{}"
    assert any(place.startswith("scheduler.pt: base_lrs") for place in places)
    assert fingerprint(source) == before


def test_a_plain_file(tmp_path: Path) -> None:
    optimizer, _ = states()
    torch.save({"model": {}, "optim": optimizer, "iter": 3}, tmp_path / "ckpt.pt")
    before = fingerprint(tmp_path)
    copy, _ = patch_checkpoint(tmp_path / "ckpt.pt", tmp_path / "arm", 0.5)
    assert load_safely(copy)["optim"]["param_groups"][0]["lr"] == pytest.approx(0.05)
    assert before.items() <= fingerprint(tmp_path).items()


def test_weights_alone_hold_no_rate(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2)}, tmp_path / "model.pt")
    with pytest.raises(ReplayError, match="no learning rate to scale"):
        patch_checkpoint(tmp_path / "model.pt", tmp_path / "arm", 0.5)


class Bomb:
    """A pickle that runs a command when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def test_pickled_code_is_never_run(tmp_path: Path) -> None:
    optimizer, _ = states()
    torch.save({"optimizer": optimizer, "bomb": Bomb(tmp_path / "ran")}, tmp_path / "ckpt.pt")
    with pytest.raises(ReplayError, match="never run"):
        patch_checkpoint(tmp_path / "ckpt.pt", tmp_path / "arm", 0.5)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 torn"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ckpt.pt").write_bytes(content)
    with pytest.raises(ReplayError, match=r"ckpt\.pt"):
        load_safely(tmp_path / "ckpt.pt")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="No such file"):
        load_safely(tmp_path / "ckpt.pt")


def test_a_copy_is_a_copy(tmp_path: Path) -> None:
    (tmp_path / "ckpt.pt").write_text("old")
    copy = copy_checkpoint(tmp_path / "ckpt.pt", tmp_path / "arm")
    copy.write_text("new")
    assert (tmp_path / "ckpt.pt").read_text() == "old"
