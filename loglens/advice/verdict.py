"""The verdict: how much a run needs somebody."""

from __future__ import annotations

from loglens.model.causes import CAUSES
from loglens.model.diagnosis import Cause, Verdict
from loglens.model.finding import Finding
from loglens.signals.scaled import Reading

SURE = 0.5
ALONE = 0.8
"""A cause that no finding of weight supports is worth a warning from this probability on: what it rests on is spread
over many small signs, and kinds of training the weights have never met are judged by those."""
LOST = 0.3
"""A run that gave back this share of what it had gained is lost."""


def verdict_of(causes: tuple[Cause, ...], findings: tuple[Finding, ...], reading: Reading | None) -> Verdict:
    """healthy where nothing needs somebody, critical where the run is lost, warning in between.

    A run whose likeliest cause is `healthy` is never critical. Another cause needs a finding of weight beside it, or a
    high probability of its own, to be worth a warning; it is critical where the loss is no number any more, where a
    finding is, or where a cause of ruin is likelier than not and the end shows it.
    """
    top = causes[0]
    critical = any(one.severity == "critical" for one in findings)
    supported = critical or any(one.severity == "warning" for one in findings)
    if top.cause == "healthy":
        return "warning" if critical else "healthy"
    if reading is not None and reading.lost > 0 and supported:
        return "critical"
    if supported and top.probability >= SURE and (critical or (CAUSES[top.cause].ruinous and _ruined(reading))):
        return "critical"
    if supported:
        return "warning"
    return "warning" if top.cause != "unknown" and top.probability >= ALONE else "healthy"


def _ruined(reading: Reading | None) -> bool:
    return reading is not None and (reading.end - reading.low > LOST * reading.gain or reading.end > reading.first)
