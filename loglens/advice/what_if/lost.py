"""What ran in vain since the onset of a fault: steps, and hours of training where the log has a clock."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from loglens.model.diagnosis import Cause
from loglens.model.finding import Finding
from loglens.model.kinds import FindingKind
from loglens.model.results.what_if import Lost
from loglens.model.run import FloatArray, Series
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median

NO_ONSET: frozenset[FindingKind] = frozenset({"slow_progress", "periodic_pattern", "gradient_vanishing", "logging"})
"""Kinds that are a trait of the whole run: nothing began."""
WHILE_IT_LASTS: frozenset[FindingKind] = frozenset({"stagnation", "oscillation"})
"""Kinds that are over where the finding ends; the others until the loss has its level back."""
TO_THE_END: frozenset[FindingKind] = frozenset({"overfitting", "divergence"})
"""Kinds that last: one the train loss cannot make up for, and one that is told only where the loss ends away from its
best."""
PAUSE, PAUSE_SECONDS = 20.0, 300.0
"""A gap between two points this many times the usual one, and this long, is a pause and no training."""


def lost(signals: Signals, findings: Iterable[Finding], cause: Cause) -> Lost | None:
    """What was lost to the leading cause; None where it is no fault, or one without an onset."""
    faults = [finding for finding in findings if finding.severity != "info" and finding.kind not in NO_ONSET]
    own = [fault for fault in faults if fault.cause == cause.cause]
    if cause.cause == "healthy" or not own:
        return None
    first, last = signals.span.start, signals.span.end
    ends = [_over(signals, item) for item in own]
    parts: list[tuple[int, int]] = []
    # a finding of the validation loss may lie before the first train loss, or after the last
    for start, until in sorted(
        (place.steps.start, last if end is None else end) for place, end in zip(own, ends, strict=True)
    ):
        inside = max(first, start), min(last, until)
        if parts and inside[0] <= parts[-1][1]:
            parts[-1] = (parts[-1][0], max(parts[-1][1], inside[1]))
        else:
            parts.append(inside)
    parts = [(start, end) for start, end in parts if end > start]
    steps = sum(end - start for start, end in parts)
    if steps <= 0:
        return None
    clock = training_hours(signals.series)
    hours = None
    if clock is not None:
        at = signals.series.steps
        hours = sum(float(np.interp(end, at, clock) - np.interp(start, at, clock)) for start, end in parts)
    return Lost(
        since=parts[0][0],
        steps=steps,
        regained=all(end is not None for end in ends),
        hours=hours,
        of=signals.span.steps,
    )


def _over(signals: Signals, finding: Finding) -> int | None:
    """The step at which a fault was made up for, None where it never was."""
    last = signals.span.end
    if finding.kind in TO_THE_END:
        return None
    if finding.kind in WHILE_IT_LASTS:
        return finding.steps.end if finding.steps.end < last else None
    healing = finding.evidence_value("recovery_steps")
    if healing is not None:  # one event has one end, on the page as here
        return (finding.peak_step or finding.steps.start) + int(healing)
    steps, level, noise = signals.loss.steps, signals.level, signals.noise
    before = int(np.searchsorted(steps, finding.steps.start)) - 1
    if before < 0:
        return None
    worst = max(finding.steps.start, finding.peak_step or finding.steps.start)
    # the level just before the onset may already look ahead to the fault: the median of a few points does not
    reached = median(level[max(0, before - 8) : before + 1]) + float(noise[before])
    back = np.flatnonzero((steps > worst) & (level <= reached))
    return int(steps[back[0]]) if len(back) and not _ends_broken(signals, finding) else None


def _ends_broken(signals: Signals, finding: Finding) -> bool:
    """Whether the fault lasts to the end of a log whose last loss is NaN or infinite."""
    return (
        finding.kind == "non_finite" and not bool(signals.series.finite[-1]) and finding.steps.end >= signals.span.end
    )


def training_hours(series: Series) -> FloatArray | None:
    """(n,) hours of training up to each point of a series, pauses left out; None where it has no clock."""
    clock = series.wall_times
    if clock is None or len(clock) < 2 or not bool(np.isfinite(clock).all()):
        return None
    gaps = np.maximum(np.diff(clock), 0.0)
    usual = median(gaps)
    gaps = np.where(gaps > max(PAUSE * usual, PAUSE_SECONDS), usual, gaps)
    total = np.concatenate(([0.0], np.cumsum(gaps))) / 3600.0
    return total if total[-1] > 0 else None
