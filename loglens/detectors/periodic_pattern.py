"""Periodic pattern: the loss repeats itself, epoch after epoch or in another fixed periodicity.

What it is. A course that comes back every so many steps: a saw-tooth or hump within each epoch, a stair at each
epoch's border, or a period that belongs to something else (evaluation, checkpointing, a cycle of the learning rate).

Why it matters. Data that comes in the same order every epoch, or sorted by class, makes the model forget and relearn:
the loss swings with the class, and the model is only as good as the last batches it saw. Stairs at epoch borders mean
that examples are remembered, not that something is wrong.

How it decides. The loss, less its slow course and clipped at three sigmas, is searched for lines in its spectrum that
stand out of the noise of its own colour (by chance once in a hundred logs), and folded at the length of an epoch
where that is known. `share` is what the mean cycle explains of the variance. Reported from `least_share` and
`least_amplitude` sigmas on; a warning where it is in step with the epoch and explains `warn_share`, or where it is in
step with nothing that is logged, explains `sure_share`, was seen `sure_cycles` times and swings by `sure_swing` of the
level (a stream that is not mixed: batches of unlike lengths swing less), else a note.
Stairs: the level drops at every epoch border, by three standard errors each, and hardly in between.

Stays silent when. Fewer than four cycles were seen, or the points are not evenly spaced.

What to try. Shuffle the data anew every epoch (`shuffle=True`, `sampler.set_epoch(epoch)`, a larger shuffle buffer).

References. Bottou 2009 (shuffled against cycled SGD); Leahy et al. 1983 (epoch folding).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import capped, clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding
from loglens.model.run import StepSpan
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import MEDIAN_ERROR, median
from loglens.signals.numerics.spectrum import Periodicity, periodicity_at
from loglens.signals.period_source import PeriodSource, source_of

STAIR_Z = 3.0
CHANCE = 1e-6
"""Folding at a known epoch asks one question; it is answered yes where chance would do so once in a million logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodicPattern:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="periodic_pattern",
        kinds=("periodic_pattern",),
        title="Periodic patterns",
        helped_by=("epoch", "learning_rate"),
        min_points=32,
    )
    least_share: float = 0.12
    least_amplitude: float = 0.5
    warn_share: float = 0.25
    sure_share: float = 0.75
    sure_cycles: float = 5.0
    sure_swing: float = 0.15

    def detect(self, signals: Signals) -> Iterator[Finding]:
        if (stairs := _stairs(signals)) is not None:
            yield self._stairs_finding(signals, *stairs)
            return
        if (periodicity := self._of_the_epoch(signals)) is not None:
            yield self._finding(signals, periodicity, "epoch")
            return
        for periodicity in signals.spectrum[:1]:
            # two points a cycle are an oscillation, not a pattern
            if self._strong(periodicity) and periodicity.period >= 3 * signals.loss.interval:
                source = source_of(signals, periodicity)
                if source != "none" or periodicity.share >= self.warn_share:
                    yield self._finding(signals, periodicity, source)
                return

    def _strong(self, periodicity: Periodicity) -> bool:
        return periodicity.share >= self.least_share and periodicity.amplitude >= self.least_amplitude

    def _of_the_epoch(self, signals: Signals) -> Periodicity | None:
        length = signals.epochs.steps_per_epoch
        periodicity = None if length is None else periodicity_at(signals.loss, signals.local, length)
        return (
            periodicity
            if periodicity is not None and self._strong(periodicity) and periodicity.chance < CHANCE
            else None
        )

    def _finding(self, signals: Signals, periodicity: Periodicity, source: PeriodSource) -> Finding:
        loss = signals.loss
        words = {
            "epoch": "in step with the epoch",
            "epoch_multiple": "a multiple of the epoch",
            "lr": "in step with the learning rate",
            "none": "in step with neither epoch nor learning rate, as far as the log tells",
        }[source]
        data = source in ("epoch", "none")
        enough = self.warn_share if source == "epoch" else self.sure_share
        plain = source == "epoch" or (
            periodicity.cycles >= self.sure_cycles and _of_level(signals, periodicity) >= self.sure_swing
        )
        severity = "warning" if data and periodicity.share >= enough and plain else "info"
        # the first cycles after the start: a place where it can be looked at
        start = int(loss.steps[0])
        end = min(int(loss.steps[-1]), start + max(int(4 * periodicity.period), loss.interval))
        return Finding(
            kind="periodic_pattern",
            severity=capped("warning" if severity == "warning" else "info", signals),
            score=clip01(0.2 + 0.8 * periodicity.share if data else 0.1),
            confidence=clip01(1.0 - periodicity.chance),
            steps=StepSpan(start=start, end=end),
            series=loss.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The loss repeats every {figures.loss(periodicity.period)} steps ({words}): the cycle explains "
            f"{periodicity.share:.0%} of its swings.",
            evidence=(
                Evidence(name="period", value=round(periodicity.period, 3), unit="steps", note=words),
                Evidence(name="source", value=source),
                Evidence(name="share", value=round(periodicity.share, 4), note="of the variance about the slow course"),
                Evidence(
                    name="amplitude", value=round(periodicity.amplitude, 3), unit="sigma", note="half peak to peak"
                ),
                Evidence(name="cycles", value=round(periodicity.cycles, 1), note="seen in this log"),
                Evidence(name="chance", value=periodicity.chance, note="of noise looking like this"),
            ),
        )

    def _stairs_finding(self, signals: Signals, borders: list[int], drop: float) -> Finding:
        length = signals.epochs.steps_per_epoch or 0.0
        return Finding(
            kind="periodic_pattern",
            severity="info",
            score=0.15,
            confidence=0.9,
            steps=StepSpan(start=borders[0], end=borders[0] + signals.loss.interval),
            series=signals.loss.tag,
            lr_phase=signals.phase_at(borders[0]),
            summary=f"The loss falls in stairs at the epoch borders (first at step {borders[0]}): examples are "
            "remembered from epoch to epoch.",
            evidence=(
                Evidence(name="form", value="stairs"),
                Evidence(name="period", value=length, unit="steps", note="one epoch"),
                Evidence(name="drop", value=drop, note="median step of the level at a border"),
                Evidence(name="cycles", value=len(borders), note="borders seen"),
            ),
        )


