"""Gradient: the gradient norm explodes or vanishes.

What it is. Explosion: the norm leaps far above its own level, alone or again and again, or climbs for good.
Vanishing: it is zero or next to it while there is still something to learn.

Why it matters. The norm answers to an instability several steps before the loss does (four in BLOOM's first spike),
so it is the earlier warning, and tells a step that grew too large from a batch that was odd. A norm at zero means
that nothing is learned at all.

How it decides. Explosion: an excursion above the norm's own outlier limit (level and noise as for the loss) of
`explode_ratio` times its level; or a level that rises to `climb_ratio` times its lowest stretch and ends there.
Single leaps are a note, `many` of them or one that comes with a loss spike a warning; a climb is a warning, critical
where the loss rises with it. Vanishing: the median norm lies below `vanish_norm`, or ends below `fall_ratio` of its
start, while the loss has gained less than `learned_share` of its start.

Stays silent when. The norm shrinks because the loss goes to zero; it sits at the clipping limit (a note); it grows
slowly as it does in language models.

What to try. Explosion: clip gradients at about twice the usual norm, lower the learning rate, lengthen the warm-up.
Vanishing: check initialisation, activations, normalisation and that parameters are not frozen.

References. Pascanu et al. 2013; SageMaker Debugger's VanishingGradient (1e-7); BigScience's 176B chronicle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding, Severity
from loglens.model.run import StepSpan
from loglens.signals.core import Signals
from loglens.signals.excursions import Excursion
from loglens.signals.numerics.robust import block_bounds, median, stretch_medians
from loglens.signals.track import Track

BLOCKS = 24
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradient:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="gradient",
        kinds=("gradient_explosion", "gradient_vanishing"),
        title="Exploding and vanishing gradients",
        needs=("grad_norm", "train_loss"),
        min_points=12,
    )
    explode_ratio: float = 8.0
    climb_ratio: float = 20.0
    many: int = 5
    vanish_norm: float = 1e-7
    fall_ratio: float = 1e-4
    learned_share: float = 0.05

    def detect(self, signals: Signals) -> Iterator[Finding]:
        grad = signals.grad
        if grad is None or signals.grad_local is None:
            return
        if (vanished := self._vanishing(signals, grad)) is not None:
            yield vanished
            return
        if (climbed := self._climb(signals, grad)) is not None:
            yield climbed
        leaps = [excursion for excursion in signals.grad_excursions if _ratio(grad, excursion) >= self.explode_ratio]
        highest = sorted(leaps, key=lambda leap: -leap.height)[:MOST]
        for leap in sorted(highest, key=lambda leap: leap.onset):
            yield self._leap(signals, grad, leap, count=len(leaps))

    def _leap(self, signals: Signals, grad: Track, excursion: Excursion, *, count: int) -> Finding:
        start, peak = int(grad.steps[excursion.onset]), int(grad.steps[excursion.peak])
        ratio = _ratio(grad, excursion)
        answered = _loss_spike_near(signals, start, peak)
        severity: Severity = "warning" if answered is not None or count >= self.many else "info"
        end = int(grad.steps[max(excursion.peak, min(excursion.calm, len(grad)) - 1)])
        with_loss = "" if answered is None else f", {answered} steps before the loss" if answered else ", with the loss"
        return Finding(
            kind="gradient_explosion",
            severity=severity,
            score=clip01(0.2 + 0.2 * np.log10(max(1.0, ratio)) + 0.1 * min(1.0, count / 10)),
            confidence=clip01(0.6 + 0.05 * excursion.height / 2),
            steps=StepSpan(start=start, end=min(end, start + max(100, signals.span.steps // 8))),
            series=grad.tag,
            peak_step=peak,
            lr_phase=signals.phase_at(peak),
            summary=f"The gradient norm leaps to {ratio:.3g} times its level at step {peak}{with_loss}.",
            evidence=(
                Evidence(name="ratio", value=round(ratio, 3), note="peak over the level before"),
                Evidence(name="height", value=round(excursion.height, 2), unit="sigma"),
                Evidence(name="rise_steps", value=peak - int(grad.steps[max(0, excursion.onset - 1)]), unit="steps"),
                Evidence(name="level_before", value=excursion.before),
                Evidence(name="gradient_lead", value=answered, unit="steps", note="ahead of the loss"),
                Evidence(name="number", value=count, note="leaps in this run"),
            ),
        )

    def _climb(self, signals: Signals, grad: Track) -> Finding | None:
        """A norm that ends far above its lowest stretch, the start set aside."""
        bounds = block_bounds(len(grad), BLOCKS)
        medians = stretch_medians(grad.values, bounds)
        settled = medians[len(medians) // 8 :]
        low, end = float(settled.min()), median(medians[-max(1, len(medians) // 8) :])
        if low <= 0 or end < self.climb_ratio * low:
            return None
        # a norm that began as high has come back, not exploded
        if end < self.climb_ratio / 4 * float(medians[: max(1, len(medians) // 8)].min()):
            return None
        rises = np.flatnonzero(medians > np.sqrt(low * end))
        lowest = len(medians) - len(settled) + int(np.argmin(settled))
        after = rises[rises > lowest]
        start = int(grad.steps[bounds[int(after[0]) if len(after) else len(bounds) - 1][0]])
        worse = signals.progress.final > signals.progress.best + 0.25 * max(signals.progress.gain, 0.0)
        return Finding(
            kind="gradient_explosion",
            severity="critical" if worse else "warning",
            score=clip01(0.4 + 0.2 * np.log10(end / low)),
            confidence=0.9,
            steps=StepSpan(start=start, end=min(int(grad.steps[-1]), start + max(100, signals.span.steps // 8))),
            series=grad.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The gradient norm climbs to {end / low:.3g} times its lowest level and stays there.",
            evidence=(
                Evidence(name="ratio", value=round(end / low, 3), note="level at the end over the lowest"),
                Evidence(name="level_before", value=low),
                Evidence(name="end", value=end),
            ),
        )

    def _vanishing(self, signals: Signals, grad: Track) -> Finding | None:
        if not len(signals.loss):
            return None  # every number that was logged stands for a NaN
        progress = signals.progress
        if progress.gain > self.learned_share * abs(progress.initial):
            return None
        start_norm = median(grad.values[: max(3, len(grad) // 50)])
        usual = median(grad.values)
        end_norm = median(grad.values[-max(3, len(grad) // 10) :])
        dead = usual < self.vanish_norm
        if not dead and not end_norm < self.fall_ratio * start_norm:
            return None
        limit = self.vanish_norm if dead else 0.01 * start_norm
        below = np.flatnonzero(grad.values < limit)
        start = int(grad.steps[int(below[0])]) if len(below) else int(grad.steps[0])
        return Finding(
            kind="gradient_vanishing",
            severity="critical" if dead else "warning",
            score=clip01(0.9 if dead else 0.6),
            confidence=0.95,
            steps=StepSpan(start=start, end=max(start, int(grad.steps[-1]))),
            series=grad.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The gradient norm is {end_norm:.2g} while the loss stays near its start "
            f"({figures.loss(progress.final)}): nothing is learned.",
            evidence=(
                Evidence(name="norm", value=usual, note="median gradient norm"),
                Evidence(name="start", value=start_norm, note="gradient norm at the start"),
                Evidence(name="end", value=end_norm, note="gradient norm at the end"),
            ),
        )


def _ratio(grad: Track, excursion: Excursion) -> float:
    """The peak over the level before it."""
    return float(grad.values[excursion.peak]) / max(excursion.before, 1e-300)


def _loss_spike_near(signals: Signals, start: int, peak: int) -> int | None:
    """By how many steps the leap came before the nearest loss spike; None where no spike is near."""
    reach = max(10, 4 * signals.loss.interval)
    leads = [
        int(signals.loss.steps[excursion.onset]) - start
        for excursion in signals.excursions
        if start - signals.loss.interval <= int(signals.loss.steps[excursion.onset]) <= peak + reach
    ]
    return max(0, min(leads)) if leads else None
