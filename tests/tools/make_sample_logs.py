"""Make `sample_logs/runs/`: a dozen short real trainings, healthy and sick, each logged in another format.

    python -m tests.tools.make_sample_logs [NAME ...]

Needs the test extra (torch and scikit-learn; the data ships with scikit-learn). Everything is seeded, so the same
version of torch on the same kind of machine writes the same numbers. `sample_logs/README.md` says what is true of each.
"""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from tests.tools import log_writers
from tests.tools.log_writers import Row

OUT = Path(__file__).parent.parent.parent / "sample_logs" / "runs"
Schedule = Callable[[int], float]
Batch = tuple[Tensor, Tensor]


def constant(lr: float) -> Schedule:
    return lambda _step: lr


def cosine(lr: float, total: int, warmup: int = 0) -> Schedule:
    def at(step: int) -> float:
        if step < warmup:
            return lr * (step + 1) / warmup
        return lr * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))

    return at


def collapsing(lr: float, half_life: float) -> Schedule:
    return lambda step: lr * 0.5 ** (step / half_life)


def jumping(before: Schedule, at: int, factor: float) -> Schedule:
    return lambda step: before(step) * (factor if step >= at else 1.0)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training. `every`: steps between log lines (the value is the mean since the last). `corrupt`: steps whose
    batch is noise with wild labels. `resume`: (crash, checkpoint) steps; the optimizer's state is lost in between."""

    name: str
    truth: str
    schedule: Schedule
    write: Callable[[Path, list[Row]], None]
    optimizer: str = "adam"
    steps: int = 900
    batch: int = 32
    every: int = 1
    task: str = "digits"
    classes_in_order: bool = False
    samples: int = 1400
    corrupt: tuple[int, ...] = ()
    resume: tuple[int, int] | None = None
    epoch_rows: bool = False
    depth: int = 2
    seed: int = 0


@dataclass
class Data:
    """Inputs and targets; `order` is the order of the training samples in an epoch before any shuffling."""

    train: Batch
    val: Batch
    loss: Callable[[Tensor, Tensor], Tensor]
    inputs: int
    outputs: int
    generator: torch.Generator = field(default_factory=torch.Generator)


