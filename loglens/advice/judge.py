"""From signals and findings to causes, a verdict and a recommendation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from loglens.advice.admissible import ANEW, admissible
from loglens.advice.base import Advice
from loglens.advice.causes import Evidence, ranked_causes
from loglens.advice.claims import weighed
from loglens.advice.decide import converged, never_jumped, scatters
from loglens.advice.facts import establish
from loglens.advice.features import gather, restart
from loglens.advice.finding_features import FOUND, found
from loglens.advice.rate_verdict import OF_VERDICT, learning_rate
from loglens.advice.recommend import recommend
from loglens.advice.reconcile import noted, reconciled
from loglens.advice.regret import rate_outlook
from loglens.advice.regret.joined import advised, backs, heard_of, sure_of_low, with_rate
from loglens.advice.regret.prior import is_planned
from loglens.advice.sentences.chain import because
from loglens.advice.verdict import ALONE_LOW, quiet, verdict_of
from loglens.advice.weights import Weights, weights
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, Verdict
from loglens.model.fact import Fact
from loglens.model.finding import Finding
from loglens.model.kinds import KINDS
from loglens.model.run import configured_rate
from loglens.signals.core import Signals
from loglens.signals.scaled import ScaledRun, read

OWNS = 0.3


def advise(signals: Signals, findings: tuple[Finding, ...]) -> Advice:
    """Causes with probabilities, what to do, and how much the run needs attention.

    Facts first: they decide which causes may be named. The fitted weights rank those, and every sentence is written
    from the same facts.
    """
    facts = establish(signals, findings)
    reading = read(signals) if len(signals.loss) else None
    model = weights()
    evidence: Evidence = {} if reading is None else {**gather(reading), **found(findings)}
    allowed = admissible(facts, findings)
    if "resume_discontinuity" not in allowed:
        evidence = _without_resume(evidence)
    ranked = () if reading is None else _ranked(signals, reading, evidence, findings, model)
    outlook = rate_outlook(signals, rate=configured_rate(signals.run.config))
    steps, points = signals.span.steps, len(signals.loss)
    said = {item.cause: item.probability for item in ranked}
    known = with_rate(said, outlook, facts, allowed, steps=steps, points=points)
    shares = weighed(known, facts, allowed)
    owned = tuple(_owned(item, shares) for item in reconciled(findings, facts))
    causes = _told(shares, ranked, facts, owned)
    planned = is_planned(signals.schedule)
    by_epoch = signals.run.x_axis == "epoch"
    sure = sure_of_low(outlook, planned=planned, steps=steps, points=points, by_epoch=by_epoch)
    backed = backs(outlook, causes[0], facts, sure=sure)
    verdict = verdict_of(causes, owned, reading, facts, backed=backed, sure=sure if planned else max(sure, ALONE_LOW))
    causes = quiet(causes, verdict)
    told = learning_rate(outlook, causes, allowed, heard=heard_of(points, facts))
    return Advice(
        causes=causes,
        recommendation=recommend(
            signals,
            reading,
            evidence,
            causes,
            model,
            facts,
            rate=advised(
                outlook,
                causes[0].cause,
                validated=signals.val is not None and signals.has_train_loss,
                learned=any(fact.kind == "learned" for fact in facts),
                whole=not signals.starts_late and not any(fact.kind in ANEW for fact in facts),
            ),
            wrong=told is not None and told.verdict in OF_VERDICT,
        ),
        verdict=verdict,
        findings=_agreeing(owned, verdict),
        facts=facts,
        learning_rate=told,
    )


def _without_resume(evidence: Evidence) -> Evidence:
    """The evidence of a run whose resumes did no harm: for the weights, which never saw one that did none, they were
    none."""
    calm = {measure.name: 0.0 for measure in restart.MEASURES if measure.name in evidence}
    return {name: value for name, value in evidence.items() if name != f"{FOUND}resume"} | calm


def _ranked(
    signals: Signals, reading: ScaledRun, evidence: Evidence, findings: tuple[Finding, ...], model: Weights
) -> tuple[Cause, ...]:
    """What the fitted weights say of every cause."""
    return ranked_causes(
        evidence,
        model,
        never_jumped=never_jumped(signals, evidence.get("jump_ratio")),
        scatters=scatters(reading, findings),
        converged=converged(evidence.get("val_fell_late")),
    )


def _told(
    shares: Mapping[CauseName, float], ranked: tuple[Cause, ...], facts: tuple[Fact, ...], findings: tuple[Finding, ...]
) -> tuple[Cause, ...]:
    """The causes by probability, each with its sentences; `unknown` yields to a cause as likely."""
    known = {item.cause: item for item in ranked}
    order = sorted(shares, key=lambda cause: (-round(shares[cause], 9), cause == "unknown"))
    return tuple(
        Cause(
            cause=cause,
            probability=shares[cause],
            because=because(
                cause, facts, findings, known[cause].because if cause in known else (), leads=cause == order[0]
            ),
            weights=known[cause].weights if cause in known else (),
        )
        for cause in order
    )


def _agreeing(findings: tuple[Finding, ...], verdict: Verdict) -> tuple[Finding, ...]:
    """The findings as they may stand beside the verdict: every gate and output reads their severities."""
    if verdict == "critical":
        return _raised(findings)
    # nothing of a run that is well needs anybody: a single spike that healed is something to look at
    return tuple(noted(finding) for finding in findings) if verdict == "healthy" else findings


def _raised(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings of a run that is lost: the weightiest is critical, so that every output and every gate says so."""
    if any(finding.severity == "critical" for finding in findings):
        return findings
    weighty = [finding for finding in findings if finding.severity == "warning"]
    worst = max(weighty, key=lambda finding: (finding.score * finding.confidence, -finding.steps.start), default=None)
    return tuple(replace(finding, severity="critical") if finding is worst else finding for finding in findings)


def _owned(finding: Finding, likely: Mapping[CauseName, float]) -> Finding:
    owners = [(likely.get(cause, 0.0), cause) for cause in KINDS[finding.kind].owners]
    probability, cause = max(owners, default=(0.0, None))
    return finding if cause is None or probability < OWNS else replace(finding, cause=cause)
