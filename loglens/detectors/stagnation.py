"""Stagnation: the loss has stopped falling.

What it is. A plateau: from some step on the loss stays within its own noise. Three kinds are told apart: `flat` (it
never left its start), `collapsed` (it had been lower, blew up and now sits at a constant level, often that of
guessing, ln k for k classes) and `plateau` (it fell, then stopped).

Why it matters. A flat run learns nothing and can be stopped; a collapsed one will not recover; a plateau may simply
be the end of training, which is no fault, or an LR that was lowered too early or is too high to get any lower.

How it decides. The loss is cut into `blocks` block medians on its working scale. The level of the plateau is that of
the last fifth; it begins with the first block from which on nine blocks in ten stay within `band` of the run's total
range (or within three standard errors) of that level, and it is reported from `least_share` of the run on. A plateau
that still falls is none where its gain per factor of steps is `least_pace` of the whole run's. Severity: a run that
gained no more than `learned_share` of its starting loss, or lost `lost_share` of its gain again, is critical where it
sits at the loss of guessing or blew up before, else a warning. A plateau is a warning only where the learning rate
had fallen below `spent_lr` of its peak in the first `early_share` of the run; otherwise a note: a converged run looks
so.

Stays silent when. The validation loss still falls; the loss keeps the pace of a power law; the log is a window of a
longer training and lies at one level from its first point on. No more than a note when a
flat run falls a little from a level that is not that of guessing, or when noise hides where it began.

What to try. Flat: check that gradients reach the parameters and that the learning rate is not zero, then raise it.
Collapsed: lower the learning rate or lengthen the warm-up. Plateau: see whether the rate was lowered too early.

References. Chee and Toulis 2018, Zhang et al. 2020 (SALSA: stationarity from logged losses); Lau et al. 2016 (stop on
no gain).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from loglens.detectors.base import capped, clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding, Severity
from loglens.model.run import FloatArray, StepSpan
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import MEDIAN_ERROR, block_bounds, median, quantiles, stretch_medians
from loglens.signals.numerics.trend import trend_of

Kind = Literal["flat", "collapsed", "plateau"]
MOST_CLASSES = 100_000
FLAT_SHARE = 0.6
"""A run that is flat from its start is flat for most of its course; one that settles later has done something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plateau:
    """`start`: index of its first point. `share`: of the run. `level`: loss. `gain`: start minus level, loss units."""

    kind: Kind
    start: int
    share: float
    level: float
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stagnation:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="stagnation",
        kinds=("stagnation",),
        title="Stagnation",
        helped_by=("learning_rate", "val_loss", "grad_norm"),
        min_points=10,
        score_name="stagnation",
    )
    blocks: int = 48
    band: float = 0.05
    least_share: float = 0.3
    learned_share: float = 0.05
    lost_share: float = 0.5
    least_pace: float = 0.2
    spent_lr: float = 0.05
    early_share: float = 0.35

    def detect(self, signals: Signals) -> Iterator[Finding]:
        plateau = self._plateau(signals)
        if plateau is None or (plateau.kind != "collapsed" and _validation_falls(signals, plateau)):
            return
        if signals.starts_late and plateau.start == 0 and plateau.kind != "collapsed":
            return  # where the log begins is not where the loss stopped falling
        yield self._finding(signals, plateau)

    def _plateau(self, signals: Signals) -> Plateau | None:
        x, n = signals.local.x, len(signals.loss)
        bounds = block_bounds(n, max(5, min(self.blocks, n // 5)))
        y, error = stretch_medians(x, bounds), stretch_medians(signals.local.noise, bounds)
        error *= MEDIAN_ERROR / math.sqrt(n / len(bounds))
        level = median(y[-max(2, len(y) // 5) :])
        within = np.abs(y - level) <= np.maximum(self.band * _range(y), 3.0 * error)
        first = _first_settled(within)
        start, share = bounds[first][0], 1.0 - bounds[first][0] / n
        at, lowest = (float(signals.local.to_values(item)) for item in (level, y[: first + 1].min()))
        kind = self._kind(signals, at, lowest, share)
        if share < self.least_share or (kind == "plateau" and self._keeps_pace(signals, start)):
            return None
        return Plateau(kind=kind, start=start, share=share, level=at, gain=signals.progress.initial - at)

    def _kind(self, signals: Signals, level: float, lowest: float, share: float) -> Kind:
        """`lowest`: the lowest stretch before the plateau, which shows what a blow-up has cost."""
        progress = signals.progress
        gain = progress.initial - level
        height = abs(progress.initial - signals.constant)
        least_gain = self.learned_share * height
        lost = level - lowest
        learned = progress.initial - lowest > max(2 * progress.noise, least_gain)
        if learned and lost > max(3 * progress.noise, self.lost_share * (progress.initial - lowest)):
            return "collapsed"
        if 3 * progress.initial_error > max(least_gain, 1e-300):
            return "plateau"  # noise hides where the run began
        top = float(signals.loss.values.max()) - progress.initial
        blew_up = top > max(0.5 * height, 10 * progress.noise)
        if gain < least_gain or (blew_up and gain < 0.25 * height):
            if blew_up:
                return "collapsed"
            return "flat" if share >= FLAT_SHARE else "plateau"
        return "plateau"

    def _keeps_pace(self, signals: Signals, start: int) -> bool:
        """Whether the loss still falls, and by a fair share of what it fell on average each time the step count grew by
        the same factor: training follows a power law, so that slowing down alone is no plateau."""
        x, steps = signals.local.x, signals.loss.steps
        trend = trend_of(steps[start:].astype(np.float64), x[start:])
        certain = trend.noise / math.sqrt(max(1, trend.blocks))
        if not trend.falls or -trend.change < 3 * certain:
            return False
        whole = median(x[:3]) - median(x[-max(3, len(x) // 20) :])
        pace = -trend.change / math.log(len(x) / max(1, start))
        return pace >= self.least_pace * max(whole, 1e-300) / math.log(max(3, len(x)))

    def _severity(self, signals: Signals, plateau: Plateau) -> Severity:
        if plateau.kind == "plateau":
            spent = self._lr_left(signals, plateau)
            early = 1.0 - plateau.share <= self.early_share
            return "warning" if spent is not None and spent <= self.spent_lr and early else "info"
        guessing = _chance_classes(plateau.level, signals.progress.noise) is not None
        falls = trend_of(signals.loss.steps.astype(np.float64), signals.local.x).falls
        if plateau.kind == "flat" and falls and not guessing:
            return "info"  # a trained model that is tuned further gains as little
        return "critical" if plateau.share >= 0.5 and (guessing or plateau.kind == "collapsed") else "warning"

    def _lr_left(self, signals: Signals, plateau: Plateau) -> float | None:
        """The learning rate a tenth of the run into the plateau, as a share of the peak: the loss settles a little
        before the rate that stopped it is all gone."""
        peak = signals.schedule.peak_lr
        place = min(len(signals.loss) - 1, plateau.start + len(signals.loss) // 10)
        rates = signals.lr_at(signals.loss.steps[place : place + 1])
        return None if rates is None or not peak else float(rates[0]) / peak

    def _finding(self, signals: Signals, plateau: Plateau) -> Finding:
        loss, progress = signals.loss, signals.progress
        start, end = int(loss.steps[plateau.start]), int(loss.steps[-1])
        severity = self._severity(signals, plateau)
        # what was not learned, weighed by how long it has been so
        missing = max(0.0, 1 - plateau.gain / max(abs(progress.initial - signals.constant), 1e-300))
        score = plateau.share * (1.0 if plateau.kind != "plateau" else 0.4 + 0.4 * missing)
        level = figures.loss(plateau.level)
        words = {
            "flat": f"has hardly moved since the start ({figures.loss(progress.initial)} to {level})",
            "collapsed": f"sits at {level} from step {start} on, after it had been lower or blew up",
            "plateau": f"stops falling at step {start} and stays at {level}",
        }[plateau.kind]
        return Finding(
            kind="stagnation",
            severity=capped(severity, signals),
            score=clip01(score if severity != "info" else min(score, 0.4)),
            confidence=clip01(0.5 + 0.5 * plateau.share) if signals.is_objective else 0.3,
            steps=StepSpan(start=start, end=end),
            series=loss.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The loss {words} ({plateau.share:.0%} of the run).",
            evidence=tuple(self._evidence(signals, plateau)),
        )

    def _evidence(self, signals: Signals, plateau: Plateau) -> Iterator[Evidence]:
        progress = signals.progress
        yield Evidence(name="form", value=plateau.kind)
        yield Evidence(name="share", value=round(plateau.share, 4), note="of the run spent on the plateau")
        yield Evidence(name="level", value=plateau.level, note="median of the plateau")
        yield Evidence(name="start", value=progress.initial, note="loss at the start")
        yield Evidence(name="best", value=progress.best, note=f"at step {progress.best_step}")
        note = "of the starting loss was gained"
        yield Evidence(name="gained_share", value=plateau.gain / max(abs(progress.initial), 1e-300), note=note)
        if (left := self._lr_left(signals, plateau)) is not None:
            yield Evidence(name="lr_left", value=left, note="learning rate at the onset, as a share of its peak")
        if (classes := _chance_classes(plateau.level, progress.noise)) is not None and plateau.kind != "plateau":
            yield Evidence(
                name="chance_classes", value=classes, note=f"ln {classes}: the loss of guessing among so many"
            )


def _range(y: FloatArray) -> float:
    """How far the blocks spread, a few blown-up ones aside."""
    low, high = quantiles(y, 0.0, 0.95) if len(y) >= 20 else (y.min(), y.max())
    return float(max(high, y[0]) - low)


def _first_settled(within: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """The first block that lies within the band and from which on nine in ten do."""
    share = np.cumsum(within[::-1])[::-1] / np.arange(len(within), 0, -1)
    good = np.flatnonzero(within & (share >= 0.9))
    return int(good[0]) if len(good) else len(within) - 1


def _validation_falls(signals: Signals, plateau: Plateau) -> bool:
    """Whether a validation loss of its own still falls along the plateau: then training does its work."""
    val = signals.val
    if val is None or not signals.has_train_loss:
        return False
    take = val.between(int(signals.loss.steps[plateau.start]), np.inf)
    if len(val.values[take]) < 5:
        return False
    trend = trend_of(val.steps[take].astype(np.float64), val.values[take])
    return trend.falls and -trend.change > 0.02 * abs(float(val.values[take][0]))


def _chance_classes(level: float, noise: float) -> int | None:
    """k where the level is ln k, the cross-entropy of guessing among k classes, within a hundredth; else None."""
    if not 0.69 <= level <= math.log(MOST_CLASSES):
        return None
    classes = round(math.exp(level))
    near = abs(math.log(classes) - level) <= 0.01 * level
    # above 50 classes neighbouring logarithms lie so close that any level is some ln k
    return classes if near and (classes <= 50 or classes % 100 == 0) and noise < 0.5 * level else None
