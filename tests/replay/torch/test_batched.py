from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from loglens.model.results.replay import Arm, ArmKind, Checkpoint
from loglens.replay import TorchTarget
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.drivers.in_process import run_job
from loglens.replay.torch.batched import can_batch, run_batched
from tests.replay import small

FACTORS = (1.0, 0.5, 0.25, 0.1)


def jobs(folder: Path, *, checkpoint: Checkpoint | None = None, steps: int = 40, kind: ArmKind = "lr") -> list[ArmJob]:
    start = 0 if checkpoint is None else checkpoint.step
    return [
        ArmJob(
            arm=Arm(label=f"{factor}", kind=kind, factor=factor), checkpoint=checkpoint, start=start, steps=steps,
            folder=str(folder / str(factor)),
        )
        for factor in FACTORS
    ]  # fmt: skip


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_batched_arms_are_the_arms_one_by_one(tmp_path: Path, optimizer: str, clip_norm: float | None) -> None:
    def fresh() -> TorchTarget:
        return small.target(optimizer=optimizer, clip_norm=clip_norm, lr=0.02)

    small.train(fresh(), 20, tmp_path / "record")
    checkpoint = Checkpoint(path=str(tmp_path / "record" / "ckpt-00000010.pt"), step=10)
    together = run_batched(fresh(), jobs(tmp_path / "a", checkpoint=checkpoint), Context())
    assert together is not None
    for job, run in zip(jobs(tmp_path / "b", checkpoint=checkpoint), together, strict=True):
        alone = run_job(fresh(), job, Context())
        np.testing.assert_allclose(run.losses, alone.losses, rtol=2e-3, atol=1e-5)
        np.testing.assert_allclose(run.lrs, alone.lrs)
        assert run.end == alone.end == "ok"


def test_an_arm_that_blows_up_leaves_the_others_alone(tmp_path: Path) -> None:
    def fresh() -> TorchTarget:
        return small.target(lr=0.5)

    together = run_batched(fresh(), jobs(tmp_path / "a", steps=120), Context())
    assert together is not None
    assert together[0].end == "nan" and together[3].end == "ok"
    assert len(together[3].steps) == 120 and np.isfinite(together[3].losses).all()


def test_a_model_that_cannot_be_batched_is_left_to_the_other_way(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(8, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    target = TorchTarget(
        model=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.1), batches=small.batches, loss=small.loss,
        device="cpu",
    )  # fmt: skip
    assert run_batched(target, jobs(tmp_path), Context()) is None


def test_what_may_be_batched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = small.target()
    some = jobs(tmp_path)
    assert not can_batch(target, some), "on a CPU separate arms are as fast, and exact"
    monkeypatch.setattr(target, "device", torch.device("cuda"))
    assert can_batch(target, some)
    assert not can_batch(target, some[:1])
    assert not can_batch(target, [*some[:2], replace(some[2], start=5)])
    target.vectorize = False
    assert not can_batch(target, some)
    other = small.target()
    monkeypatch.setattr(other, "device", torch.device("cuda"))
    other.optimizer = torch.optim.LBFGS(other.model.parameters())
    assert not can_batch(other, some)
