from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from loglens.errors import ReplayError
from loglens.model.results.replay import Arm, ArmRun, Checkpoint
from loglens.model.run import StepSpan
from loglens.replay import TorchTarget, loader_batches
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.drivers.in_process import run_job
from loglens.replay.torch.target import to_device
from tests.replay import small


def run(
    target: TorchTarget, folder: Path, arm: Arm, *, checkpoint: Checkpoint | None = None, steps: int = 20
) -> ArmRun:
    start = 0 if checkpoint is None else checkpoint.step
    job = ArmJob(arm=arm, checkpoint=checkpoint, start=start, steps=steps, folder=str(folder / "arm"))
    return run_job(target, job, Context())


CONTROL = Arm(label="control", kind="control")


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_control_repeats_the_original_to_the_last_bit(tmp_path: Path, optimizer: str, dropout: float) -> None:
    losses = small.train(small.target(optimizer=optimizer, dropout=dropout), 60, tmp_path)
    fresh = small.target(optimizer=optimizer, dropout=dropout)
    for step in (0, 10, 30):
        checkpoint = Checkpoint(path=str(tmp_path / f"ckpt-{step:08d}.pt"), step=step)
        control = run(fresh, tmp_path, CONTROL, checkpoint=checkpoint, steps=30)
        assert control.end == "ok"
        np.testing.assert_array_equal(control.losses, losses[step : step + 30])


def test_it_starts_from_its_own_initial_state_as_often_as_asked(tmp_path: Path) -> None:
    losses = small.train(small.target(), 20)
    target = small.target()
    for _ in range(2):
        np.testing.assert_array_equal(run(target, tmp_path, CONTROL).losses, losses)


def test_the_rate_is_scaled_along_the_whole_schedule(tmp_path: Path) -> None:
    small.train(small.target(), 20, tmp_path)
    target = small.target()
    checkpoint = Checkpoint(path=str(tmp_path / "ckpt-00000010.pt"), step=10)
    control = run(target, tmp_path, CONTROL, checkpoint=checkpoint)
    lower = run(target, tmp_path, Arm(label="lr", kind="lr", factor=0.1), checkpoint=checkpoint)
    np.testing.assert_allclose(lower.lrs, control.lrs * 0.1)
    assert control.lrs[0] < control.lrs[-1], "the warm-up goes on"
    assert lower.losses[0] == control.losses[0], "the first loss comes before the first step"
    assert lower.losses[5] != control.losses[5]


def test_a_warm_up_arm_climbs_to_the_full_rate(tmp_path: Path) -> None:
    arm = run(small.target(), tmp_path, Arm(label="w", kind="warmup", warmup_steps=10))
    control = run(small.target(), tmp_path, CONTROL)
    np.testing.assert_allclose(arm.lrs[:10], control.lrs[:10] * np.arange(1, 11) / 10)
    np.testing.assert_allclose(arm.lrs[10:], control.lrs[10:])


def test_another_seed_changes_what_is_random_and_nothing_else(tmp_path: Path) -> None:
    seeded = replace(CONTROL, seed=1)
    with_dropout = small.target(dropout=0.3)
    a, b = run(with_dropout, tmp_path, CONTROL), run(with_dropout, tmp_path, seeded)
    assert not np.array_equal(a.losses, b.losses)
    np.testing.assert_array_equal(b.losses, run(with_dropout, tmp_path, seeded).losses)
    without = small.target()
    np.testing.assert_array_equal(run(without, tmp_path, CONTROL).losses, run(without, tmp_path, seeded).losses)


def test_batches_are_skipped_and_shuffled(tmp_path: Path) -> None:
    seen: list[int] = []
    target = small.target()

    def watched(step: int) -> object:
        seen.append(step)
        return small.batches(step)

    target.batches = watched
    run(target, tmp_path, Arm(label="s", kind="skip", skip=StepSpan(start=5, end=7)), steps=8)
    assert seen == [0, 1, 2, 3, 4, 8, 9, 10]
    seen.clear()
    run(target, tmp_path, Arm(label="m", kind="shuffle", seed=1), steps=8)
    assert sorted(seen) == list(range(8)) and seen != list(range(8))


def test_nan_ends_the_arm_and_is_a_result(tmp_path: Path) -> None:
    arm = run(small.target(lr=1e6), tmp_path, CONTROL, steps=100)
    assert arm.end == "nan" and arm.usable
    assert not np.isfinite(arm.losses[-1]) and len(arm.losses) < 100


