"""Slow progress: the loss is still on its way down, almost as fast as ever, when the log ends.

What it is. A run that has not come near its end: in its last quarter it gains about as much as in an average quarter,
or it falls so little in all that the fall can be seen only by averaging.

Why it matters. Training slows down as it converges: a healthy loss gains 1 to 8 % of its total in the last quarter. A
straight line (25 %) means that the run was stopped, or will stop, long before it is done: the learning rate is too
small, or the schedule too short.

How it decides. `late_share` = the fall between 70-75 % and 95-100 % of the log over the whole fall, both from
medians. Reported from `least_late` on (half of a straight line), where the fall is significant over the run
(Kendall's z < -2) and in its last third, and larger than four standard errors of the medians it is taken from. A
warning from `warn_late` on or where less than `tiny_share` of the starting loss was gained; else a note.

Stays silent when. The learning rate was being lowered in that quarter (annealing makes any loss fall at the end), was
raised or restarted, or is still in its warm-up; the loss diverged or blew up on the way.

What to try. Raise the learning rate (threefold, or as far as a short trial stays stable), or train longer.

References. Hestness et al. 2017 (power-law learning curves); Smith 2018 (a disciplined approach, part 1).
"""

from __future__ import annotations

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

EARLY, LATE = (0.70, 0.75), (0.95, 1.0)
ANNEALED = 0.7
"""A rate that falls to 70 % of what it was within the last quarter is being annealed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowProgress:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="slow_progress",
        kinds=("slow_progress",),
        title="Slow progress",
        helped_by=("learning_rate",),
        min_points=20,
        score_name="stagnation",
    )
    least_late: float = 0.125
    warn_late: float = 0.17
    tiny_share: float = 0.02

    def detect(self, signals: Signals) -> Iterator[Finding]:
        progress, loss = signals.progress, signals.loss
        gain = progress.initial - progress.final
        early, late = (_median_between(signals, *part) for part in (EARLY, LATE))
        fall = early[0] - late[0]
        if gain <= 0 or fall <= 4 * float(np.hypot(early[1], late[1])) or gain <= 4 * progress.initial_error:
            return
        share = fall / gain
        if share < self.least_late or _schedule_explains(signals) or progress.worst > progress.initial + gain:
            return
        last_third = float(loss.steps[int(0.67 * len(loss))])
        if not (signals.trend().falls and signals.trend(last_third).falls):
            return
        gained = gain / max(abs(progress.initial), 1e-300)
        tiny = gained < self.tiny_share
        start = int(loss.steps[int(EARLY[0] * len(loss))])
        remaining = f"only {gained:.2%} of the starting loss" if tiny else f"{share:.0%} of its whole fall"
        yield Finding(
            kind="slow_progress",
            severity=capped("warning" if share >= self.warn_late or tiny else "info", signals),
            score=clip01(0.25 + 1.5 * min(share, 0.3) + (0.3 if tiny else 0.0)),
            confidence=clip01(0.5 + 2 * (share - self.least_late)),
            steps=StepSpan(start=start, end=int(loss.steps[-1])),
            series=loss.tag,
            lr_phase=signals.phase_at(start),
            summary=f"The loss is still falling when the log ends ({figures.loss(progress.initial)} to "
            f"{figures.loss(progress.final)}): "
            f"{'it gained ' if tiny else 'the last quarter brought '}{remaining}.",
            evidence=(
                Evidence(name="late_share", value=round(share, 4), note="of the fall in the last quarter; 0.25 = line"),
                Evidence(name="gained_share", value=round(gained, 5), note="of the starting loss, by the end"),
                Evidence(name="start", value=progress.initial),
                Evidence(name="end", value=progress.final),
                Evidence(name="late_slope", value=fall / max(1, int(loss.steps[-1]) - start), unit="1/step"),
            ),
        )  # fmt: skip


def _median_between(signals: Signals, first: float, last: float) -> tuple[float, float]:
    """The median loss between two fractions of the log and its standard error."""
    n = len(signals.loss)
    take = slice(int(first * n), max(int(first * n) + 1, int(last * n)))
    values = signals.loss.values[take]
    error = MEDIAN_ERROR * median(signals.noise[take]) / np.sqrt(len(values))
    return median(values), float(error)


def _schedule_explains(signals: Signals) -> bool:
    """Whether the rate was annealed, raised or not yet warm in the last third: then the slope is the schedule's."""
    steps = signals.loss.steps
    n = len(steps)
    rates = signals.lr_at(steps[[int(0.66 * n), int(0.97 * n)]])
    if rates is None:
        return False
    if signals.phase_at(int(steps[int(0.85 * n)])) == "warmup":
        return True
    before, after = float(rates[0]), float(rates[1])
    return before > 0 and not ANNEALED <= after / before <= 1 / ANNEALED
