"""The verdict: how much a run needs somebody."""

from __future__ import annotations

from loglens.advice.reading import Reading
from loglens.model.diagnosis import Cause, Verdict
from loglens.model.finding import Finding

SURE = 0.5
LOST = 0.3
"""A run that gave back this share of what it had gained, or gained less than it moves by chance, is lost."""
RUINOUS = frozenset({"lr_too_high", "lr_jump", "dead_network", "warmup_too_short"})
"""Causes that leave nothing of a run that shows them clearly."""


def verdict_of(causes: tuple[Cause, ...], findings: tuple[Finding, ...], reading: Reading | None) -> Verdict:
    """healthy where the likeliest cause is `healthy` and nothing critical was seen; critical where a cause of ruin is
    likelier than not, or where the loss went non-finite; warning otherwise.

    A run whose likeliest cause is `healthy` is never critical.
    """
    top = causes[0]
    critical = any(one.severity == "critical" for one in findings)
    if top.cause == "healthy":
        return "warning" if critical else "healthy"
    if reading is not None and reading.lost > 0:
        return "critical"
    if top.probability >= SURE and (critical or (top.cause in RUINOUS and _ruined(reading))):
        return "critical"
    if top.cause == "unknown" and not findings:
        return "healthy"
    return "warning"


def _ruined(reading: Reading | None) -> bool:
    return reading is not None and (reading.end - reading.low > LOST * reading.gain or reading.end > reading.first)
