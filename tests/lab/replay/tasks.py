"""Small real trainings for measuring replay: plain torch modules, three optimizers, data from a seed or that ships.

A `Job` says how a run is trained and what is planted in it; the same job trains the original and, through
`TorchTarget`, its replay, except what is planted `once`: that is the fault of a machine, which does not come back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # the name everybody reads

from loglens.replay import TorchTarget

Planted = Literal["none", "jump", "bad_batch", "sorted", "once"]
Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`lr`: peak rate. `planted` at step `at`: 'jump' multiplies the rate by `size` from there on, 'bad_batch' spoils
    `count` batches, 'once' shakes the weights, 'sorted' feeds one kind of example for `count` steps at a time."""

    task: str
    optimizer: str
    lr: float
    schedule: str = "constant"
    steps: int = 300
    seed: int = 0
    planted: Planted = "none"
    at: int = 0
    size: float = 1.0
    count: int = 1


class TinyGpt(nn.Module):
    """One attention block on 16 tokens of a 24-letter alphabet."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(24, width)
        self.place = nn.Parameter(torch.randn(16, width) * 0.02)
        self.norm1, self.norm2, self.last = nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.head = nn.Linear(width, 24)

    def forward(self, x: Tensor) -> Tensor:
        h = self.embed(x) + self.place
        q, k, v = self.qkv(self.norm1(h)).chunk(3, dim=-1)
        h = h + self.out(F.scaled_dot_product_attention(q, k, v, is_causal=True))
        h = h + self.mlp(self.norm2(h))
        out: Tensor = self.head(self.last(h))
        return out


@cache
def _digits() -> Batch:
    from sklearn.datasets import load_digits

    found = load_digits()
    return torch.tensor(found.data / 16.0, dtype=torch.float32), torch.tensor(found.target)


@cache
def _teacher() -> Batch:
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(2048, 16, generator=generator)
    hidden = torch.tanh(x @ torch.randn(16, 24, generator=generator) / 3)
    y = hidden @ torch.randn(24, 1, generator=generator) / 3 + 0.1 * torch.randn(2048, 1, generator=generator)
    return x, y


@cache
def _text() -> Batch:
    """Two 'languages': Markov chains of 24 letters."""
    rng = np.random.default_rng(7)
    chains = [rng.dirichlet(np.full(24, 0.08), size=24) for _ in range(2)]
    rows = np.zeros((2048, 17), dtype=np.int64)
    rows[:, 0] = rng.integers(0, 24, 2048)
    language = np.arange(2048) % 2
    for place in range(1, 17):
        for kind in range(2):
            mine = language == kind
            sums = chains[kind][rows[mine, place - 1]].cumsum(axis=1)
            rows[mine, place] = np.minimum(23, (sums < rng.random((int(mine.sum()), 1))).sum(axis=1))
    return torch.from_numpy(rows), torch.from_numpy(language)


def _mlp(*sizes: int, act: type[nn.Module] = nn.ReLU) -> nn.Module:
    parts: list[nn.Module] = []
    for a, b in pairwise(sizes):
        parts += [nn.Linear(a, b), act()]
    return nn.Sequential(*parts[:-1])


def _cnn() -> nn.Module:
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU(), nn.Conv2d(12, 24, 3, 2, 1), nn.ReLU(),
        nn.Flatten(), nn.Linear(96, 10),
    )  # fmt: skip


class Recurrent(nn.Module):
    """A GRU that guesses the next letter."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.embed, self.cell, self.head = nn.Embedding(24, width), nn.GRU(width, width), nn.Linear(width, 24)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.cell(self.embed(x).transpose(0, 1))
        out: Tensor = self.head(states.transpose(0, 1))
        return out


def _normed() -> nn.Module:
    """Deeper, with batch normalization: statistics of the batch in the loss, and buffers that change as it trains."""
    parts: list[nn.Module] = []
    for wide in (64, 40, 40, 40):
        parts += [nn.Linear(wide, 40), nn.BatchNorm1d(40), nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(40, 10))


def _autoencoder() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 32), nn.LayerNorm(32), nn.GELU(), nn.Linear(32, 6), nn.Linear(6, 32), nn.GELU(),
                         nn.Linear(32, 64))  # fmt: skip


