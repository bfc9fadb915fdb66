"""From signals and findings to causes, a verdict and a recommendation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from loglens.advice.base import Advice
from loglens.advice.causes import Evidence, lost_at_once, no_evidence, ranked_causes
from loglens.advice.decide import converged, never_jumped, scatters
from loglens.advice.features import gather
from loglens.advice.finding_features import found
from loglens.advice.recommend import recommend
from loglens.advice.verdict import verdict_of
from loglens.advice.weights import Weights, weights
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause
from loglens.model.finding import Finding
from loglens.model.kinds import KINDS
from loglens.signals.core import Signals
from loglens.signals.scaled import LEAST_POINTS, Reading, read

OWNS = 0.3


def advise(signals: Signals, findings: tuple[Finding, ...]) -> Advice:
    """Causes with probabilities, what to do, and how much the run needs somebody."""
    reading = read(signals)
    model = weights()
    evidence: Evidence = {} if reading is None else {**gather(reading), **found(findings)}
    causes = _unread(signals) if reading is None else _ranked(signals, reading, evidence, findings, model)
    likely = {one.cause: one.probability for one in causes}
    verdict = verdict_of(causes, findings, reading)
    owned = tuple(_owned(one, likely) for one in findings)
    return Advice(
        causes=causes,
        recommendation=recommend(signals, reading, evidence, causes, model),
        verdict=verdict,
        findings=_raised(owned) if verdict == "critical" else owned,
    )


def _ranked(
    signals: Signals, reading: Reading, evidence: Evidence, findings: tuple[Finding, ...], model: Weights
) -> tuple[Cause, ...]:
    return ranked_causes(
        evidence,
        model,
        never_jumped=never_jumped(signals, evidence.get("jump_ratio")),
        scatters=scatters(reading, findings),
        converged=converged(evidence.get("val_fell_late")),
    )


def _raised(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings of a run that is lost: the weightiest is critical, so that every output and every gate says so."""
    if any(one.severity == "critical" for one in findings):
        return findings
    weighty = [one for one in findings if one.severity == "warning"]
    worst = max(weighty, key=lambda one: (one.score * one.confidence, -one.steps.start), default=None)
    return tuple(replace(one, severity="critical") if one is worst else one for one in findings)


def _unread(signals: Signals) -> tuple[Cause, ...]:
    """The causes of a run with too few finite losses: lost at once, or simply short."""
    logged, finite = len(signals.series), len(signals.loss)
    return lost_at_once(finite, logged) if logged >= LEAST_POINTS > finite else no_evidence(finite)


def _owned(finding: Finding, likely: Mapping[CauseName, float]) -> Finding:
    owners = [(likely.get(cause, 0.0), cause) for cause in KINDS[finding.kind].owners]
    probability, cause = max(owners, default=(0.0, None))
    return finding if cause is None or probability < OWNS else replace(finding, cause=cause)
