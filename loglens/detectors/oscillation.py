"""Oscillation: the loss swings to and fro instead of falling.

What it is. A steady or growing swing: every other step too far (period two), with a slow period, or a validation loss
that goes up and down by a good part of itself from epoch to epoch.

Why it matters. Gradient descent overshoots a valley whose curvature exceeds 2 / learning rate, lands on its other
side and turns around: the loss alternates. A swing that stays small is the edge of stability, where training does
well; one that grows is on its way out.

How it decides. Three looks: (1) neighbouring points are anticorrelated by `least_anticorrelation` and more than five
standard errors; (2) a period stands out of the spectrum that explains `least_share` of the variance with an amplitude
of `least_amplitude` sigmas and is in step neither with the epoch nor with a cycle of the rate; (3) the validation
loss turns around by more than `swing` of its level at `turns` of its points, and gains less than it swings. It grows
where the swings of the last third are `growing` times those of the middle third. A warning where it grows or (3)
holds with swings of twice the limit; else a note.

Stays silent when. Points scatter without a period (that is batch noise); the period is the epoch's (see
periodic_pattern) or that of the learning rate; the swing is the edge of stability's: period two, steady, and the loss
still falls.

What to try. Lower the learning rate (halve it), or its momentum; average weights for evaluation; larger batches.

References. Cohen et al. 2021 (edge of stability); Zhang et al. 2021 (AutoTrainer's oscillation rule: pairs of
extrema).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import capped, clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding, Severity
from loglens.model.run import FloatArray, StepSpan
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, median
from loglens.signals.numerics.spectrum import Periodicity, lag_correlation
from loglens.signals.period_source import source_of
from loglens.signals.track import Track

MOST_PERCENT = 10.0
"""Times a level that are still told in per cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oscillation:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="oscillation",
        kinds=("oscillation",),
        title="Oscillation",
        helped_by=("val_loss", "learning_rate", "epoch"),
        min_points=8,
        score_name="oscillation",
    )
    least_anticorrelation: float = 0.35
    least_share: float = 0.2
    least_amplitude: float = 0.7  # a pure sine has 0.95: its spread is nearly its amplitude
    swing: float = 0.1
    turns: float = 0.3
    growing: float = 2.0

    def detect(self, signals: Signals) -> Iterator[Finding]:
        if (flips := self._period_two(signals)) is not None:
            yield flips
        elif (swings := self._periodicity(signals)) is not None:
            yield swings
        if (wobble := self._validation(signals)) is not None:
            yield wobble

    def _period_two(self, signals: Signals) -> Finding | None:
        loss = signals.loss
        correlation = lag_correlation(signals.local)
        # an epoch of two or three log lines repeats itself at once
        epoch = signals.epochs.steps_per_epoch
        if epoch is not None and epoch < 4 * loss.interval:
            return None
        if -correlation < max(self.least_anticorrelation, 5.0 / math.sqrt(len(loss))):
            return None
        growth = _growth(signals)
        falls = signals.trend().falls
        severity: Severity = "warning" if growth >= self.growing or not falls else "info"
        start = _largest_swing(signals)
        return Finding(
            kind="oscillation",
            severity=capped(severity, signals),
            score=clip01(0.2 + 0.5 * -correlation + 0.3 * min(1.0, growth / 4)) if severity != "info" else 0.2,
            confidence=clip01(0.6 - correlation / 2),
            steps=StepSpan(start=start, end=min(int(loss.steps[-1]), start + 20 * loss.interval)),
            series=loss.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The loss overshoots at every other point (correlation of neighbours {correlation:.2f})"
            f"{', more and more' if growth >= self.growing else ''}.",
            evidence=(
                Evidence(name="period", value=2 * loss.interval, unit="steps"),
                Evidence(name="lag_correlation", value=round(correlation, 4), note="of neighbouring points"),
                Evidence(name="growth", value=round(growth, 3), note="swings of the last third over the middle third"),
            ),
        )

    def _periodicity(self, signals: Signals) -> Finding | None:
        periodicity = next((item for item in signals.spectrum if self._is_own(signals, item)), None)
        if periodicity is None:
            return None
        loss, growth = signals.loss, _growth(signals)
        severity: Severity = "warning" if growth >= self.growing else "info"
        start = _largest_swing(signals)
        return Finding(
            kind="oscillation",
            severity=capped(severity, signals),
            score=clip01(0.2 + 0.5 * periodicity.share + 0.3 * min(1.0, growth / 4)),
            confidence=clip01(1 - periodicity.chance) * 0.9,
            steps=StepSpan(start=start, end=min(int(loss.steps[-1]), start + int(3 * periodicity.period))),
            series=loss.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The loss swings every {figures.loss(periodicity.period)} steps, in step with neither epoch nor "
            f"learning rate{', and more and more' if growth >= self.growing else ''}.",
            evidence=(
                Evidence(name="period", value=round(periodicity.period, 3), unit="steps"),
                Evidence(name="share", value=round(periodicity.share, 4), note="of the variance about the slow course"),
                Evidence(
                    name="amplitude", value=round(periodicity.amplitude, 3), unit="sigma", note="half peak to peak"
                ),
                Evidence(name="growth", value=round(growth, 3), note="swings of the last third over the middle third"),
            ),
        )

    def _is_own(self, signals: Signals, periodicity: Periodicity) -> bool:
        strong = periodicity.share >= self.least_share and periodicity.amplitude >= self.least_amplitude
        return strong and source_of(signals, periodicity) == "none" and periodicity.cycles >= 6

    def _validation(self, signals: Signals) -> Finding | None:
        val = signals.val
        if val is None or len(val) < 8:
            return None
        swings = _swings(val.values[1:])
        level = median(np.abs(val.values))
        large = np.abs(swings) > self.swing * level
        often = np.count_nonzero(large) / len(val)
        if often < self.turns or level <= 0:
            return None
        size = median(np.abs(swings[large]))
        first, last = median(val.values[1:4]), median(val.values[-3:])
        # a curve that falls by more than it swings is a noisy descent
        if first - last > 1.5 * size:
            return None
        start, end = _widest(val)
        about = f"{size / level:.0%} of" if size <= MOST_PERCENT * level else "many times"
        return Finding(
            kind="oscillation",
            severity=capped("warning" if size > 2 * self.swing * level else "info", signals),
            score=clip01(0.2 + 0.5 * min(1.0, size / level) + 0.3 * often),
            confidence=clip01(0.4 + 0.04 * len(val)),
            steps=StepSpan(start=start, end=end),
            series=val.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The validation loss goes up and down by {about} its level and gains nothing by it.",
            evidence=(
                Evidence(name="swing", value=round(size / level, 4), note="median swing over the level"),
                Evidence(
                    name="turns", value=round(float(often), 4), note="share of points at which it turns by as much"
                ),
                Evidence(name="net_fall", value=first - last),
            ),
        )


def _swings(values: FloatArray) -> FloatArray:
    """The differences between successive turning points."""
    change = differences(values)
    turning = np.flatnonzero(np.sign(change[1:]) != np.sign(change[:-1])) + 1
    corners = np.concatenate(([0], turning, [len(values) - 1]))
    return differences(values[corners])


def _widest(val: Track) -> tuple[int, int]:
    """The steps of the largest change between two validations."""
    place = int(np.argmax(np.abs(differences(val.values[1:])))) + 1
    return int(val.steps[place]), int(val.steps[place + 1])


def _growth(signals: Signals) -> float:
    """The noise in the last third over that in the middle third, in the unit of the loss."""
    n = len(signals.loss)
    middle, last = signals.noise[n // 3 : 2 * n // 3], signals.noise[2 * n // 3 :]
    return median(last) / max(median(middle), 1e-300) if len(middle) and len(last) else 1.0


def _largest_swing(signals: Signals) -> int:
    """The step of the largest swing about the level: a place where it can be looked at."""
    about = np.abs((signals.local.x - signals.local.level) / signals.local.noise)
    about[: len(about) // 10] = 0.0
    return int(signals.loss.steps[int(np.argmax(about))])
