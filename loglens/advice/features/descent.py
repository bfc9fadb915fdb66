"""The fall of the loss against what the gradient promised: rate × squared gradient norm, step by step.

For gradient descent with a small rate the loss falls by lr·|g|² a step; what is missing from that is taken by curvature
(a factor 1 - lr·h/2 along a direction of curvature h) and by the noise of the batches (Bottou et al. 2018, section 4).
So a run that gets nearly all of what the gradient promises could go faster, and one that gets next to none of it runs
against its stable limit or its noise floor. Momentum 0.9 gets ten times as much, and optimizers that rescale the
gradient their own multiple of it, which is why the change within a run counts beside the ratio itself. None without a
rate or a gradient norm; a norm that was logged before clipping promises too much.
"""

from __future__ import annotations

import math

import numpy as np

from loglens.advice.features.measure import Measure, log_ratio, of_a_run, percent, times
from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import median
from loglens.signals.scaled import ScaledRun

HUGE = 1e6
"""Gradient norms are cut here, so that one explosion does not decide a sum of squares."""
LEAST_FALL = 1e-4
"""Share of the gain below which a fall counts as this."""


@of_a_run
def _promise(r: ScaledRun) -> FloatArray | None:
    """(n,) the fall a step that the gradient promises at each point, lr·|g|²; NaN where it is infinite."""
    if r.lr is None or r.grad is None:
        return None
    return np.asarray(r.lr * np.where(np.isfinite(r.grad), np.minimum(r.grad, HUGE), np.nan) ** 2)


def _promised(r: ScaledRun, start: float, stop: float) -> float | None:
    """The summed lr·|g|² over the steps between two shares of the run, in the unit of the loss."""
    promise = _promise(r)
    if promise is None:
        return None
    what = _promised, start, stop
    if what not in r.asked:
        inside = slice(r.clock.searchsorted(start, "left"), r.clock.searchsorted(stop, "right"))
        known = np.isfinite(promise[inside])
        steps = r.steps[inside][known].astype(np.float64)
        r.asked[what] = float(np.sum(promise[inside][known] * np.gradient(steps))) if len(steps) >= 4 else 0.0
    total = float(r.asked[what])
    return total if total > 0 else None


def _kept(r: ScaledRun, start: float, stop: float) -> float | None:
    """ln of the fall of the level between two shares of the run over what the gradient promised there."""
    promised = _promised(r, start, stop)
    if promised is None:
        return None
    reach = max(0.02, 0.15 * (stop - start))
    fall = r.level_between(max(0.0, start - reach / 2), start + reach / 2) - r.level_between(stop - reach, stop)
    return math.log(max(fall, LEAST_FALL * r.gain) / promised)


def promise_kept_at_start(r: ScaledRun) -> float | None:
    """ln of fall over promise within the first tenth."""
    return _kept(r, 0.0, 0.1)


def promise_kept_midway(r: ScaledRun) -> float | None:
    """ln of fall over promise from a twentieth to half of the run."""
    return _kept(r, 0.05, 0.5)


def promise_kept_late(r: ScaledRun) -> float | None:
    """ln of fall over promise within the second half."""
    return _kept(r, 0.5, 1.0)


def promise_lost(r: ScaledRun) -> float | None:
    """How much better the promise was kept before 30 % of the run than after half of it, ln: free of the optimizer's
    own multiple, and near zero where the rate stays far below its limit."""
    early, late = _kept(r, 0.02, 0.3), _kept(r, 0.5, 1.0)
    return None if early is None or late is None else early - late


def scatter_over_promise(r: ScaledRun) -> float | None:
    """ln of the scatter of the points over one step's promise, second half."""
    if r.lr is None or r.grad is None:
        return None
    late = r.clock > 0.5
    promise = median(r.lr[late] * r.grad[late] ** 2) if late.any() else 0.0
    return math.log(max(r.noise_between(0.5, 1.0), 1e-9 * r.gain) / max(promise, 1e-30))


def promised_over_gain(r: ScaledRun) -> float | None:
    """ln of all that the gradient promised over the second half, against the gain of the whole run."""
    promised = _promised(r, 0.5, 1.0)
    return None if promised is None else log_ratio(promised, r.gain, least=1e-30)


MEASURES = (
    Measure(
        "promise_kept_at_start",
        promise_kept_at_start,
        "over the first tenth the loss fell {value} as far as rate times squared gradient norm promised",
        times,
        unspoken=True,
    ),
    Measure(
        "promise_kept_midway",
        promise_kept_midway,
        "up to half time the loss fell {value} as far as rate times squared gradient norm promised",
        times,
        unspoken=True,
    ),
    Measure(
        "promise_kept_late",
        promise_kept_late,
        "over the second half the loss fell {value} as far as rate times squared gradient norm promised",
        times,
        unspoken=True,
    ),
    Measure(
        "promise_lost",
        promise_lost,
        "for the same rate times squared gradient norm the loss fell {value} as far early on as later",
        times,
        unspoken=True,
    ),
    Measure(
        "scatter_over_promise",
        scatter_over_promise,
        "the points scatter by {value} the fall that rate times squared gradient norm promises for a step",
        times,
        unspoken=True,
    ),
    Measure(
        "promised_over_gain",
        promised_over_gain,
        "over the second half rate times squared gradient norm promised {value} of the gain",
        lambda v: percent(math.exp(min(v, 30.0))),
        unspoken=True,
    ),
)
