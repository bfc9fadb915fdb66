# ruff: noqa: INP001  a script to be run and read, not a package
"""A small real training whose learning rate is too high: it learns, then its loss explodes.

    python train.py --out RUN                                                     the failed run, as it lies in log/
    python train.py --resume checkpoints/ckpt-00000080.pt --lr 0.06 --out RUN     from a checkpoint, at another rate

`loglens replay` runs it either way: by command (`main`), or in Python (`target`, which also uses a GPU where there is
one). The data, three noisy spirals, is made here.
"""

from __future__ import annotations

import argparse
import csv
import math
from pathlib import Path

import torch
from torch import Tensor, nn

from loglens.replay import Recorder, TorchTarget

STEPS = 240
PEAK_LR = 0.6
WARMUP = 200
BATCH = 64


def spirals(count: int = 1500, seed: int = 3) -> tuple[Tensor, Tensor]:
    """(count, 2) points on three spiral arms, (count,) the arm of each."""
    generator = torch.Generator().manual_seed(seed)
    arm = torch.arange(count) % 3
    radius = torch.rand(count, generator=generator).sqrt()
    angle = 5 * radius + arm * (2 * math.pi / 3) + 0.25 * torch.randn(count, generator=generator)
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1) * 2, arm


DATA = spirals()


def batches(step: int) -> tuple[Tensor, Tensor]:
    """The batch of a step: the same one each time."""
    chosen = torch.randint(0, len(DATA[0]), (BATCH,), generator=torch.Generator().manual_seed(step))
    return DATA[0][chosen], DATA[1][chosen]


def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def target(lr: float = PEAK_LR) -> TorchTarget:
    """The training as LogLens replays it: model, optimizer and schedule as they are before the first step."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the model is far too small for more
    model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / WARMUP))
    return TorchTarget(model=model, optimizer=optimizer, scheduler=scheduler, batches=batches, loss=loss)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train on spirals; the default learning rate is too high.")
    parser.add_argument("--out", type=Path, required=True, help="folder for metrics.csv and checkpoints")
    parser.add_argument("--lr", type=float, default=PEAK_LR)
    parser.add_argument("--resume", type=Path, help="a checkpoint of an earlier run")
    parser.add_argument("--stop", type=int, default=STEPS, help="step to stop at")
    args = parser.parse_args()

    run = target(args.lr)
    start = 0
    if args.resume is not None:
        state = torch.load(args.resume, weights_only=True)
        run.restore(state, factor=args.lr / PEAK_LR, source=str(args.resume))
        start = state["step"]
    args.out.mkdir(parents=True, exist_ok=True)
    kept = args.out / "checkpoints"
    recorder = Recorder(
        kept, model=run.model, optimizer=run.optimizer, scheduler=run.scheduler, every=40, keep=2, start=start
    )
    with (args.out / "metrics.csv").open("w", newline="") as file:
        log = csv.writer(file)
        log.writerow(["step", "loss", "learning_rate", "grad_norm"])
        for step in range(start, args.stop):
            run.optimizer.zero_grad(set_to_none=True)
            x, y = batches(step)
            value = loss(run.model, (x.to(run.device), y.to(run.device)))
            value.backward()  # type: ignore[no-untyped-call]
            norm = torch.nn.utils.get_total_norm([one.grad for one in run.model.parameters() if one.grad is not None])
            log.writerow([step, value.item(), run.current_lr(), norm.item()])
            run.optimizer.step()
            run.scheduler.step()
            recorder.step(step, value.item())


if __name__ == "__main__":
    main()
