"""The verdict: how much a run needs attention."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from loglens.advice.claims import RATELESS_CLEAR
from loglens.model.causes import CAUSES
from loglens.model.diagnosis import Cause, Verdict
from loglens.model.fact import Fact, FactKind
from loglens.model.finding import Finding
from loglens.model.kinds import KINDS
from loglens.signals.scaled import ScaledRun

SURE = 0.5
WEIGHTY = 0.5
"""Score of a finding at warning from which it speaks against a run that is not surely well."""
ALONE, ALONE_LOW = 0.6, 0.8
"""A cause that no finding at warning or above supports is worth a warning from this probability on: what it rests on
is spread over many small signs. Too low a rate needs more: a healthy training of a kind the weights have never met
looks like it, and what is lost by leaving the rate alone is a part of the gain; more still where the rate is a usual
one that somebody planned a schedule for. Less where the regret of the rates agrees."""
LOST = 0.3
"""A run that gave back this share of what it had gained is lost."""
RUIN: frozenset[FactKind] = frozenset(
    {"lost_at_once", "ends_non_finite", "ends_in_zeros", "ran_away", "blew_up_and_stuck", "collapsed_to_chance",
     "at_chance", "lr_zero", "no_step_taken", "loss_scale_minimum"}
)  # fmt: skip
"""Facts that leave nothing of the run, whatever the cause."""
HARM: frozenset[FactKind] = frozenset(
    {"stopped_on_nan", "lost_ground", "started_anew", "level_stepped", "resumed_worse", "lr_reset", "lr_cut_early",
     "validation_turned", "part_non_finite", "out_of_memory", "stalled_high", "stands_still",
     "thrown_back", "accuracy_lost"}
)  # fmt: skip
"""Facts that somebody has to look at."""


SURVIVED: frozenset[FactKind] = frozenset({"some_non_finite", "often_non_finite"})
"""Losses that are no numbers here and there, after which a training that learns goes on."""


def verdict_of(
    causes: tuple[Cause, ...],
    findings: tuple[Finding, ...],
    reading: ScaledRun | None,
    facts: Iterable[Fact] = (),
    *,
    backed: bool = False,
    sure: float = ALONE_LOW,
) -> Verdict:
    """healthy where nothing needs attention, critical where the run is lost, warning in between.

    A run whose likeliest cause is `healthy` is never critical. Another cause needs a fact or a finding at warning or
    above beside it, or a high probability of its own, to be worth a warning; it is critical where a fact of ruin is
    there, where a finding is critical, or where a cause of ruin is likelier than not and the end shows it. `backed`:
    the regret of the rates speaks for the likeliest cause; `sure`: the probability from which too low a rate is worth a
    warning by itself.
    """
    top = causes[0]
    there = {fact.kind for fact in facts}
    critical = any(finding.severity == "critical" for finding in findings)
    supported = (
        critical or backed or any(finding.severity == "warning" and _speaks_for(finding, top) for finding in findings)
    )
    if there & RUIN:
        return "critical"
    if top.cause == "healthy":
        doubted = top.probability < SURE and any(
            finding.severity == "warning" and finding.score >= WEIGHTY for finding in findings
        )
        return "warning" if there & HARM or critical or doubted else "healthy"
    survived = bool(there & SURVIVED) and "learned" in there
    if reading is not None and reading.lost > 0 and supported and not survived:
        return "critical"
    if supported and top.probability >= SURE and (critical or (CAUSES[top.cause].ruinous and _ruined(reading))):
        return "critical"
    if supported or there & HARM:
        return "warning"
    if top.cause == "lr_decays_too_early" and "lr_spent" in there and top.probability >= SURE:
        return "warning"
    alone = sure if top.cause == "lr_too_low" else ALONE
    rateless = "lr_unknown" in there and (there & RATELESS_CLEAR or there >= {"few_points", "learned"})
    if top.cause == "lr_too_high" and ("lr_cycles" in there or rateless):
        alone = ALONE_LOW
    return "warning" if top.cause != "unknown" and top.probability >= alone else "healthy"


def quiet(causes: tuple[Cause, ...], verdict: Verdict) -> tuple[Cause, ...]:
    """The causes of a run that needs nobody: no fault leads there, for advice against one would contradict the verdict.

    The fault that led shares what it had with `healthy` or `unknown`, whichever of the two is likelier.
    """
    loud = causes[0]
    if verdict != "healthy" or loud.cause in ("healthy", "unknown"):
        return causes
    calm = max(
        (cause for cause in causes if cause.cause in ("healthy", "unknown")),
        key=lambda cause: cause.probability,
        default=None,
    )
    lead = Cause(cause="unknown", probability=0.0) if calm is None else calm
    rest = [cause for cause in causes if cause is not loud and cause is not calm]
    both = loud.probability + lead.probability
    most = max((item.probability for item in rest), default=0.0)
    share = min(both, max(both / 2, most))
    return (
        replace(lead, probability=share),
        *sorted([replace(loud, probability=both - share), *rest], key=lambda cause: -cause.probability),
    )


def _speaks_for(finding: Finding, cause: Cause) -> bool:
    """Whether a finding can be that cause's at all; `unknown` may be behind any."""
    return cause.cause == "unknown" or cause.cause in KINDS[finding.kind].owners


def _ruined(reading: ScaledRun | None) -> bool:
    return reading is not None and (reading.end - reading.low > LOST * reading.gain or reading.end > reading.first)