def load(recipe: Recipe) -> Data:
    """Digits (10 classes, 8x8 pixels), or the same pixels to be reproduced by an autoencoder."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    x = torch.tensor(pixels, dtype=torch.float32) / 16
    y = torch.tensor(labels)
    mixed = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    x, y = x[mixed], y[mixed]
    x_train, y_train, x_val, y_val = x[: recipe.samples], y[: recipe.samples], x[1400:], y[1400:]
    if recipe.task == "autoencoder":
        return Data((x_train, x_train), (x_val, x_val), nn.functional.mse_loss, 64, 64)
    if recipe.classes_in_order:
        order = torch.argsort(y_train, stable=True)
        x_train, y_train = x_train[order], y_train[order]
    return Data((x_train, y_train), (x_val, y_val), nn.functional.cross_entropy, 64, 10)


def network(recipe: Recipe, data: Data) -> nn.Module:
    if recipe.task == "autoencoder":
        return nn.Sequential(
            nn.Linear(64, 48), nn.Tanh(), nn.Linear(48, 12), nn.Tanh(), nn.Linear(12, 48), nn.Tanh(), nn.Linear(48, 64)
        )
    layers: list[nn.Module] = [nn.Linear(data.inputs, 64), nn.ReLU()]
    for _ in range(recipe.depth - 1):
        layers += [nn.Linear(64, 64), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, data.outputs))


def build_optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    match recipe.optimizer:
        case "adam":
            return torch.optim.Adam(model.parameters(), lr=recipe.schedule(0))
        case "momentum":
            return torch.optim.SGD(model.parameters(), lr=recipe.schedule(0), momentum=0.9)
        case _:
            return torch.optim.SGD(model.parameters(), lr=recipe.schedule(0))


def epoch_order(recipe: Recipe, epoch: int) -> Tensor:
    if recipe.classes_in_order:
        return torch.arange(recipe.samples)
    return torch.randperm(recipe.samples, generator=torch.Generator().manual_seed(1000 + epoch))


def batch_at(recipe: Recipe, data: Data, step: int) -> Batch:
    """The batch of a step: a function of the step alone, so that a resumed run sees the same data."""
    per_epoch = recipe.samples // recipe.batch
    chosen = epoch_order(recipe, step // per_epoch)[(step % per_epoch) * recipe.batch :][: recipe.batch]
    x, y = data.train[0][chosen], data.train[1][chosen]
    if step in recipe.corrupt:
        noise = torch.Generator().manual_seed(step)
        x = 4 * torch.randn(x.shape, generator=noise)
        y = torch.randint(0, 10, y.shape, generator=noise) if y.dtype == torch.int64 else y
    return x, y


def train(recipe: Recipe) -> list[Row]:
    """Run a recipe; one row a log line, steps going back where the run was resumed."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(1)
    data = load(recipe)
    model = network(recipe, data)
    optimizer = build_optimizer(recipe, model)
    per_epoch = recipe.samples // recipe.batch
    rows: list[Row] = []
    window: list[float] = []
    saved = None
    crashed = False
    step = 0
    while step < recipe.steps:
        if recipe.resume and not crashed:
            crash, checkpoint = recipe.resume
            if step == checkpoint:
                saved = {name: value.clone() for name, value in model.state_dict().items()}
            if step == crash and saved is not None:
                model.load_state_dict(saved)
                optimizer = build_optimizer(recipe, model)
                step, crashed, window = checkpoint, True, []
        for group in optimizer.param_groups:
            group["lr"] = recipe.schedule(step)
        x, y = batch_at(recipe, data, step)
        loss = data.loss(model(x), y)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf)
        optimizer.step()
        window.append(float(loss.detach()))
        if (step + 1) % recipe.every == 0:
            last = (step + 1) % (recipe.every * max(1, per_epoch // recipe.every)) == 0
            rows.append(
                Row(
                    step=step,
                    epoch=step / per_epoch,
                    loss=sum(window) / len(window),
                    lr=recipe.schedule(step),
                    grad_norm=float(norm),
                    val_loss=validate(model, data) if last else None,
                    resumed=crashed and recipe.resume is not None and step >= recipe.resume[1],
                )
            )
            window = []
        step += 1
    return rows


@torch.no_grad()
def validate(model: nn.Module, data: Data) -> float:
    return float(data.loss(model(data.val[0]), data.val[1]))


RECIPES = (
    Recipe(
        name="healthy", truth="healthy", schedule=cosine(2e-3, 900, 50), write=log_writers.tensorboard,
    ),
    Recipe(
        name="healthy-noisy", truth="healthy", schedule=constant(0.05), optimizer="sgd", batch=4, steps=1200,
        write=log_writers.lightning_csv,
    ),
    Recipe(
        name="lr-far-too-high", truth="lr_too_high", schedule=constant(6.0), optimizer="momentum", steps=400,
        task="autoencoder", write=log_writers.json_lines,
    ),
    Recipe(
        name="lr-too-high", truth="lr_too_high", schedule=constant(0.06), write=log_writers.wandb_history, depth=3,
    ),
    Recipe(
        name="collapse-to-chance", truth="lr_too_high", schedule=constant(0.5), depth=3,
        write=log_writers.trainer_state, steps=700,
    ),
    Recipe(
        name="lr-too-low", truth="lr_too_low", schedule=constant(2e-5), write=log_writers.plain_csv,
    ),
    Recipe(
        name="lr-decays-too-early", truth="lr_decays_too_early", schedule=collapsing(2e-3, 25),
        write=log_writers.tensorboard_v2,
    ),
    Recipe(
        name="lr-jump", truth="lr_jump", schedule=jumping(constant(2e-3), 500, 60.0),
        write=log_writers.lightning_csv,
    ),
    Recipe(
        name="bad-batches", truth="bad_data", schedule=constant(1e-3), corrupt=(333, 610, 701),
        write=log_writers.wandb_offline,
    ),
    Recipe(
        name="class-ordered", truth="data_order", schedule=constant(0.1), optimizer="sgd", classes_in_order=True,
        write=log_writers.semicolon_csv, every=2,
    ),
    Recipe(
        name="resume-lost-optimizer", truth="resume_discontinuity", schedule=constant(0.015),
        task="autoencoder", resume=(640, 600), write=log_writers.tensorboard_resumed,
    ),
    Recipe(
        name="overfitting", truth="overfitting", schedule=constant(5e-3), samples=96, steps=600, every=3, depth=3,
        write=log_writers.keras_csv,
    ),
)  # fmt: skip


def main(names: list[str]) -> None:
    for recipe in RECIPES:
        if names and recipe.name not in names:
            continue
        folder = OUT / recipe.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        rows = train(recipe)
        recipe.write(folder, rows)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(
            f"{recipe.name:24s} {len(rows):5d} rows  {size / 1000:6.0f} kB  {rows[0].loss:.3f} -> {rows[-1].loss:.4g}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
