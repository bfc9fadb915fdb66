"""The judgement of a run that logs a metric and no loss: what is seen in the metric, and no cause.

How a learning rate shows itself is known of losses: their noise, their trend, their divergence. Of an accuracy or a
return it is not, so the cause stays unknown and nothing is advised about the rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from loglens.advice.base import Advice
from loglens.advice.facts import say
from loglens.advice.facts.numbers import PART
from loglens.model import figures
from loglens.model.diagnosis import Cause, Recommendation, Verdict
from loglens.model.fact import Fact
from loglens.model.finding import Evidence, Finding, Severity
from loglens.signals.core import Signals
from loglens.signals.metric_view import MetricView
from loglens.signals.numerics.robust import median

LAST = 3
"""Points at the end of a series that are all no numbers: fewer may be cells that were left empty."""
ASKED = frozenset({"non_finite", "loss_spike", "stagnation"})
"""The detectors that a metric can be shown to."""


def advise_metric(view: MetricView, signals: Signals, findings: tuple[Finding, ...]) -> Advice:
    """Findings (already in the words of the metric), an unknown cause, and what to log."""
    tag = view.series.tag
    why = f"{tag!r} is a {view.title}, and this log holds no loss"
    because = (f"Metric only: {why}. No cause of the learning rate can be named.",)
    severities = {finding.severity for finding in findings}
    verdict: Verdict = "critical" if "critical" in severities else "warning" if "warning" in severities else "healthy"
    facts = tuple(_broken_parts(signals))
    if facts:
        verdict = "critical"
    return Advice(
        causes=(Cause(cause="unknown", probability=1.0, because=(*(fact.text for fact in facts), *because)),),
        recommendation=Recommendation(
            action="collect_more",
            current_peak_lr=signals.schedule.peak_lr,
            peak_lr=None,
            why=f"Log the training loss beside {tag!r}; where it is logged under another name, --map train_loss=NAME "
            "takes it.",
        ),
        verdict=verdict,
        findings=findings,
        facts=facts,
    )


def _broken_parts(signals: Signals) -> Iterator[Fact]:
    """Terms of the training that end in NaN or infinity: whatever the metric still says, its next update is none."""
    for series in signals.run.series:
        whole = np.flatnonzero(series.finite)
        endless = len(series) > 0 and bool(np.isinf(series.values[-1]))  # no cell is left empty so
        if PART.search(series.tag) and len(whole) and (endless or len(series) - whole[-1] > LAST):
            first = int(series.steps[whole[-1] + 1])
            text = f"“{series.tag}” is NaN or infinite from step {first} on."
            yield say.fact("part_non_finite", text, first, int(series.steps[-1]), series.tag)


def in_words_of(view: MetricView, finding: Finding) -> Finding:
    """A finding of the stand-in said of the metric as it was logged: its own numbers, its own direction."""
    shown = view.series
    at = shown.steps
    inside = (at >= finding.steps.start) & (at <= finding.steps.end)
    severity: Severity = finding.severity
    if finding.kind == "non_finite":
        bad = int(np.count_nonzero(~shown.finite))
        to_the_end = not bool(shown.finite[at > finding.steps.start].any())
        until = " to the end" if to_the_end else ""
        summary = (
            f"{shown.tag!r} is NaN or infinite at {bad} of {len(shown)} points, from step {finding.steps.start}{until}."
        )
        evidence: tuple[Evidence, ...] = (Evidence(name="count", value=float(bad), note="points that are no number"),)
    elif finding.kind == "loss_spike":
        severity = "info"
        summary, evidence = _dip(view, finding)
    else:
        level = median(shown.values[inside & shown.finite]) if bool((inside & shown.finite).any()) else np.nan
        share = float(np.count_nonzero(inside)) / max(len(shown), 1)
        flat = next((item.value for item in finding.evidence if item.name == "form"), "") == "flat"
        severity = "warning" if flat and share > 0.9 else "info"
        moved = "has not moved from" if flat else "stays at about"
        summary = (
            f"{shown.tag!r} {moved} {figures.loss(level)} from step {finding.steps.start} on "
            f"({100 * share:.0f}% of the run)."
        )
        evidence = (Evidence(name="level", value=level, note="median of the plateau"),
                    Evidence(name="share", value=share, note="of the run"))  # fmt: skip
    return replace(finding, series=shown.tag, summary=summary, evidence=evidence, severity=severity)


def _dip(view: MetricView, finding: Finding) -> tuple[str, tuple[Evidence, ...]]:
    shown = view.series
    peak = finding.steps.start if finding.peak_step is None else finding.peak_step
    place = int(np.searchsorted(shown.steps, peak))
    before = shown.values[: max(1, int(np.searchsorted(shown.steps, finding.steps.start)))]
    level = median(before[np.isfinite(before)][-9:]) if bool(np.isfinite(before).any()) else float("nan")
    value = float(shown.values[min(place, len(shown) - 1)])
    way = "drops" if view.higher_is_better else "rises"
    summary = f"{shown.tag!r} {way} from about {figures.loss(level)} to {figures.loss(value)} at step {peak}."
    return summary, (Evidence(name="level_before", value=level), Evidence(name="value", value=value))
