"""Learning-rate schedules as factors of the peak, (T,) float64, and the faults that are put into them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SCHEDULES = (
    "constant", "step", "linear", "cosine", "exponential", "polynomial", "inverse_sqrt", "one_cycle", "cyclic",
    "restarts", "wsd",
)  # fmt: skip


def factors(kind: str, steps: int, *, warmup: int = 0, draw: float = 0.5) -> FloatArray:
    """The schedule over `steps` steps after a linear warm-up; `draw` in 0..1 places what is free in it."""
    t = np.arange(steps, dtype=np.float64)
    x = np.clip((t - warmup) / max(1, steps - 1 - warmup), 0.0, 1.0)
    match kind:
        case "constant":
            out = np.ones(steps)
        case "step":
            drops = (0.4 + 0.2 * draw, 0.75 + 0.1 * draw) if draw > 0.3 else (0.6 + draw,)
            out = np.prod([np.where(x >= at, 0.1, 1.0) for at in drops], axis=0)
        case "linear":
            out = 1.0 - x * (0.98 + 0.02 * draw)
        case "cosine":
            floor = 0.01 if draw < 0.5 else 0.1
            out = floor + (1 - floor) * 0.5 * (1 + np.cos(np.pi * x))
        case "exponential":
            out = (0.02 + 0.1 * draw) ** x
        case "polynomial":
            out = 0.005 + 0.995 * (1 - x) ** 2
        case "inverse_sqrt":
            start = max(warmup, steps * (0.02 + 0.08 * draw))
            out = np.sqrt(start / np.maximum(t, start))
        case "one_cycle":
            return _one_cycle(t / max(1, steps - 1), 0.2 + 0.2 * draw)
        case "cyclic":
            period = 1 / (3 + int(5 * draw))
            out = 0.1 + 0.9 * np.abs(2 * ((x / period) % 1.0) - 1)
        case "restarts":
            cycles = 2 + int(3 * draw)
            out = 0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * np.minimum((x * cycles) % 1.0 + (x >= 1.0), 1.0)))
        case "wsd":
            out = np.where(x < 0.8, 1.0, np.maximum(0.01, 1 - (x - 0.8) / 0.2))
        case _:
            raise ValueError(f"no schedule called {kind!r}: {', '.join(SCHEDULES)}")
    return np.asarray(out * np.minimum(1.0, (t + 1) / max(1, warmup)), dtype=np.float64)


def _one_cycle(x: FloatArray, top: float) -> FloatArray:
    """Smith's one-cycle policy with cosine flanks: from 1/25 up to the peak at `top`, then down to 1/1000."""
    up = 0.04 + 0.96 * 0.5 * (1 - np.cos(np.pi * np.minimum(1.0, x / top)))
    down = 0.001 + 0.999 * 0.5 * (1 + np.cos(np.pi * np.clip((x - top) / (1 - top), 0.0, 1.0)))
    return np.asarray(np.where(x < top, up, down), dtype=np.float64)


def collapse(plan: FloatArray, *, kind: str, at: float) -> FloatArray:
    """The plan with a rate that dies early: `at` is the half-life ('exponential') or the end, as a share of the run."""
    x = np.arange(len(plan)) / len(plan)
    if kind == "exponential":
        return np.maximum(plan * 0.5 ** (x / at), 1e-8)
    if kind == "step":
        return plan * np.where(x >= at, 0.01, 1.0) * np.where(x >= 2 * at, 0.1, 1.0)
    return plan * np.maximum(1e-4, 0.5 * (1 + np.cos(np.pi * np.minimum(1.0, x / at))))


def jump(plan: FloatArray, *, at: int, by: float) -> FloatArray:
    """The plan with the rate multiplied by `by` from step `at` on."""
    return np.where(np.arange(len(plan)) >= at, plan * by, plan)
