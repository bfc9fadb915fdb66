"""Synthetic runs with planted truth, from a seed: what the signals and detectors are tested on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from loglens.model.run import FloatArray, IntArray, Rewind, RewrittenPoints, RoleChoice, Run, Series
from loglens.signals.core import Signals

ROLES = {"loss": "train_loss", "val": "val_loss", "lr": "learning_rate", "grad": "grad_norm", "epoch": "epoch"}


@dataclass(frozen=True)
class Planted:
    """A run and the steps at which something was put into it."""

    run: Run
    at: tuple[int, ...] = ()

    @property
    def signals(self) -> Signals:
        return Signals(self.run)


def make_run(
    columns: Mapping[str, tuple[IntArray, FloatArray] | FloatArray],
    *,
    interval: int = 1,
    rewinds: tuple[Rewind, ...] = (),
    rewritten: tuple[RewrittenPoints, ...] = (),
    wall_times: FloatArray | None = None,
    aggregate: str = "unknown",
    live: bool = False,
) -> Run:
    """A run of the given columns ('loss', 'val', 'lr', 'grad', 'epoch' have their roles). A bare array is laid out from
    step 0 on, one point every `interval` steps."""
    series = []
    for tag, column in columns.items():
        steps, values = column if isinstance(column, tuple) else (np.arange(len(column)) * interval, column)
        times = wall_times if wall_times is not None and len(wall_times) == len(values) else None
        series.append(
            Series(tag=tag, steps=steps, values=values, wall_times=times, aggregate=aggregate)  # type: ignore[arg-type]
        )
    return Run(
        name=".",
        source="synthetic",
        format="arrays",
        series=tuple(series),
        roles=tuple(
            RoleChoice(role=ROLES[one.tag], series=one.tag, reason="planted") for one in series if one.tag in ROLES
        ),
        rewinds=rewinds,
        rewritten=rewritten,
        live=live,
    )


def falling(points: int, *, start: float = 2.5, floor: float = 0.4, tempo: float = 6.0) -> FloatArray:
    """A loss that falls as trainings do: fast at first, then ever slower."""
    x = np.linspace(0.0, 1.0, points)
    return floor + (start - floor) / (1.0 + tempo * x) ** 2


def healthy(seed: int = 0, *, points: int = 1500, noise: float = 0.05, interval: int = 1) -> Planted:
    """A falling loss with noise in proportion to it, gradient norm, validation loss and a cosine rate with warm-up."""
    rng = np.random.default_rng(seed)
    level = falling(points)
    loss = level * np.exp(noise * rng.standard_normal(points))
    grad = 0.7 * np.exp(0.15 * rng.standard_normal(points))
    steps = np.arange(points) * interval
    every = max(1, points // 20)
    val = (steps[every - 1 :: every], (level * 1.1 + 0.02)[every - 1 :: every] * (1 + 0.004 * rng.standard_normal()))
    lr = lr_curve("cosine", points, warmup=points // 20)
    return Planted(make_run({"loss": loss, "grad": grad, "val": val, "lr": lr}, interval=interval))


def with_spikes(
    at: tuple[int, ...],
    *,
    height: float = 3.0,
    heal: float = 0.0,
    seed: int = 0,
    points: int = 1500,
    noise: float = 0.05,
) -> Planted:
    """A healthy run with single steps `height` above the level (in units of the loss), healing with time constant
    `heal` steps; the gradient norm jumps tenfold with them."""
    run = healthy(seed, points=points, noise=noise).run
    loss, grad = run.series[0].values.copy(), run.series[1].values.copy()
    for step in at:
        tail = np.arange(points - step)
        shape = (tail == 0) * 1.0 if heal <= 0 else np.exp(-tail / heal)
        loss[step:] += height * shape
        grad[step] *= 10
    return Planted(make_run({"loss": loss, "grad": grad, "lr": run.series[3].values}), at=at)


def diverging(*, at: int = 900, rate: float = 0.08, points: int = 1500, seed: int = 0, nan: bool = False) -> Planted:
    """A falling loss that grows exponentially from step `at` on to a hundred times its start, or on into NaN."""
    run = healthy(seed, points=points).run
    loss = run.series[0].values.copy()
    grown = loss[at] * np.exp(np.minimum(rate * np.arange(points - at), 50.0))
    loss[at:] = np.minimum(grown, 250.0) * np.exp(0.05 * np.random.default_rng(seed).standard_normal(points - at))
    if nan:
        loss[at + int(np.log(250.0 / loss[at - 1]) / rate) :] = np.nan
    return Planted(make_run({"loss": loss, "lr": run.series[3].values}), at=(at,))


def windowed(run: Run, size: int) -> Run:
    """The same run logged every `size` steps as the mean of the window, at its last step; a series that is sparse
    already stays."""

    def means(one: Series) -> Series:
        n = len(one) // size * size
        if n < 10 * size or int(np.median(np.diff(one.steps))) > 1:
            return one
        values = one.values[:n].reshape(-1, size).mean(axis=1)
        return replace(one, steps=one.steps[size - 1 : n : size], values=values, wall_times=None)

    return replace(run, series=tuple(means(one) for one in run.series))


def thinned(run: Run, every: int) -> Run:
    """The same run with only every `every`-th point kept."""
    kept = (replace(one, steps=one.steps[::every], values=one.values[::every], wall_times=None) for one in run.series)
    return replace(run, series=tuple(kept))


def scaled(run: Run, factor: float) -> Run:
    """The same run with its losses in another unit."""
    losses = ("loss", "val")
    return replace(
        run,
        series=tuple(replace(one, values=one.values * (factor if one.tag in losses else 1.0)) for one in run.series),
    )


def lr_curve(kind: str, points: int, *, peak: float = 1e-3, warmup: int = 0, floor: float = 0.0) -> FloatArray:
    """A schedule of `points` steps: a linear warm-up, then what the name says (`floor` as a share of the peak)."""
    t = np.arange(points, dtype=np.float64)
    x = np.clip((t - warmup) / max(1, points - warmup), 0.0, 1.0)
    shapes: dict[str, FloatArray] = {
        "constant": np.ones(points),
        "linear": floor + (1 - floor) * (1 - x),
        "cosine": floor + (1 - floor) * 0.5 * (1 + np.cos(np.pi * x)),
        "exponential": 0.02**x,
        "polynomial": floor + (1 - floor) * (1 - x) ** 2,
        "inverse_sqrt": 1 / np.sqrt(1 + x * 30),
        "step": np.where(x < 0.5, 1.0, np.where(x < 0.8, 0.1, 0.01)),
        "restarts": 0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * ((4 * x) % 1.0))),
        "cyclic": 0.1 + 0.9 * (1 - np.abs(2 * ((4 * x) % 1.0) - 1)),
        "wsd": np.clip((1 - x) / 0.2, 0.0, 1.0),
    }
    if kind == "one_cycle":
        up = 0.04 + 0.96 * 0.5 * (1 - np.cos(np.pi * np.clip(t / (0.3 * points), 0, 1)))
        down = 0.5 * (1 + np.cos(np.pi * np.clip((t / points - 0.3) / 0.7, 0, 1)))
        return peak * np.where(t < 0.3 * points, up, down)
    return peak * shapes[kind] * np.minimum(1.0, (t + 1) / max(1, warmup))
