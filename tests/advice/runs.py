"""Synthetic runs with a known cause, for the advice's tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from loglens.model.run import FloatArray, Rewind, Run
from loglens.signals.core import Signals
from loglens.signals.scaled import ScaledRun, read

STEPS = 1000


def falling(
    seed: int = 0, *, steps: int = STEPS, pace: float = 30.0, floor: float = 0.1, noise: float = 0.04
) -> FloatArray:
    """A loss that falls from 2.3 towards `floor` like a power law, with multiplicative noise."""
    rng = np.random.default_rng(seed)
    level = floor + (2.3 - floor) / (1 + np.arange(steps) / pace) ** 1.3
    return np.asarray(level * np.exp(noise * rng.standard_normal(steps)))


def run_of(loss: FloatArray, *, lr: FloatArray | float | None = 0.01, **columns: Any) -> Run:
    """A run with that loss, a constant or given rate, and gradient norm / validation loss where they are named."""
    values: dict[str, FloatArray] = {"loss": loss}
    roles = {"train_loss": "loss"}
    if lr is not None:
        values["lr"] = np.broadcast_to(np.asarray(lr, dtype=np.float64), loss.shape)
        roles["learning_rate"] = "lr"
    for role, column in columns.items():
        values[role] = column
        roles[role] = role
    return Run.from_arrays(values, roles=roles)


def signals_of(
    loss: FloatArray, *, lr: FloatArray | float | None = 0.01, rewinds: tuple[Rewind, ...] = (), **columns: Any
) -> Signals:
    return Signals(replace(run_of(loss, lr=lr, **columns), rewinds=rewinds))


def reading_of(
    loss: FloatArray, *, lr: FloatArray | float | None = 0.01, rewinds: tuple[Rewind, ...] = (), **columns: Any
) -> ScaledRun:
    """The same read for its measures."""
    found = read(signals_of(loss, lr=lr, rewinds=rewinds, **columns))
    assert found is not None
    return found
