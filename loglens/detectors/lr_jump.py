"""Learning-rate jump: the rate goes up in a way no schedule explains.

What it is. A step up inside an otherwise regular schedule, or a rate that falls back to the start of its warm-up (as
it does when a scheduler is not restored after a resume).

Why it matters. A model that has settled at one rate is thrown out by a larger one: the loss jumps with it, and what
was learned since is lost. A restart that belongs to the schedule does the same on purpose, and a little.

How it decides. Jumps are named by the recognised schedule: a rise is a planned restart where the schedule had fallen,
comes back to about its first rate and falls anew; it is a step up otherwise. The loss's answer is the median of the
points after the jump (a level window) against the median of those before, in standard errors: from `answer_z` on, and
`answer_share` of what had been gained, it is a warning, and critical where `critical_share` of the gain is gone.

Stays silent when. The rate is not logged; it rises in its warm-up, in a cycle or at a planned restart.

What to try. Remove the jump; restore the scheduler's state with the model's; warm up again if the rate has to rise.

References. Loshchilov and Hutter 2017 (warm restarts); Gotmare et al. 2019; Ibrahim et al. 2024 (re-warming).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import capped, clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding, Severity
from loglens.model.run import StepSpan
from loglens.model.schedule import LrEvent
from loglens.signals.core import Signals
from loglens.signals.discontinuity import Discontinuity, discontinuity_at


@dataclass(frozen=True, slots=True, kw_only=True)
class LrJump:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="lr_jump",
        kinds=("lr_jump",),
        title="Learning-rate jumps",
        needs=("learning_rate", "train_loss"),
        min_points=3,
    )
    answer_z: float = 4.0
    answer_share: float = 0.1
    critical_share: float = 0.5

    def detect(self, signals: Signals) -> Iterator[Finding]:
        for event in signals.schedule.events:
            if event.kind in ("step_up", "reset"):
                yield self._finding(signals, event)

    def _finding(self, signals: Signals, event: LrEvent) -> Finding:
        lr = signals.lr
        index = 0 if lr is None else lr.index_at(event.step)
        before = event.step if lr is None or not index else int(lr.steps[index - 1])
        discontinuity = discontinuity_at(signals, event.step)
        lost = 0.0 if discontinuity is None else discontinuity.lost_share
        answers = discontinuity is not None and discontinuity.shift_z >= self.answer_z and lost >= self.answer_share
        severity: Severity = "info"
        if answers:
            severity = "critical" if lost >= self.critical_share else "warning"
        ratio = event.to_lr / event.from_lr if event.from_lr > 0 else float("inf")
        words = "rises" if event.to_lr > event.from_lr else "falls back to the start of its warm-up,"
        answer = (
            f" and the loss goes from {figures.loss(discontinuity.before)} to {figures.loss(discontinuity.after)}"
            if discontinuity is not None and answers
            else ""
        )
        return Finding(
            kind="lr_jump",
            severity=capped(severity, signals),
            score=clip01(0.2 + 0.2 * min(1.0, abs(np.log10(max(ratio, 1e-6)))) + 0.6 * min(1.0, lost)),
            confidence=1.0 if event.kind == "step_up" else 0.9,
            steps=StepSpan(start=min(before + 1, event.step), end=event.step),
            series="" if lr is None else lr.tag,
            lr_phase=signals.phase_at(event.step),
            summary=f"The learning rate {words} from {figures.rate(event.from_lr, 3)} to "
            f"{figures.rate(event.to_lr, 3)} at step {event.step}"
            f"{answer}.",
            evidence=tuple(_evidence(event, ratio, discontinuity)),
        )


def _evidence(event: LrEvent, ratio: float, discontinuity: Discontinuity | None) -> Iterator[Evidence]:
    yield Evidence(name="event", value=event.kind)
    yield Evidence(name="ratio", value=ratio, note="rate after over rate before")
    yield Evidence(name="from_lr", value=event.from_lr)
    yield Evidence(name="to_lr", value=event.to_lr)
    if discontinuity is not None:
        yield from discontinuity.evidence()
