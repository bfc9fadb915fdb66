"""What happens to the loss and the gradient across one step: a jump of the rate, a resume."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from loglens.model.finding import Evidence
from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import MEDIAN_ERROR, differences, median, sigma

if TYPE_CHECKING:
    from loglens.signals.core import Signals

NOISELESS = 1e-150
"""Noise of a loss that has none: its square is still a number."""
LEAST_POINTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Discontinuity:
    """Levels on both sides of a step, in the unit of the loss.

    `shift_z`: after minus before, less what the trend before would have brought, in standard errors of the two medians.
    `bump_z`: the highest median of three points shortly after, above the level before, in sigmas of a point.
    `lost_share`: the shift as a share of what had been gained by then. `noise_ratio`: noise after over noise before.
    `grad_ratio`: gradient norm after over before (medians of a few points), None where it is not logged.
    """

    before: float
    after: float
    shift_z: float
    bump_z: float
    lost_share: float
    noise_ratio: float
    grad_ratio: float | None
    grad_bump: float | None

    def evidence(self) -> Iterator[Evidence]:
        yield Evidence(name="level_before", value=self.before)
        yield Evidence(name="level_after", value=self.after)
        yield Evidence(
            name="shift_z", value=round(self.shift_z, 2), unit="sigma", note="standard errors of the medians"
        )
        yield Evidence(name="bump_z", value=round(self.bump_z, 2), unit="sigma", note="highest shortly after")
        yield Evidence(name="lost_share", value=round(self.lost_share, 4), note="of what had been gained by then")
        yield Evidence(name="noise_ratio", value=round(self.noise_ratio, 3), note="noise after over before")
        if self.grad_ratio is not None:
            yield Evidence(
                name="gradient_ratio", value=round(self.grad_ratio, 3), note="gradient norm after over before"
            )


def discontinuity_at(signals: Signals, step: int) -> Discontinuity | None:
    """The discontinuity at `step` (the first step of what comes after); None where a side has under three points."""
    loss, local = signals.loss, signals.local
    place = int(np.searchsorted(loss.steps, step, side="left"))
    window = max(LEAST_POINTS, local.window)
    x = local.x
    left, right = x[max(0, place - window) : place], x[place : place + window]
    if len(left) < LEAST_POINTS or len(right) < LEAST_POINTS:
        return None
    noise = max(_noise(left), 0.5 * float(local.noise[max(0, place - 1)]), NOISELESS)
    spread = max(_noise(right), NOISELESS)
    drift = _drift(x[max(0, place - 2 * window) : place], len(left))
    low, high = median(left), median(right)
    error = MEDIAN_ERROR * math.sqrt(noise**2 / len(left) + max(noise, spread) ** 2 / len(right))
    near = right[: max(LEAST_POINTS, window // 2)]
    bump = float(np.max(np.lib.stride_tricks.sliding_window_view(near, 3).mean(axis=1))) if len(near) >= 3 else high
    before, after = (float(local.to_values(item)) for item in (low, high))
    gained = max(signals.progress.initial - before, 0.1 * signals.progress.gain, 1e-300)
    return Discontinuity(
        before=before,
        after=after,
        shift_z=(high - low - drift) / error,
        bump_z=(bump - low) / (noise / math.sqrt(3.0)),
        lost_share=max(0.0, after - before) / gained,
        noise_ratio=spread / noise,
        grad_ratio=_gradient(signals, step, window),
        grad_bump=_gradient(signals, step, window, highest=True),
    )


def _noise(x: FloatArray) -> float:
    """Point-to-point noise, blind to a trend."""
    return float(sigma(differences(x))) / math.sqrt(2.0) if len(x) > 3 else 0.0


def _drift(x: FloatArray, points: int) -> float:
    """What the fall before would bring from one window's middle to the next; a rise is not carried on."""
    half = len(x) // 2
    if half < LEAST_POINTS:
        return 0.0
    per_point = (median(x[half:]) - median(x[:half])) / half
    return min(0.0, per_point * points)


def _gradient(signals: Signals, step: int, window: int, *, highest: bool = False) -> float | None:
    """The gradient norm after over before: medians, or the highest median of three shortly after."""
    grad = signals.grad
    if grad is None:
        return None
    place = int(np.searchsorted(grad.steps, step, side="left"))
    left = grad.values[max(0, place - window) : place]
    right = grad.values[place : place + max(LEAST_POINTS, window // 2)]
    if len(left) < LEAST_POINTS or len(right) < LEAST_POINTS or median(left) <= 0:
        return None
    top = np.max(np.median(np.lib.stride_tricks.sliding_window_view(right, 3), axis=1)) if highest else median(right)
    return float(top / median(left))
