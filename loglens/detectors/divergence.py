"""Divergence: the loss runs away and does not come back.

What it is. The run ends well above the best it had reached, or never got well below its start, or the log breaks
off in the middle of a steep climb.

Why it matters. Everything after the best point was wasted, and the checkpoint at the end is not the one to keep.

How it decides. Start, best and end are medians (of the first points, of the best stretch, of the last 5 %).
`lost_share` = (end - best) / (start - best). It is a divergence from `warn_share` on (critical from
`critical_share`), provided that end and best differ by `noise_z` sigmas of the loss's own noise. A run whose best is
no better than its start has diverged where it ends `noise_z` sigmas above its start, or climbed to `blown_up` times
its starting loss and never came below it. A climb that the end of the log cuts off counts where it exceeds the start.
The span is the climb: from the last point at the old level to the first at nine tenths of the new one, an eighth of
the run at most.

Stays silent when. The loss is a reinforcement-learning or adversarial one (a note at most); it rises because the
learning rate was restarted and the cycle is not over; it wobbles at the edge of stability; only the validation loss
rises (overfitting).

What to try. Lower the learning rate, by more the earlier it happened; a longer warm-up where it happened in the
warm-up; remove a jump of the rate where there is one; go back to the checkpoint before the span.

References. Cohen et al. 2021 (edge of stability: sharpness hovers at 2 / learning rate); Wortsman et al. 2023
(learning rate sensitivity: diverged means that the final loss is as bad as the first).
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
from loglens.signals.core import WANDERS, Signals
from loglens.signals.numerics.robust import median, rolling_median
from loglens.signals.numerics.trend import Progress

FEW, NOTHING = 50, 0.05
"""Points of a log in which a rise by less than this share of the start is no divergence: too few tell its noise."""
SLOW, LEFT = 0.25, 0.1
"""Shares of the height of a climb: what stands above the first is no level before it, below the second nothing has
climbed yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="divergence",
        kinds=("divergence",),
        title="Divergence",
        helped_by=("learning_rate", "grad_norm"),
        min_points=3,
        score_name="divergence",
    )
    warn_share: float = 0.25
    critical_share: float = 0.6
    noise_z: float = 5.0
    blown_up: float = 3.0

    def detect(self, signals: Signals) -> Iterator[Finding]:
        if (climb := _cut_off(signals)) is not None:
            words = f"is still climbing when {'it turns NaN' if len(signals.non_finite_steps) else 'the log ends'}"
            yield self._finding(signals, *climb, severity="critical", share=1.0, words=words)
            return
        progress = signals.progress
        if len(signals.loss) < 8 or _unfinished_cycle(signals) or _next_to_nothing(signals):
            return
        if _learned(signals):
            rise = progress.final - progress.best
            share = rise / progress.gain
            # the best is the lowest of many medians, which flatters it by a part of the point noise
            clear = rise >= self.noise_z * max(progress.noise / 2, progress.final_error)
            if share >= self.warn_share and clear:
                severity: Severity = "critical" if share >= self.critical_share else "warning"
                best = signals.loss.index_at(progress.best_step)
                climb = _climb(signals, progress.best, progress.final, since=best)
                words = f"ends at {figures.loss(progress.final)}"
                yield self._finding(signals, *climb, severity=severity, share=min(1.0, share), words=words)
        elif self._never_recovered(signals):
            climb = _climb(signals, progress.initial, max(progress.worst, progress.final), since=0)
            words = f"ends at {figures.loss(progress.final)}, never well below its start"
            yield self._finding(signals, *climb, severity="critical", share=1.0, words=words)

    def _never_recovered(self, signals: Signals) -> bool:
        """At the end clearly above the start; or far above it at some time and not below it at the end."""
        progress = signals.progress
        above = progress.final - progress.initial
        error = max(progress.initial_error, progress.final_error)
        if above > self.noise_z * max(progress.noise, error):
            return True
        top = float(signals.loss.values.max()) - progress.initial
        return above > 2 * error and top > (self.blown_up - 1) * abs(progress.initial)

    def _finding(
        self, signals: Signals, onset: int, top: int, *, severity: Severity, share: float, words: str
    ) -> Finding:
        loss, progress = signals.loss, signals.progress
        limit = max(100, signals.span.steps // 8)
        start = int(loss.steps[onset])
        end = min(int(loss.steps[top]), start + limit)
        phase = signals.phase_at(start)
        before = _level_before(signals, onset)
        return Finding(
            kind="divergence",
            severity=capped(severity, signals),
            score=clip01(0.3 + 0.7 * share) if signals.is_objective else 0.1,
            confidence=clip01(0.6 + 0.4 * min(1.0, share)) if signals.is_objective else 0.3,
            steps=StepSpan(start=start, end=max(start, end)),
            series=loss.tag,
            lr_phase=phase,
            summary=f"The loss leaves {figures.loss(before)} at step {start}"
            f"{' in the warm-up' if phase == 'warmup' else ''} and "
            f"{words}{_best(progress)}.",
            evidence=tuple(self._evidence(signals, onset, top, share)),
        )

    def _evidence(self, signals: Signals, onset: int, top: int, share: float) -> Iterator[Evidence]:
        loss, progress = signals.loss, signals.progress
        note = "of what had been gained, lost again by the end"
        yield Evidence(name="lost_share", value=round(share, 4), note=note)
        yield Evidence(name="start", value=progress.initial, note="loss at the start")
        yield Evidence(name="best", value=progress.best, note=f"at step {progress.best_step}")
        yield Evidence(name="end", value=progress.final, note="median of the last points")
        yield Evidence(name="rise_steps", value=int(loss.steps[top] - loss.steps[onset]), unit="steps")
        before = _level_before(signals, onset)
        rate = signals.growth_rate(int(loss.steps[onset]), int(loss.steps[top]), over=before)
        if rate is not None and rate > 0:
            yield Evidence(name="growth_rate", value=rate, unit="1/step", note="exponential, above the level before")
        if (lr := signals.lr_at(loss.steps[onset : onset + 1])) is not None:
            yield Evidence(name="lr_at_onset", value=float(lr[0]), note="learning rate when it began")


def _best(progress: Progress) -> str:
    """What the run had reached, '' where that is no better than its start."""
    lowest = f"; its lowest level was {figures.loss(progress.best)}, about step {progress.best_step}"
    return lowest if progress.gain > 0 else ""


def _level_before(signals: Signals, onset: int) -> float:
    """The loss before the climb; within the first points level and start are made of the climb itself."""
    if onset > 2:
        return float(signals.level[onset - 1])
    return min(signals.progress.initial, median(signals.loss.values[: onset + 1]))


def _learned(signals: Signals) -> bool:
    """Whether the best lies below the start by more than the noise."""
    progress = signals.progress
    return progress.gain > max(2.0 * progress.noise, 3.0 * progress.initial_error, 1e-3 * abs(progress.initial))


def _unfinished_cycle(signals: Signals) -> bool:
    """Whether the log ends in a stretch in which the schedule has raised the rate again, or has yet to lower it."""
    last = signals.schedule.phase_at(signals.span.end)
    if signals.schedule.kind not in ("cyclic", "restarts") or last is None:
        return False
    peak = signals.schedule.peak_lr or 0.0
    return last.kind == "rewarm" or (last.kind in ("decay", "peak") and last.end_lr > 0.5 * peak)


def _next_to_nothing(signals: Signals) -> bool:
    """Whether a few points, or those of a narrow window, rise by no more than their own noise may."""
    progress = signals.progress
    rise = progress.final - min(progress.best, progress.initial)
    level = abs(progress.initial - signals.constant)
    if signals.in_narrow_window and progress.gain < WANDERS * level:
        return rise < WANDERS * level
    return len(signals.loss) < FEW and rise < NOTHING * level


def _cut_off(signals: Signals) -> tuple[int, int] | None:
    """The climb the log ends in, as (first, last) index: the last points form an excursion that has not turned and that
    stands above the start of the run; None where there is none."""
    loss = signals.loss
    if not signals.excursions:
        return _blown_up_at_once(signals)
    last = signals.excursions[-1]
    if last.recovered is not None or last.calm < len(loss) or last.peak < len(loss) - 2:
        return None
    ended = bool(len(signals.non_finite_steps)) or last.rise_points >= 3
    above = float(loss.values[last.peak]) > signals.progress.initial + 5 * signals.progress.noise
    if not ended or not above:
        return None
    smooth = rolling_median(signals.local.x, 3)
    since = int(np.argmin(smooth[: last.onset + 1]))
    ends = float(smooth[since]), float(signals.local.x[last.peak])
    return _began(smooth, last.onset, since=since, bottom=ends[0], top=ends[1]), last.peak


def _blown_up_at_once(signals: Signals) -> tuple[int, int] | None:
    """A handful of finite points that only rise, and then NaN."""
    values = signals.loss.values
    if not len(signals.non_finite_steps) or len(values) < 2 or signals.non_finite_steps[0] < signals.loss.steps[0]:
        return None
    rises = len(values) <= 12 and values[-1] > 2 * abs(values[0]) and bool(np.all(np.diff(values) > 0))
    return (0, len(values) - 1) if rises else None


def _climb(signals: Signals, low: float, high: float, *, since: int) -> tuple[int, int]:
    """The climb from `low` to `high` at or after index `since`, as (first, last) index.

    The level on the working scale, clipped to that range, is split in two where both parts differ most (one change
    point, least squares); a run that blew up within its first window is split at the first point above half way. The
    climb begins after the last point nearby that lies within four sigmas of the level before (or a tenth of the height,
    where that is less), and ends with the first at nine tenths of the height.
    """
    loss, local = signals.loss, signals.local
    n, reach = len(loss), max(3, 2 * local.window)
    least = float(local.to_values(float(local.x.min())))  # a loss of exactly nothing has no logarithm
    bottom, top = (float(local.to_scale(max(item, least))) for item in (low, high))
    level = np.clip(local.level[since:], bottom, top)
    high_at_once = float(level[0]) > (bottom + top) / 2
    split = since + (int(np.argmax(local.x[since:] > (bottom + top) / 2)) if high_at_once else _split(level))
    nearby = slice(max(since, split - reach), min(n, split + reach))
    calm = median(local.x[max(since, nearby.start - reach) : nearby.start + 1])
    leave = calm + min(0.1 * max(top - calm, 0.0), 4 * float(local.noise[nearby.start]))
    smooth = rolling_median(local.x, 3)
    below = np.flatnonzero(smooth[nearby] <= leave)
    onset = min(n - 1, nearby.start + int(below[-1]) + 1) if len(below) and not high_at_once else min(split, n - 1)
    if not high_at_once:
        onset = _began(smooth, onset, since=since, bottom=bottom, top=top)
    above = np.flatnonzero(rolling_median(loss.values, 3)[onset:] >= low + 0.9 * (high - low))
    return onset, min(n - 1, onset + int(above[0])) if len(above) else n - 1


def _began(smooth: FloatArray, onset: int, *, since: int, bottom: float, top: float) -> int:
    """The index at which a climb from `bottom` to `top` began that was first seen at `onset`: a slow one is cut in its
    middle, and began where the loss was last near the level before it."""
    if onset <= since or smooth[onset - 1] <= bottom + SLOW * (top - bottom):
        return onset
    left = np.flatnonzero(smooth[since:onset] <= bottom + LEFT * (top - bottom))
    return since + int(left[-1]) + 1 if len(left) else onset


def _split(level: FloatArray) -> int:
    """The index at which a series is best cut into a lower first and a higher second part; 0 where it only falls."""
    n = len(level)
    left = np.arange(1, n)
    ahead = np.cumsum(level)[:-1]
    gap = (level.sum() - ahead) / (n - left) - ahead / left
    score = np.where(gap > 0, gap**2 * left * (n - left), 0.0)
    return int(np.argmax(score)) + 1 if len(score) and score.max() > 0 else 0
