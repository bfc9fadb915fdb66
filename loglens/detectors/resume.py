"""Resume: the run was interrupted and went on, and whether that shows.

What it is. The steps go back (a restart from a checkpoint), a new file or process takes over, or the clock shows a
long pause. Where the optimizer's moments, the scheduler, the scaler or the data order were not restored with the
weights, loss or gradient norm do not go on where they left off.

Why it matters. Lost optimizer state costs hundreds of steps and can blow up a run at its full learning rate; a data
loader that starts anew shows the same examples twice.

How it decides. Every rewind of the log is a resume, and so is a pause of `pause_factor` times the usual time between
two log lines (and `pause_seconds` at least) with a visible discontinuity. At that point the medians of the level
windows on both sides are compared, the trend before taken off (`shift_z`, standard errors), and the highest mean of
three points shortly after (`bump_z`), and the gradient norm on both sides. A discontinuity is `seen_z` standard
errors, a bump of `bump_limit`, or half of that with a gradient norm off by `gradient_factor`. It is a warning, and
critical where half of the gain is lost; a resume without one is a note.

Stays silent when. There was no rewind, and pauses leave no trace.

What to try. Save and load optimizer, scheduler, scaler, RNG and data loader state; warm the rate up again otherwise.

References. Lightning issue 10766 and BigScience's 104B chronicle (spikes at restarts); PyTorch's checkpointing guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import capped, clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding, Severity
from loglens.model.run import Rewind, StepSpan
from loglens.signals.core import Signals
from loglens.signals.discontinuity import Discontinuity, discontinuity_at
from loglens.signals.numerics.robust import median

MOST_PAUSES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="resume",
        kinds=("resume",),
        title="Resumes",
        helped_by=("grad_norm", "learning_rate"),
        min_points=6,
    )
    seen_z: float = 4.0
    bump_limit: float = 6.0
    gradient_factor: float = 1.6
    pause_factor: float = 20.0
    pause_seconds: float = 60.0

    def detect(self, signals: Signals) -> Iterator[Finding]:
        # of several restarts from one checkpoint only the last one is still in the log
        rewinds = {rewind.resumed_at: rewind for rewind in signals.run.rewinds}
        for step, rewind in sorted(rewinds.items()):
            yield self._finding(signals, step, discontinuity_at(signals, step), rewind)
        for step, seconds in self._pauses(signals):
            if any(abs(step - other) <= 2 * signals.loss.interval for other in rewinds):
                continue
            discontinuity = discontinuity_at(signals, step)
            if discontinuity is not None and self._seen(discontinuity):
                yield self._finding(signals, step, discontinuity, None, seconds=seconds)

    def _seen(self, discontinuity: Discontinuity) -> bool:
        """Whether the run does not go on where it left off."""
        worse = discontinuity.shift_z >= self.seen_z or discontinuity.bump_z >= self.bump_limit
        gradient = (
            discontinuity.grad_bump is not None
            and not 1 / self.gradient_factor < discontinuity.grad_bump < self.gradient_factor
        )
        return worse or (gradient and max(discontinuity.shift_z, discontinuity.bump_z / 2) > self.seen_z / 2)

    def _pauses(self, signals: Signals) -> list[tuple[int, float]]:
        """The first steps after unusually long pauses, with their length in seconds, longest first."""
        times, steps = signals.series.wall_times, signals.series.steps
        if times is None or len(times) < 8:
            return []
        gaps = np.diff(times)
        gaps = np.where(np.isfinite(gaps), gaps, 0.0)
        usual = median(gaps[gaps > 0]) if bool(np.any(gaps > 0)) else 0.0
        long = np.flatnonzero(gaps > max(self.pause_seconds, self.pause_factor * usual))
        longest = sorted(long, key=lambda i: -gaps[i])[:MOST_PAUSES]
        return sorted((int(steps[i + 1]), float(gaps[i])) for i in longest)

    def _finding(
        self,
        signals: Signals,
        step: int,
        discontinuity: Discontinuity | None,
        rewind: Rewind | None,
        *,
        seconds: float | None = None,
    ) -> Finding:
        seen = discontinuity is not None and self._seen(discontinuity)
        lost = 0.0 if discontinuity is None or not seen else min(1.0, discontinuity.lost_share)
        severity: Severity = "info"
        if seen:
            severity = "critical" if lost >= 0.5 else "warning"
        loss = signals.loss
        back = f"after step {rewind.last_step} (" + rewind.how + ")" if rewind else f"after a pause of {seconds:.0f} s"
        anew = _from_the_start(signals, step) if rewind else None
        if discontinuity is None:
            answer = "too near the end of the log to see what it did"
        elif seen:
            answer = f"the loss goes from {figures.loss(discontinuity.before)} to {figures.loss(discontinuity.after)}"
        else:
            answer = "loss and gradient go on where they were"
        return Finding(
            kind="resume",
            severity=capped(severity, signals),
            score=clip01(0.1 + (0.3 + 0.6 * lost if seen else 0.0)),
            confidence=1.0 if rewind else 0.7,
            steps=StepSpan(start=max(signals.span.start, step - loss.interval + 1), end=max(signals.span.start, step)),
            series=loss.tag,
            lr_phase=signals.phase_at(step),
            summary=f"The run was resumed at step {step} {back}; {answer}." if anew is None else anew,
            evidence=tuple(_evidence(signals, discontinuity, rewind, seconds, seen)),
        )


def _from_the_start(signals: Signals, step: int) -> str | None:
    """What restarts from the very first step say: that the log holds several trainings; None for any other restart."""
    if step > signals.span.start:
        return None
    count = 1 + sum(rewind.resumed_at <= signals.span.start for rewind in signals.run.rewinds)
    return (
        f"The log holds {count} trainings that each begin at step {step}: at every step the last that reached it is "
        "shown and judged. Give each a log of its own to have it judged."
    )


def _evidence(
    signals: Signals, discontinuity: Discontinuity | None, rewind: Rewind | None, seconds: float | None, seen: bool
) -> Iterator[Evidence]:
    yield Evidence(name="discontinuity", value="yes" if seen else "no")
    if rewind is not None:
        yield Evidence(name="rewritten", value=rewind.rewritten, note="points written again")
        again = sum(item.resumed_at == rewind.resumed_at for item in signals.run.rewinds)
        yield Evidence(name="restarts", value=again, note="from this step")
        if rewind.resumed_at <= rewind.last_step:  # not where a counter began anew and was counted on
            yield Evidence(name="steps_back", value=rewind.last_step - rewind.resumed_at + 1, unit="steps")
        old = _old_level(signals, rewind)
        if old is not None:
            yield Evidence(name="rewritten_level", value=old, note="loss at the same steps before the resume")
    if seconds is not None:
        yield Evidence(name="pause", value=round(seconds, 1), unit="s")
    if discontinuity is not None:
        yield from discontinuity.evidence()


def _old_level(signals: Signals, rewind: Rewind) -> float | None:
    """The median loss the first attempt had at the steps that were written again."""
    parts = [item for item in signals.run.rewritten if item.tag == signals.loss.tag]
    values = [p.values[(p.steps >= rewind.resumed_at) & (p.steps <= rewind.last_step)] for p in parts]
    known = np.concatenate(values) if values else np.zeros(0)
    known = known[np.isfinite(known)]
    return median(known) if len(known) else None
