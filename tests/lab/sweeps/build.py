"""Train the sweeps: `python -m tests.lab.sweeps.build [--out FOLDER] [--minutes 40] [--sets 2]`.

Every task of the lab is trained with SGD, momentum and Adam at 36 rates from 1e-5 to 1e2 at once (18 where a step is
dear): set 0 at constant rates, set 1 under a schedule, set 2 at constant rates for longer and with a heavier momentum.
One `.npz` a stack; what is there already is not trained again, so a build may be stopped at any time.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tests.lab.tasks import TASKS
from tests.lab.tasks.base import Task
from tests.lab.trainings.faults import Lane
from tests.lab.trainings.schedules import SCHEDULES, factors
from tests.lab.trainings.train import train_stack

CACHE = Path("sweep-cache")
OPTIMIZERS = ("sgd", "momentum", "adam")
RATES = 10.0 ** (-5 + 0.2 * np.arange(36))
DEAR = 3
"""Tasks of this cost and more are trained at every second rate and for fewer steps."""
LENGTHS = {1: (300, 600, 1000, 1500, 3000), 2: (300, 600, 1000), DEAR: (200, 400)}
SCHEDULED, LONG = 1, 2
LONGER = {1: (3000, 6000), 2: (1500, 3000), DEAR: (800, 1200)}
HEAVIER = (0.9, 0.95, 0.99)
"""Momentum of the long set: what published baselines use."""


@dataclass(frozen=True, slots=True, eq=False)
class SweepStack:
    """A task with an optimizer at all rates: `number` is the set it belongs to."""

    task: Task
    optimizer: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.task.name}-{self.optimizer}-{self.number}"


def stacks(number: int) -> Iterator[SweepStack]:
    """One set, in an order that mixes tasks and optimizers, so that a build cut short is still balanced."""
    pairs = [(task, optimizer) for task in TASKS for optimizer in OPTIMIZERS]
    for task, optimizer in sorted(pairs, key=lambda one: zlib.crc32(f"{one[0].name}{one[1]}{number}".encode())):
        yield SweepStack(task, optimizer, number)


def train(stack: SweepStack) -> dict[str, NDArray[np.generic]]:
    """The curves of one stack as arrays: loss, grad (T, K), val (V, K) at `val_at`, rates (K,), plan (T,)."""
    task, draw = stack.task, np.random.default_rng(zlib.crc32(stack.name.encode()))
    lengths = LONGER if stack.number == LONG else LENGTHS
    steps = int(draw.choice(lengths[min(task.cost, DEAR)]))
    rates = RATES[int(draw.integers(0, 2)) :: 2] if task.cost >= DEAR else RATES
    batch = int(draw.choice(task.batches))
    data = task.load()
    few = int(max(batch, data.size * draw.uniform(0.03, 0.2))) if draw.random() < 0.25 else None
    gain = float(np.exp(draw.normal(0, 0.5))) if draw.random() < 0.4 else 1.0
    task = replace(task, specs=tuple(replace(spec, std=spec.std * gain) for spec in task.specs))
    draw.integers(0, 50)
    points = int(draw.choice([5, 10, 20, 40]))
    plan = np.ones(steps)
    if stack.number == SCHEDULED:
        warmup = int(draw.choice([0, 0, 0.03, 0.1, 0.2, 0.4]) * steps)
        plan = factors(str(draw.choice(SCHEDULES)), steps, warmup=warmup, draw=float(draw.random()))
    lanes = [Lane(family="sweep", peak=float(rate), plan=plan, seed=stack.number, n_train=few) for rate in rates]
    momentum = float(draw.choice(HEAVIER)) if stack.number == LONG else 0.9
    curves = train_stack(task, stack.optimizer, lanes, batch=batch, momentum=momentum, val_points=points)
    return {
        "loss": curves.loss, "grad": curves.grad_norm, "val": curves.val, "val_at": curves.val_at, "rates": rates,
        "plan": plan,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=CACHE)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--sets", type=int, nargs="*", default=[0, 1, 2])
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    np.seterr(all="ignore")
    until = time.monotonic() + 60 * options.minutes
    for stack in (one for number in options.sets for one in stacks(number)):
        path = options.out / f"{stack.name}.npz"
        if path.exists():
            continue
        if time.monotonic() > until:
            break
        began = time.monotonic()
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, **train(stack))  # type: ignore[arg-type]  # numpy types its keywords as flags
        part.replace(path)
        print(f"{stack.name:30s} {time.monotonic() - began:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