def _class_loss(model: Callable[[Tensor], Tensor], batch: Batch) -> Tensor:
    return F.cross_entropy(model(batch[0]), batch[1])


def _square_loss(model: Callable[[Tensor], Tensor], batch: Batch) -> Tensor:
    return F.mse_loss(model(batch[0]), batch[1])


def _copy_loss(model: Callable[[Tensor], Tensor], batch: Batch) -> Tensor:
    return 10.0 * F.mse_loss(model(batch[0]), batch[0])


def _text_loss(model: Callable[[Tensor], Tensor], batch: Batch) -> Tensor:
    rows = batch[0]
    return F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())


@dataclass(frozen=True, slots=True)
class Task:
    build: Callable[[], nn.Module]
    data: Callable[[], Batch]
    loss: Callable[[Callable[[Tensor], Tensor], Batch], Tensor]
    batch: int


TASKS = {
    "digits_mlp": Task(lambda: _mlp(64, 48, 48, 10), _digits, _class_loss, 32),
    "digits_cnn": Task(_cnn, _digits, _class_loss, 32),
    "teacher": Task(lambda: _mlp(16, 48, 48, 1, act=nn.Tanh), _teacher, _square_loss, 32),
    "text": Task(TinyGpt, _text, _text_loss, 16),
}
NEW_TASKS = {
    "recurrent": Task(Recurrent, _text, _text_loss, 16),
    "normed": Task(_normed, _digits, _class_loss, 32),
    "autoencoder": Task(_autoencoder, _digits, _copy_loss, 32),
}
"""Never tuned on: only for judging."""
EVERY_TASK = {**TASKS, **NEW_TASKS}
CENTRES = {"sgd": 0.1, "adam": 3e-3, "adamw": 3e-3}


def plan(job: Job) -> Callable[[int], float]:
    """The schedule as a multiple of the peak rate."""

    def at(step: int) -> float:
        jump = job.size if job.planted == "jump" and step >= job.at else 1.0
        if job.schedule == "cosine":
            warm = min(1.0, (step + 1) / 20)
            return warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / job.steps)))) * jump
        return jump

    return at


def batches(job: Job) -> Callable[[int], Batch]:
    """`batches(step)`: the same batch each time."""
    x, y = EVERY_TASK[job.task].data()
    size = EVERY_TASK[job.task].batch
    groups = _groups(y)

    def batch(step: int) -> Batch:
        rng = np.random.default_rng([job.seed, step])
        pool = groups[step // job.count % len(groups)] if job.planted == "sorted" else np.arange(len(x))
        chosen = torch.from_numpy(rng.choice(pool, size))
        xs, ys = x[chosen], y[chosen]
        if job.planted == "bad_batch" and job.at <= step < job.at + job.count:
            return _spoiled(xs, ys, job, rng)
        return xs, ys

    return batch


def _groups(y: Tensor) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    kinds = y.numpy().reshape(-1)
    if kinds.dtype.kind == "f":
        kinds = np.digitize(kinds, np.quantile(kinds, [0.25, 0.5, 0.75]))
    return [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]


def _spoiled(xs: Tensor, ys: Tensor, job: Job, rng: np.random.Generator) -> Batch:
    if not xs.dtype.is_floating_point:
        return torch.from_numpy(rng.integers(0, 24, xs.shape)), ys
    if not ys.dtype.is_floating_point:
        return xs * job.size, torch.from_numpy(rng.integers(0, 10, len(ys)))
    return xs, ys + job.size * torch.from_numpy(rng.standard_normal(ys.shape)).float()


def build(job: Job) -> TorchTarget:
    """The training as LogLens replays it, and as it was first run."""
    torch.manual_seed(job.seed)
    task = EVERY_TASK[job.task]
    model = task.build()
    optimizer: torch.optim.Optimizer
    if job.optimizer == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=job.lr, momentum=0.9)
    else:
        kind = torch.optim.Adam if job.optimizer == "adam" else torch.optim.AdamW
        optimizer = kind(model.parameters(), lr=job.lr)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, plan(job))
    return TorchTarget(
        model=model, optimizer=optimizer, scheduler=scheduler, batches=batches(job), loss=task.loss, device="cpu"
    )
