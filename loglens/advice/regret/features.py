"""The numbers the regret of a rate is read from: the loss curve's shape, its end, the validation loss, the schedule.

`measure` takes arrays, so that the lab's sweeps and a user's log are measured by the same lines.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from loglens.advice.regret.curve import CLIP, OCTAVES, CurveShape, clipped, log10
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, median

ABSURD = 1e30
"""Larger losses only await their overflow."""
AT_ONCE = 0.02
"""Share of a run in which it died at once, however many points were logged of it."""
MOST_POINTS = 6000
"""Longer logs are read at this many evenly spaced points."""
NAMES: tuple[str, ...] = (
    "share_finite", "died_at", "lr_end", "lr_mean", "lr_high_first",
    "jump_1", "jump_2", "jump_4", "log_top", "log_early_top", "log_late_top",
    "end_over_first", "gain_share", "end_above_best",
    *(f"left_{k}" for k in range(1, OCTAVES)), *(f"ratio_{k}" for k in range(6)),
    "noise_over_level", "noise_over_gain", "noise_trend", "noise_late_trend", "gain_over_noise",
    "spikes", "skew", "neighbours", "ups_early", "ups_late", "climb", "best_at",
    "wobble_over_gain", "wobble_over_noise", "wobble_over_level",
    "late_slope", "late_slope_over_wobble", "late_slope_over_level", "late_autocorrelation",
    "at_50", "at_80", "at_95", "fall_at_start",
    "val_over_train", "val_rise", "val_low_at", "val_best_over_train", "val_wobble_over_gain",
    "val_wobble_over_level", "val_wobble_over_noise", "val_ups", "val_late_fall", "val_fall_over_wobble",
    "gradient_trend", "gradient_top",
)  # fmt: skip
"""In this order they are handed to the forest."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "the loss became NaN or infinite": ("share_finite", "died_at"),
    "what the first updates did to the loss": (
        "jump_1", "jump_2", "jump_4", "log_early_top", "fall_at_start",
    ),
    "how high the loss rose": ("log_top", "log_late_top", "climb", "end_above_best", "spikes", "skew"),
    "how far the loss came down": ("end_over_first", "gain_share", "gain_over_noise"),
    "how much of the fall came late": (
        *(f"left_{k}" for k in range(1, OCTAVES)), *(f"ratio_{k}" for k in range(6)),
        "at_50", "at_80", "at_95", "best_at", "late_slope", "late_slope_over_wobble", "late_slope_over_level",
    ),
    "how much the loss scatters": (
        "noise_over_level", "noise_over_gain", "noise_trend", "noise_late_trend", "neighbours",
    ),
    "how much its level wanders": (
        "ups_early", "ups_late", "wobble_over_gain", "wobble_over_noise", "wobble_over_level", "late_autocorrelation",
    ),
    "how the validation loss moves": tuple(name for name in NAMES if name.startswith("val_")),
    "how the gradient norm moves": ("gradient_trend", "gradient_top"),
    "how the schedule is shaped": ("lr_end", "lr_mean", "lr_high_first"),
}  # fmt: skip
"""What a person is shown of them: each number belongs to one line."""


def measure(
    steps: FloatArray,
    loss: FloatArray,
    *,
    lr: FloatArray | None = None,
    val: FloatArray | None = None,
    grad: FloatArray | None = None,
) -> dict[str, float]:
    """The numbers of one run. `steps`, `loss` (n,), non-finite losses included; `lr`, `grad` (n,) at these points;
    `val` (v,). What is missing here is unknown."""
    finite = np.isfinite(loss) & (np.abs(loss) < ABSURD)
    out = {
        "share_finite": max(float(finite.mean()), AT_ONCE),
        "died_at": math.nan if finite.all() else max(float(np.argmin(finite)) / len(loss), AT_ONCE),
    }
    if lr is not None:
        out |= _schedule(lr)
    if int(finite.sum()) < 2:
        return out
    shape = CurveShape(steps[finite], loss[finite])
    out |= shape.start() | shape.course() | shape.scatter() | shape.wandering() | shape.milestones()
    out["fall_at_start"] = _fall_at_start(shape)
    if val is not None:
        out |= _validation(val[np.isfinite(val)], shape)
    if grad is not None:
        out |= _gradient(grad[finite])
    return out


