"""What a replay costs: `python -m tests.benchmarks.replay [DEVICE]` (default: a GPU where there is one).

Prints eight learning-rate arms of a small model one after another against stacked (`torch.func`), how closely both
agree, whether the control repeats the original, the harness's share of the arms' time, and the recorder's share.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from loglens.model.results.replay import Arm, Checkpoint
from loglens.replay import Recorder, TorchTarget
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.drivers.in_process import InProcessDriver, run_job
from loglens.replay.torch.batched import run_batched
from loglens.replay.torch.target import best_device

FACTORS = (1.0, 0.84, 0.71, 0.5, 0.35, 0.25, 0.18, 0.1)
STEPS = 300
SIZES = ((32, 16), (64, 32), (256, 32))


def target(width: int, batch: int, device: torch.device) -> TorchTarget:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))
    x = torch.randn(4096, 64, device=device)
    y = torch.randint(0, 10, (4096,), device=device)

    def batches(step: int) -> tuple[Tensor, Tensor]:
        at = step * batch % 4000
        return x[at : at + batch], y[at : at + batch]

    def loss(net: nn.Module, one: tuple[Tensor, Tensor]) -> Tensor:
        return nn.functional.cross_entropy(net(one[0]), one[1])

    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    return TorchTarget(model=model, optimizer=optimizer, batches=batches, loss=loss, device=device)


def jobs(folder: Path, checkpoint: Checkpoint | None = None) -> list[ArmJob]:
    start = 0 if checkpoint is None else checkpoint.step
    return [
        ArmJob(
            arm=Arm(label=str(factor), kind="lr", factor=factor),
            checkpoint=checkpoint,
            start=start,
            steps=STEPS,
            folder=str(folder / str(factor)),
        )
        for factor in FACTORS
    ]


def stacked_gain(width: int, batch: int, device: torch.device, folder: Path) -> str:
    """Eight arms both ways; the second round counts, when everything is warm."""
    made = target(width, batch, device)
    for _ in range(2):
        began = time.perf_counter()
        alone = [run_job(made, job, Context()) for job in jobs(folder)]
        between = time.perf_counter()
        together = run_batched(made, jobs(folder), Context())
        ended = time.perf_counter()
    if together is None:
        return f"width {width}: cannot be stacked"
    apart = max(float(np.abs(a.losses - b.losses).max()) for a, b in zip(alone, together, strict=True))
    one, all_at_once = between - began, ended - between
    gain = one / all_at_once
    return f"width {width}: one by one {one:.2f} s, stacked {all_at_once:.2f} s, x{gain:.1f}, apart {apart:.1e}"


def recorded(device: torch.device, folder: Path) -> tuple[list[float], float]:
    """The losses of a recorded training, and the recorder's share of its time at the default interval."""
    made = target(256, 32, device)
    exact = Recorder(folder / "exact", model=made.model, optimizer=made.optimizer, every=STEPS, keep=20)
    kept = Recorder(folder / "ring", model=made.model, optimizer=made.optimizer)
    first = kept.spent_seconds
    losses: list[float] = []
    began = time.perf_counter()
    for step in range(10 * STEPS):
        made.optimizer.zero_grad(set_to_none=True)
        value = made.loss(made.model, made.batches(step))
        value.backward()  # type: ignore[no-untyped-call]
        made.optimizer.step()
        losses.append(float(value.detach()))
        kept.step(step, losses[-1])
        exact.step(step)
    took = time.perf_counter() - began - exact.spent_seconds
    return losses, (kept.spent_seconds - first) / took


def main(device: torch.device) -> None:
    torch.set_num_threads(1)
    print(f"device {device}, torch {torch.__version__}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for width, batch in SIZES:
            print(stacked_gain(width, batch, device, folder / f"w{width}"))
        losses, share = recorded(device, folder)
        print(f"recorder: {100 * share:.2f} % of the training's time")
        checkpoint = Checkpoint(path=str(folder / "exact" / f"ckpt-{STEPS:08d}.pt"), step=STEPS)
        control = run_job(target(256, 32, device), jobs(folder / "c", checkpoint)[0], Context())
        original = np.array(losses[STEPS : 2 * STEPS])
        print(f"control: {'the same to the last bit' if np.array_equal(control.losses, original) else 'differs'}, "
              f"at most {np.abs(control.losses - original).max():.1e} apart")  # fmt: skip
        began = time.perf_counter()
        runs = InProcessDriver(target(256, 32, device)).run(jobs(folder / "h", checkpoint)[:2], Context())
        arms = sum(run.seconds for run in runs)
        print(
            f"harness: {100 * max(0.0, time.perf_counter() - began - arms) / arms:.2f} % on top of the arms' own time"
        )


if __name__ == "__main__":
    main(torch.device(sys.argv[1]) if len(sys.argv) > 1 else best_device())
