"""Runs of random numbers: losses that fall, jump, stand, blow up and are no numbers, of any size and length, beside
rates, gradients, validation losses, accuracies and epochs. Changed bytes seldom reach what judges a run; these do."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np

from loglens.model.run import FloatArray

LENGTHS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 60, 120)
OFFSETS = (0.0, 0.0, 0.0, 1e-8, 0.1, 1.0, 10.0, -3.0)
NO_NUMBERS = (np.nan, np.inf, -np.inf)


def run_of_numbers(points: int, random: Random) -> bytes:
    """A CSV of so many rows."""
    rng = np.random.default_rng(random.getrandbits(32))
    columns: dict[str, FloatArray] = {"loss": _curve(points, rng)}
    if rng.random() < 0.5:
        columns["lr"] = _rates(points, rng)
    if rng.random() < 0.4:
        columns["val_loss"] = _curve(points, rng)
    if rng.random() < 0.3:
        columns["grad_norm"] = np.abs(_curve(points, rng))
    if rng.random() < 0.2:
        columns["epoch"] = np.floor(np.arange(points) / rng.integers(1, 9))
    if rng.random() < 0.2:
        columns["accuracy"] = np.clip(_curve(points, rng), 0, 1)
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(("step", *columns)), *(f"{k},{','.join(map(str, row))}" for k, row in enumerate(rows))]
    return "\n".join(lines).encode()


def _rates(points: int, rng: np.random.Generator) -> FloatArray:
    if rng.random() < 0.3:
        return np.abs(_curve(points, rng))
    peak = 10 ** rng.uniform(-8, 2)
    return peak * (np.linspace(1, 0, points) if rng.random() < 0.4 else np.ones(points))


def _curve(points: int, rng: np.random.Generator) -> FloatArray:
    at = np.arange(points)
    fall = 10 ** rng.uniform(-6, 6) * np.exp(-at / max(1.0, points * rng.uniform(0.02, 2)))
    values = (rng.choice(OFFSETS) + fall) * (1 + 10 ** rng.uniform(-4, 0) * rng.standard_normal(points))
    with np.errstate(all="ignore"):
        for _ in range(rng.integers(0, 4)):
            EVENTS[rng.integers(len(EVENTS))](values, int(rng.integers(points)), rng)
    if rng.random() < 0.2:
        values = np.round(values, int(rng.integers(0, 4)))
    return np.asarray(-values if rng.random() < 0.1 else values)


def _spike(values: FloatArray, at: int, rng: np.random.Generator) -> None:
    values[at] *= 10 ** rng.uniform(-3, 20)


def _step(values: FloatArray, at: int, rng: np.random.Generator) -> None:
    values[at:] *= 10 ** rng.uniform(-3, 20)


def _end_in_nan(values: FloatArray, at: int, _: np.random.Generator) -> None:
    values[at:] = np.nan


def _no_number(values: FloatArray, at: int, rng: np.random.Generator) -> None:
    values[at] = rng.choice(NO_NUMBERS)


def _end_in_zeros(values: FloatArray, at: int, _: np.random.Generator) -> None:
    values[at:] = 0


def _stand(values: FloatArray, at: int, _: np.random.Generator) -> None:
    values[at:] = values[at]


def _begin_anew(values: FloatArray, at: int, _: np.random.Generator) -> None:
    values[at:] = values[: len(values) - at].copy()


def _run_away(values: FloatArray, at: int, rng: np.random.Generator) -> None:
    values[at:] *= np.exp(np.arange(len(values) - at) * rng.uniform(-1, 2))


EVENTS: tuple[Callable[[FloatArray, int, np.random.Generator], None], ...] = (
    _spike, _step, _end_in_nan, _no_number, _end_in_zeros, _stand, _begin_anew, _run_away,
)  # fmt: skip
