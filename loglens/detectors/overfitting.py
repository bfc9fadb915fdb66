"""Overfitting: the validation loss turns upwards while the train loss keeps falling.

What it is. From some step on what the model learns about the training data no longer helps on data it has not seen.

Why it matters. Every step after the turn makes the model worse; the checkpoint to keep lies at the turn.

How it decides. The turn is the lowest validation loss (median of three where there are ten or more). Reported where
the end (median of the last points) lies above it by `note_rise` of its value and `gain_share` of what the validation
had gained, where the rise is a trend (Kendall's z above `trend_z` after the turn) and beyond the validation's own
noise, and where the train loss fell in the same time. A warning from `warn_rise` on, critical where more is lost than
was ever gained and the rise is half of the lowest value.

Stays silent when. The train loss rose as well (that is a divergence or a spike); fewer than four validation points;
the validation loss merely flattens or wobbles; there is no validation loss.

What to try. Stop at the turn; more or augmented data; weight decay, dropout, label smoothing; a smaller model. Not a
larger learning rate, and not a smaller one.

References. Prechelt 1998 (early stopping: generalisation loss); Mann 1945, Kendall 1975.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import capped, clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding, Severity
from loglens.model.run import FloatArray, StepSpan
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, distinct, median, rolling_median, sigma
from loglens.signals.numerics.trend import trend_of
from loglens.signals.track import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfitting:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="overfitting",
        kinds=("overfitting",),
        title="Overfitting",
        needs=("val_loss", "train_loss"),
        min_points=4,
    )
    note_rise: float = 0.05
    warn_rise: float = 0.15
    gain_share: float = 0.03
    trend_z: float = 1.9  # four points in rising order reach 2.04

    def detect(self, signals: Signals) -> Iterator[Finding]:
        val = signals.val
        if val is None or not signals.has_train_loss:
            return
        smooth = rolling_median(val.values, 3) if len(val) >= 10 else val.values
        turn = _lowest(smooth, val.values)
        after = len(val) - turn
        if after < 3:
            return
        best = float(smooth[turn])
        end = median(val.values[-min(3, after - 1) :])
        rise, gained = end - best, float(val.values[0]) - best
        share = _share(rise, best, signals.constant)
        if share < self.note_rise or rise < self.gain_share * max(gained, 0.0) or rise < 3 * _wobble(val.values[turn:]):
            return
        trend = trend_of(val.steps[turn:].astype(np.float64), val.values[turn:])
        fell = _train_fell(signals, int(val.steps[turn]))
        if trend.z < self.trend_z or fell is None:
            return
        yield self._finding(signals, val, turn, best=best, end=end, gained=gained, fell=fell, trend_z=trend.z)

    def _finding(
        self,
        signals: Signals,
        val: Track,
        turn: int,
        *,
        best: float,
        end: float,
        gained: float,
        fell: float,
        trend_z: float,
    ) -> Finding:
        rise = end - best
        share, told = _share(rise, best, signals.constant), _share(rise, best, 0.0)
        at = int(val.steps[turn])
        severity: Severity = "info"
        if share >= self.warn_rise:
            severity = "critical" if rise > gained and share >= 0.5 else "warning"
        return Finding(
            kind="overfitting",
            severity=capped(severity, signals),
            score=clip01(0.2 + min(0.8, share)),
            confidence=clip01(0.5 + 0.1 * min(5.0, trend_z)),
            steps=StepSpan(start=at, end=int(val.steps[-1])),
            series=val.tag,
            lr_phase=signals.phase_at(at),
            summary=f"The validation loss turns at step {at}: it rises from {figures.loss(best)} to "
            f"{figures.loss(end)} ({told:+.0%}) "
            f"while the train loss falls by {fell:.0%}.",
            evidence=(
                Evidence(name="onset", value=at, unit="steps", note="lowest validation loss"),
                Evidence(name="best", value=best, note="validation loss at its lowest"),
                Evidence(name="end", value=end, note="validation loss at the end"),
                Evidence(name="rise_share", value=round(share, 4), note=_of_what(signals.constant)),
                Evidence(name="lost_share", value=round(rise / gained, 4) if gained > 0 else None, note="of its gain"),
                Evidence(name="train_fall", value=round(fell, 4), note="of the train loss at the turn, by the end"),
                Evidence(name="trend_z", value=round(trend_z, 2), note="Kendall's z of the rise"),
            ),
        )


def _share(rise: float, best: float, constant: float) -> float:
    """The rise as a share of the lowest value, above the constant that the loss holds."""
    return rise / abs(best - constant) if best != constant else np.inf


def _of_what(constant: float) -> str:
    return (
        f"of the lowest value above {figures.loss(constant)}, which no training takes away"
        if constant
        else "of the lowest value"
    )


def _lowest(smooth: FloatArray, values: FloatArray) -> int:
    """The index of the lowest value among those that the lowest median was taken over: a median of three is as low at
    its neighbours, and the first of them may lie well before the turn."""
    low = np.flatnonzero(smooth == smooth.min())
    near = distinct(np.clip(np.concatenate([low - 1, low, low + 1]), 0, len(values) - 1)) if len(values) >= 10 else low
    return int(near[np.argmin(values[near])])


def _wobble(values: FloatArray) -> float:
    """The point-to-point noise of the validation loss over sqrt(3): the error of the end's median."""
    return float(sigma(differences(values))) / np.sqrt(2.0 * 3.0) if len(values) > 2 else 0.0


def _train_fell(signals: Signals, turn: int) -> float | None:
    """By what share the train loss fell from the turn to the end; None where it did not fall."""
    loss = signals.loss
    if not len(loss):  # every one of them stands for a NaN
        return None
    progress = signals.progress
    near = loss.between(turn - 2 * loss.interval * signals.local.window, turn + loss.interval * signals.local.window)
    if len(loss.values[near]) < 1:
        return None
    then = median(loss.values[near])
    if then - progress.final <= max(2 * progress.final_error, 0.0):
        return None
    return (then - progress.final) / max(abs(then), 1e-300)
