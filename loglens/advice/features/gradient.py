"""What the gradient norm says: whether there is a signal at all, and how it goes with the loss."""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import Measure, clipped, log_ratio, times
from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import differences, median, parts, quantiles, ranks, stretch_medians
from loglens.signals.scaled import ScaledRun


def _stretch(r: ScaledRun, start: float, stop: float) -> FloatArray | None:
    if r.grad is None:
        return None
    part = r.grad[r.clock.searchsorted(start, "left") : r.clock.searchsorted(stop, "right")]
    part = part[np.isfinite(part)]
    return part if len(part) >= 3 else None


def gradient_end_over_start(r: ScaledRun) -> float | None:
    """ln of the median gradient norm of the last tenth over that of the first twentieth."""
    early, late = _stretch(r, 0.0, 0.05), _stretch(r, 0.9, 1.0)
    if early is None or late is None:
        return None
    return clipped(log_ratio(median(late), median(early), least=1e-12), -12, 12)


def gradient_peak(r: ScaledRun) -> float | None:
    """ln of the largest gradient norm over its median."""
    every = _stretch(r, 0.0, 1.0)
    if every is None:
        return None
    return float(min(15.0, log_ratio(float(np.max(every)), median(every), least=1e-12)))


def gradient_growth(r: ScaledRun) -> float | None:
    """ln of the highest tenth-of-run median over the first: gradient norms that grow while the loss falls are common,
    those that grow tenfold go with instability (SPAM, ZClip)."""
    if r.grad is None or len(r) < 30:
        return None
    medians = stretch_medians(r.grad, parts(len(r), 10)).tolist()
    return clipped(log_ratio(max(medians), medians[0], least=1e-12), -1, 12)


def gradient_scatter(r: ScaledRun) -> float | None:
    """ln of the spread of the gradient norm over its median, last half: a few per cent for full batches, about a third
    for small ones, more than one where the run is thrown about."""
    late = _stretch(r, 0.5, 1.0)
    if late is None:
        return None
    low, high = quantiles(late, 0.16, 0.84)
    spread = (high - low) / 2
    return clipped(log_ratio(spread, median(late), least=1e-9), -9, 3)


def gradient_scatter_change(r: ScaledRun) -> float | None:
    """ln of the relative scatter of the gradient norm in the last quarter over that of the first: it grows as the mean
    gradient dies away under the noise of the batches."""
    early, late = _stretch(r, 0.05, 0.25), _stretch(r, 0.75, 1.0)
    if early is None or late is None or min(len(early), len(late)) < 8:
        return None

    def scatter(part: FloatArray) -> float:
        low, high = quantiles(part, 0.16, 0.84)
        return (high - low) / max(median(part), 1e-12)

    return clipped(log_ratio(scatter(late), scatter(early), least=1e-4), -9, 9)


def gradient_vanished(r: ScaledRun) -> float | None:
    """-ln of the median gradient norm of the second half over the largest of the first tenth, where the loss did not
    fall: parameters that no longer receive a signal. Zero where the loss fell by a fifth."""
    early, late = _stretch(r, 0.0, 0.1), _stretch(r, 0.5, 1.0)
    if early is None or late is None:
        return None
    if r.end < r.first - 0.2 * abs(r.first):
        return 0.0
    return clipped(-log_ratio(median(late), float(np.max(early)), least=1e-12), -3, 12)


def gradient_loss_agree(r: ScaledRun) -> float | None:
    """Rank correlation of the detrended loss and gradient norm over the second half: near one where single batches
    are hard, near zero where the loss is decided by the state of the network. None where one of them never moves."""
    if r.grad is None or len(r) < 40:
        return None
    half = slice(len(r) // 2, None)
    x, y = (ranks(differences(values[half])) for values in (r.loss, r.grad))
    x, y = x - x.mean(), y - y.mean()
    power = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / power if power > 0 else None


MEASURES = (
    Measure("gradient_end_over_start", gradient_end_over_start, "the gradient norm ended at {value} its start", times),
    Measure("gradient_peak", gradient_peak, "the largest gradient norm is {value} the median", times),
    Measure(
        "gradient_growth", gradient_growth, "at its highest level the gradient norm stood at {value} its first", times
    ),
    Measure(
        "gradient_scatter",
        gradient_scatter,
        "the gradient norm scatters by {value} of its median",
        times,
        ordinary=(math.log(0.1), math.log(1.0)),
    ),
    Measure(
        "gradient_scatter_change",
        gradient_scatter_change,
        "relative to its median the gradient norm scatters {value} as much late as early",
        times,
    ),
    Measure("gradient_vanished", gradient_vanished, "without progress the gradient norm fell by {value}", times),
    Measure("gradient_loss_agree", gradient_loss_agree, "changes of loss and gradient norm agree by {value}"),
)