def _of_level(signals: Signals, periodicity: Periodicity) -> float:
    """Half of the swing from peak to peak, as a share of the level of the loss."""
    level = median(np.abs(signals.level))
    return float(periodicity.amplitude * median(signals.noise) / level) if level > 0 else 0.0


def _stairs(signals: Signals) -> tuple[list[int], float] | None:
    """The epoch borders and the median drop at them, where the level falls at every one and hardly in between."""
    loss, clock = signals.loss, signals.epochs
    if clock.steps_per_epoch is None or clock.steps_per_epoch < 16 * loss.interval:
        return None
    first = math.ceil((int(loss.steps[0]) - clock.first_step) / clock.steps_per_epoch + 0.25)
    last = math.floor((int(loss.steps[-1]) - clock.first_step) / clock.steps_per_epoch - 0.05)
    borders = [int(clock.first_step + k * clock.steps_per_epoch) for k in range(max(1, first), last + 1)][:50]
    if len(borders) < 2:
        return None
    points = int(min(12, clock.steps_per_epoch / loss.interval / 4))
    sides = [_sides(signals, border, points) for border in borders]
    middles = [_sides(signals, border - int(clock.steps_per_epoch / 2), points) for border in borders]
    if any(item is None for item in (*sides, *middles)):
        return None
    before, after, error = np.array([side for side in sides if side is not None]).T
    drops = before - after
    elsewhere = np.array([middle[0] - middle[1] for middle in middles if middle is not None]) / error
    if (drops / error).min() < STAIR_Z or median(drops / error) < STAIR_Z * max(1.0, median(np.abs(elsewhere))):
        return None
    if median(before[1:] - after[:-1]) > 0.5 * median(drops):
        return None  # it climbs back within the epoch: a saw-tooth, no stairs
    return borders, median(signals.local.to_values(before) - signals.local.to_values(after))


def _sides(signals: Signals, border: int, points: int) -> tuple[float, float, float] | None:
    """The level before and after a step and the standard error of their difference, on the working scale."""
    loss, local = signals.loss, signals.local
    place = int(np.searchsorted(loss.steps, border, side="left"))
    # the line at the border may still average the epoch before
    left, right = local.x[max(0, place - points) : place], local.x[place + 1 : place + 1 + points]
    if len(left) < 3 or len(right) < 3:
        return None
    error = float(local.noise[min(place, len(loss) - 1)]) * MEDIAN_ERROR * math.sqrt(1 / len(left) + 1 / len(right))
    return median(left), median(right), error
