"""Train a stack: K lanes of one task and one optimizer at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.lab.tasks.base import Task
from tests.lab.tasks.data.basic import Data
from tests.lab.trainings.faults import Lane
from tests.lab.trainings.layers import initial, views
from tests.lab.trainings.optimizers import CENTRE_LR, Optimizer

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What a stack logged, iteration by iteration: steps (T, K) int, loss, lr, grad_norm (T, K), val (V, K) at the
    iterations `val_at` (V,). `epoch_steps` (K,): batches a pass over the lane's data takes."""

    steps: NDArray[np.int64]
    loss: FloatArray
    lr: FloatArray
    grad_norm: FloatArray
    val: FloatArray
    val_at: NDArray[np.int64]
    epoch_steps: NDArray[np.float64]


def train_stack(
    task: Task, optimizer: str, lanes: Sequence[Lane], *, batch: int, weight_decay: float = 0.0,
    momentum: float = 0.9, val_points: int = 40,
) -> Curves:  # fmt: skip
    """Run all lanes to their end; a lane that blows up goes on as NaN, as real runs do."""
    data = task.load()
    steps = _steps(lanes)
    total = len(steps)
    lr = np.stack([lane.peak * lane.plan[steps[:, k]] for k, lane in enumerate(lanes)], 1).astype(np.float32)
    index = _batches(lanes, data, total, batch)
    labels = _labels(lanes, data)
    flat = _start(task, [lane.seed for lane in lanes])
    _kill(task, flat, [lane.dead for lane in lanes])
    state = Optimizer(optimizer, flat, weight_decay=weight_decay, momentum=momentum)
    clip = torch.tensor([[lane.clip or float("inf")] for lane in lanes])
    saved: dict[int, Tensor] = {}
    loss_log = np.zeros((total, len(lanes)), np.float32)
    norm_log = np.zeros_like(loss_log)
    val_at = np.unique(np.append(np.arange(0, total, max(1, total // val_points))[1:], total - 1))
    val: list[FloatArray] = []
    generator = torch.Generator().manual_seed(99)
    moves = _movable(task, flat, [lane.dead for lane in lanes])
    lane_axis = torch.arange(len(lanes)).unsqueeze(1)
    rates = torch.from_numpy(lr)
    for now in range(total):
        for k, lane in enumerate(lanes):
            if lane.resume_to is not None and lane.resume_at is not None:
                if now == lane.resume_to:
                    saved[k] = flat[k].clone()
                elif now == lane.resume_at + 1:
                    flat = flat.clone()
                    flat[k] = saved.pop(k)
                    state.reset(torch.tensor([k]))
        rows = index[now].long()
        x = data.x[rows]
        y = data.y[rows] if labels is None else labels[lane_axis, rows]
        x, y = _corrupt(lanes, steps[now], x, y, generator)
        flat = flat.detach().requires_grad_()
        loss = task.loss(views(task.specs, flat), x, y, generator)
        (gradient,) = torch.autograd.grad(loss.sum(), flat)
        if moves is not None:
            gradient = gradient * moves
        size = gradient.norm(dim=1, keepdim=True)
        loss_log[now], norm_log[now] = loss.detach().numpy(), size.squeeze(1).numpy()
        with torch.no_grad():
            gradient = gradient * torch.clamp(clip / (size + 1e-9), max=1.0)
            flat = state.step(flat.detach(), gradient, rates[now].unsqueeze(1))
        if now in val_at:
            val.append(_validate(task, flat, data, generator))
    passes = np.array([(lane.n_train or data.size) / batch for lane in lanes])
    return Curves(steps, loss_log, lr, norm_log, np.stack(val), val_at, passes)


PRETRAINING = 400
"""Steps of Adam that a network to be fine-tuned has behind it."""


def _start(task: Task, seeds: Sequence[int]) -> Tensor:
    """(K, P) the parameters every lane starts from: drawn at random, or learnt on the data of `task.before`."""
    flat = initial(task.specs, seeds)
    if task.before is None:
        return flat
    data, state = task.before(), Optimizer("adam", flat)
    generator = torch.Generator().manual_seed(3)
    rate = torch.full((len(flat), 1), CENTRE_LR["adam"])
    for _ in range(PRETRAINING):
        rows = torch.randint(0, data.size, (32,), generator=generator)
        x, y = (part[rows].unsqueeze(0).expand(len(flat), *part[rows].shape) for part in (data.x, data.y))
        flat = flat.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(task.loss(views(task.specs, flat), x, y, generator).sum(), flat)
        flat = state.step(flat.detach(), gradient, rate)
    return flat


def _steps(lanes: Sequence[Lane]) -> NDArray[np.int64]:
    """(T, K): the step each lane is at; a resumed lane repeats some, so the others idle at their last step."""
    columns = []
    for lane in lanes:
        column = np.arange(lane.steps)
        if lane.resume_at is not None and lane.resume_to is not None:
            column = np.concatenate([column[: lane.resume_at + 1], column[lane.resume_to :]])
        columns.append(column)
    total = max(len(column) for column in columns)
    return np.stack([np.append(c, np.full(total - len(c), c[-1])) for c in columns], 1)


def _batches(lanes: Sequence[Lane], data: Data, total: int, batch: int) -> Tensor:
    """(T, K, B) int32 row numbers: shuffled passes without replacement, or class-sorted ones."""
    streams: dict[tuple[int, int, bool], Tensor] = {}
    out = []
    for lane in lanes:
        size = min(lane.n_train or data.size, data.size)
        key = (lane.seed, size, lane.sorted_data)
        if key not in streams:
            generator = torch.Generator().manual_seed(31 * lane.seed + 1)
            passes = -(-total * batch // size)
            if lane.sorted_data:
                rows = torch.argsort(data.order[:size], stable=True).repeat(passes)
            else:
                rows = torch.cat([torch.randperm(size, generator=generator) for _ in range(passes)])
            streams[key] = rows[: total * batch].reshape(total, batch).int()
        out.append(streams[key])
    return torch.stack(out, 1)


def _labels(lanes: Sequence[Lane], data: Data) -> Tensor | None:
    """(K, N, ...) targets of each lane's own where any lane has shuffled labels, else None."""
    if not any(lane.label_noise for lane in lanes):
        return None
    tables = data.y.unsqueeze(0).repeat(len(lanes), *([1] * data.y.dim()))
    for k, lane in enumerate(lanes):
        if lane.label_noise:
            generator = torch.Generator().manual_seed(17 + k)
            rows = torch.randperm(data.size, generator=generator)[: int(lane.label_noise * data.size)]
            tables[k, rows] = data.y[rows[torch.randperm(len(rows), generator=generator)]]
    return tables


def _kill(task: Task, flat: Tensor, dead: Sequence[bool]) -> None:
    lanes = torch.tensor(dead)
    if lanes.any():
        named = views(task.specs, flat)
        for name, value in task.kill:
            named[name][lanes] = value  # a view: this writes into `flat`


def _movable(task: Task, flat: Tensor, dead: Sequence[bool]) -> Tensor | None:
    """(K, P) 0 where a severed graph lets no gradient through; None where every lane is whole."""
    if task.kill or not any(dead):
        return None
    moves = torch.ones_like(flat)
    moves[torch.tensor(dead), : -task.specs[-1].size] = 0.0
    return moves


def _corrupt(
    lanes: Sequence[Lane], now: NDArray[np.int64], x: Tensor, y: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Spoil the batches of the lanes whose bad step this is: inputs or targets out of range, or shuffled."""
    for k, lane in enumerate(lanes):
        if int(now[k]) not in lane.bad_batches:
            continue
        x, y = x.clone(), y.clone()
        kind = lane.bad_kind
        if x.is_floating_point() and kind != "target":
            noise = torch.randn(x[k].shape, generator=generator)
            x[k] = x[k] * lane.bad_size if kind == "scale" else x[k] + lane.bad_size * noise
            if y.shape == x.shape:
                y[k] = x[k]
        elif y.is_floating_point():
            y[k] = y[k] * lane.bad_size + (lane.bad_size if kind == "noise" else 0.0)
        elif x.is_floating_point():
            y[k] = y[k].roll(1, 0)
        else:
            top = int(x.max()) + 1
            x[k] = torch.randint(0, top, x[k].shape, generator=generator).sort(-1).values
            y[k] = torch.randint(0, int(y.max()) + 1, y[k].shape, generator=generator)
    return x, y


def _validate(task: Task, flat: Tensor, data: Data, generator: torch.Generator) -> FloatArray:
    lanes = flat.shape[0]
    with torch.no_grad():
        x = data.x_val[:160].unsqueeze(0).expand(lanes, *data.x_val[:160].shape)
        y = data.y_val[:160].unsqueeze(0).expand(lanes, *data.y_val[:160].shape)
        loss = task.loss(views(task.specs, flat), x, y, generator)
    return np.asarray(loss.numpy(), dtype=np.float32)
