"""From a trained curve to a `Run` as a reader would hand it over: mixed logging intervals, window means, columns
missing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import Aggregate, Rewind, RoleChoice, Run, Series

Floats = NDArray[np.floating]
VAL_SPREAD = 0.12
"""Spread of the logarithm by which a validation set is easier or harder than the training set."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One run of the lab, iteration by iteration: steps, loss, lr, grad_norm (T,); val (V,) at iterations val_at."""

    steps: NDArray[np.int32]
    loss: Floats
    lr: Floats
    grad_norm: Floats
    val: Floats
    val_at: NDArray[np.int32]
    epoch_steps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a run is logged. `every`: steps between two points; `mean`: a point is the mean since the last one.
    `val_scale`: validation sets are easier or harder than training sets. `val_every`: of the validations made one in so
    many is logged, the last one always."""

    every: int = 1
    mean: bool = True
    has_lr: bool = True
    has_grad_norm: bool = True
    has_val: bool = True
    has_epoch: bool = True
    val_scale: float = 1.0
    val_every: int = 1


def draw_style(draw: np.random.Generator, steps: int) -> Style:
    """As trainers log: mostly every step or every few, now and then without rate, gradient norm or validation."""
    intervals = [1, 1, 1, 1, 2, 5, 5, 10, 10, 20, 50, 100]
    every = int(draw.choice([one for one in intervals if steps / one >= 30]))
    return Style(
        every=every, mean=bool(draw.random() < 0.75), has_lr=bool(draw.random() < 0.9),
        has_grad_norm=bool(draw.random() < 0.65), has_val=bool(draw.random() < 0.85),
        has_epoch=bool(draw.random() < 0.8), val_scale=float(np.exp(VAL_SPREAD * draw.standard_normal())),
        val_every=int(draw.choice([1, 1, 2, 2, 3, 4])),
    )  # fmt: skip


def coarser(style: Style, *, mean: bool) -> Style:
    """The same log thinned to every tenth point, or averaged over ten."""
    return replace(style, every=style.every * 10, mean=mean)


def to_run(curve: Curve, style: Style, *, name: str = "run") -> Run:
    """The run as a reader returns it; what a resume wrote twice is resolved in favour of the later values."""
    total = len(curve.steps)
    last = np.arange(style.every - 1, total, style.every)
    keep, rewinds = _after_resume(curve.steps, last)
    columns: dict[str, Floats] = {"train/loss": _sampled(curve.loss, last, style)}
    if style.has_lr:
        columns["train/lr"] = curve.lr[last]
    if style.has_grad_norm:
        columns["train/grad_norm"] = _sampled(curve.grad_norm, last, style)
    if style.has_epoch:
        columns["epoch"] = curve.steps[last] / curve.epoch_steps
    aggregate: Aggregate = "window" if style.mean and style.every > 1 else "point"
    at = curve.steps[last].astype(np.int64)
    series = [
        Series(tag=tag, steps=at[keep], values=values[keep].astype(np.float64), aggregate=aggregate)
        for tag, values in columns.items()
    ]
    roles = {
        "train_loss": "train/loss",
        "learning_rate": "train/lr" if style.has_lr else None,
        "grad_norm": "train/grad_norm" if style.has_grad_norm else None,
        "epoch": "epoch" if style.has_epoch else None,
        "val_loss": "val/loss" if style.has_val else None,
    }
    if style.has_val:
        chosen = np.arange(len(curve.val_at))[:: -style.val_every][::-1]
        kept, _ = _after_resume(curve.steps, curve.val_at[chosen])
        steps = curve.steps[curve.val_at[chosen]].astype(np.int64)
        values = style.val_scale * curve.val[chosen].astype(np.float64)
        series.append(Series(tag="val/loss", steps=steps[kept], values=values[kept]))
    return Run(
        name=name, source=name, format="lab", series=tuple(series), rewinds=rewinds,
        roles=tuple(RoleChoice(role=role, series=tag, reason="lab") for role, tag in roles.items()),
    )  # fmt: skip


def _sampled(values: Floats, last: NDArray[np.int_], style: Style) -> Floats:
    if style.every == 1 or not style.mean:
        return np.asarray(values[last], dtype=np.float64)
    whole = np.asarray(values[: len(last) * style.every], dtype=np.float64)
    return np.asarray(whole.reshape(len(last), style.every).mean(1))


def _after_resume(
    steps: NDArray[np.int32], at: NDArray[np.int_] | NDArray[np.int32]
) -> tuple[NDArray[np.bool_], tuple[Rewind, ...]]:
    """Which of the logged iterations `at` survive, and the rewind itself."""
    logged = steps[at]
    keep = np.ones(len(at), dtype=bool)
    back = np.flatnonzero(np.diff(logged) <= 0)
    if not len(back):
        return keep, ()
    cut = int(back[0]) + 1
    keep[:cut] = logged[:cut] < logged[cut]
    rewind = Rewind(
        resumed_at=int(logged[cut]), last_step=int(logged[cut - 1]), rewritten=int(np.count_nonzero(~keep)),
        how="step went back",
    )  # fmt: skip
    return keep, (rewind,)