def test_another_architecture_is_named(tmp_path: Path) -> None:
    small.train(small.target(width=16), 10, tmp_path)
    checkpoint = Checkpoint(path=str(tmp_path / "ckpt-00000010.pt"), step=10)
    arm = run(small.target(width=32), tmp_path, CONTROL, checkpoint=checkpoint)
    assert arm.end == "refused" and "another architecture" in arm.detail


@pytest.mark.parametrize(("lacking", "said"), [("optimizer", "no optimizer state"), ("scheduler", "no state of one")])
def test_a_checkpoint_without_a_part_is_refused(tmp_path: Path, lacking: str, said: str) -> None:
    small.train(small.target(), 10, tmp_path)
    content = torch.load(tmp_path / "ckpt-00000010.pt", weights_only=True)
    del content[lacking]
    torch.save(content, tmp_path / "ckpt-00000010.pt")
    arm = run(
        small.target(), tmp_path, CONTROL, checkpoint=Checkpoint(path=str(tmp_path / "ckpt-00000010.pt"), step=10)
    )
    assert arm.end == "refused" and said in arm.detail


def test_a_checkpoint_of_a_plain_script_is_understood(tmp_path: Path) -> None:
    made = small.target()
    small.train(made, 10)
    torch.save(
        {
            "model_state_dict": made.model.state_dict(),
            "optimizer_state_dict": made.optimizer.state_dict(),
            "lr_scheduler": made.scheduler.state_dict(),
        },
        tmp_path / "step_10.pt",
    )
    arm = run(small.target(), tmp_path, CONTROL, checkpoint=Checkpoint(path=str(tmp_path / "step_10.pt"), step=10))
    np.testing.assert_array_equal(arm.losses, small.train(small.target(), 30)[10:])


def test_what_the_users_code_raises_is_the_arms_end(tmp_path: Path) -> None:
    target = small.target()

    def broken(step: int) -> object:
        raise KeyError(f"no such shard of step {step}")

    target.batches = broken
    arm = run(target, tmp_path, CONTROL)
    assert arm.end == "exit_code" and "no such shard" in arm.detail


def test_time_is_limited(tmp_path: Path) -> None:
    from loglens.replay.drivers.driver import Budget

    job = ArmJob(arm=CONTROL, checkpoint=None, start=0, steps=10_000_000, folder=str(tmp_path))
    arm = run_job(small.target(), job, Context(budget=Budget(seconds=0.3)))
    assert arm.end == "timeout" and not arm.usable and arm.seconds < 3


def test_autocast_and_deterministic_are_on_request(tmp_path: Path) -> None:
    plain = small.target()
    half = TorchTarget(
        model=plain.model, optimizer=plain.optimizer, scheduler=plain.scheduler, batches=small.batches, loss=small.loss,
        device="cpu", autocast="bfloat16", deterministic=True,
    )  # fmt: skip
    seen: list[bool] = []

    def watching(model: nn.Module, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        seen.append(torch.are_deterministic_algorithms_enabled())
        assert model(batch[0]).dtype == torch.bfloat16
        return small.loss(model, batch)

    half.loss = watching
    assert run(half, tmp_path, CONTROL).end == "ok"
    assert all(seen) and not torch.are_deterministic_algorithms_enabled()
    with pytest.raises(ReplayError, match="bfloat16"):
        TorchTarget(
            model=plain.model, optimizer=plain.optimizer, batches=small.batches, loss=small.loss, autocast="int8"
        )


def test_the_gradient_is_clipped_where_asked(tmp_path: Path) -> None:
    free = run(small.target(), tmp_path, CONTROL)
    clipped = run(small.target(), tmp_path, Arm(label="c", kind="clip", clip=1e-3))
    assert clipped.losses[-1] > free.losses[-1]


def test_loader_batches_go_on_and_back() -> None:
    epochs: list[int] = []

    def loader(epoch: int) -> list[int]:
        epochs.append(epoch)
        return [10 * epoch + place for place in range(3)]

    batch = loader_batches(loader, 3)
    assert [batch(step) for step in range(7)] == [0, 1, 2, 10, 11, 12, 20]
    assert epochs == [0, 1, 2], "going on iterates each epoch once"
    assert [batch(4), batch(5), batch(3)] == [11, 12, 10]
    with pytest.raises(ReplayError, match="not the 5"):
        loader_batches(loader, 5)(4)


def test_batches_keep_their_kind_on_the_way_to_a_device() -> None:
    from collections import namedtuple

    pair = namedtuple("pair", "x y")  # noqa: PYI024  the plain form is what user code has
    moved = to_device({"a": [torch.ones(1), "text"], "b": pair(torch.ones(2), 3)}, torch.device("meta"))
    assert moved["a"][0].is_meta and moved["a"][1] == "text" and moved["b"].x.is_meta and moved["b"].y == 3