def features_of(signals: Signals) -> dict[str, float]:
    """The numbers of a run as its signals have it, read at no more than `MOST_POINTS` points."""
    series = signals.series
    steps, loss = series.steps.astype(np.float64), np.array(series.values)
    if len(hidden := signals.hidden_non_finite_steps):
        loss[np.isin(series.steps, hidden)] = math.nan
    if len(steps) > MOST_POINTS:
        keep = np.unique(np.append(np.arange(20), np.linspace(0, len(steps) - 1, MOST_POINTS).astype(int)))
        steps, loss = steps[keep], loss[keep]
    at = steps.astype(np.int64)
    lr, grad, val = signals.lr, signals.grad, signals.val
    return measure(
        steps,
        loss,
        lr=None if lr is None or not len(lr) else lr.at(at),
        grad=None if grad is None or len(grad) < 2 else grad.at(at),
        val=val.values if val is not None and signals.has_train_loss else None,
    )


def _schedule(lr: FloatArray) -> dict[str, float]:
    peak = float(np.max(lr))
    if not peak > 0:
        return {}
    return {
        "lr_end": math.log10(max(float(lr[-1]), 1e-4 * peak) / peak),
        "lr_mean": float(np.mean(lr)) / peak,
        "lr_high_first": float(np.argmax(lr >= 0.95 * peak)) / len(lr),
    }


def _fall_at_start(shape: CurveShape) -> float:
    """Share of its start that the loss lost in the first hundredth of the run (four points at least)."""
    last = len(shape.loss) - 1
    at = min(max(int(np.searchsorted(shape.clock, 0.01)), min(4, last)), last)
    return clipped((shape.first - median(shape.loss[max(1, at - 2) : at + 1])) / shape.scale, high=1.0)


def _validation(val: FloatArray, shape: CurveShape) -> dict[str, float]:
    if len(val) < 3:
        return {}
    end, low = median(val[-3:]), float(val.min())
    gain = max(max(float(val[0]), shape.first) - low, 1e-3 * shape.scale)
    train = abs(shape.end) + 1e-9
    out = {
        "val_over_train": clipped(math.log((abs(end) + 1e-9) / train), -5, 8),
        "val_best_over_train": clipped(math.log((abs(low) + 1e-9) / train), -5, 8),
        "val_rise": clipped((end - low) / gain, 0.0),
        "val_low_at": float(np.argmin(val)) / (len(val) - 1),
    }
    late = val[len(val) // 2 :]
    if len(late) < 4:
        return out
    wobble = median(np.abs(late[2:] - 2 * late[1:-1] + late[:-2])) * 1.4826 / math.sqrt(6)
    fall = float(late[0]) - end
    return out | {
        "val_wobble_over_gain": log10(wobble / gain),
        "val_wobble_over_level": log10(wobble / max(abs(end), 1e-9)),
        "val_wobble_over_noise": log10(wobble / max(shape.noise, 1e-9 * shape.scale)),
        "val_ups": float((differences(late) > 0).mean()),
        "val_late_fall": clipped(fall / gain, -5, 5),
        "val_fall_over_wobble": clipped(fall / (wobble + 1e-12), -200, 200),
    }


def _gradient(grad: FloatArray) -> dict[str, float]:
    known = grad[np.isfinite(grad)]
    if len(known) < 5:
        return {}
    first = max(median(known[:3]), 1e-12)
    return {
        "gradient_trend": log10(median(known[-max(3, len(known) // 12) :]) / first),
        "gradient_top": clipped(log10(float(known.max()) / first), high=CLIP),
    }


def vector(numbers: Mapping[str, float]) -> FloatArray:
    """(f,) in the order of `NAMES`; what is unknown or not finite is NaN."""
    values = np.array([numbers.get(name, math.nan) for name in NAMES])
    return np.where(np.isfinite(values), values, math.nan)
