"""Findings brought into line with the facts: what a fact explains away is an observation, not a fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from loglens.model.fact import Fact, FactKind
from loglens.model.finding import Finding
from loglens.model.kinds import KINDS, FindingKind
from loglens.model.run import StepSpan

MIXED: frozenset[FindingKind] = frozenset(
    {"loss_spike", "slow_progress", "periodic_pattern", "oscillation", "stagnation", "divergence", "lr_jump", "resume"}
)
COURSE: frozenset[FindingKind] = frozenset({"stagnation", "divergence", "slow_progress", "oscillation"})
EXPLAINS: Mapping[FactKind, frozenset[FindingKind]] = {
    "lr_range_test": frozenset(KINDS),
    "several_trainings": MIXED,
    "interleaved": MIXED,
    "flat_noise": COURSE,
    "not_an_objective": COURSE,
    "objective_changed": frozenset({"divergence", "stagnation", "loss_spike"}),
    "epoch_stairs": frozenset({"periodic_pattern", "stagnation", "slow_progress"}),
    "warming_up": frozenset({"lr_jump", "slow_progress", "stagnation"}),
    "lr_cycles": frozenset({"periodic_pattern", "lr_jump"}),
    "validation_came_back": frozenset({"overfitting"}),
    "starts_late": frozenset({"stagnation", "slow_progress"}),
    "narrow_window": COURSE,
    "resumed_unharmed": frozenset({"resume"}),
}
"""Kinds of findings that a fact explains. A run that was ruined all the same keeps its findings."""
AT_REST: frozenset[FactKind] = frozenset({"starts_late", "settled"})
"""A window of a training that has arrived: its lowest point is one of many, and nothing was gained that could be lost.
"""
RUINED: frozenset[FactKind] = frozenset(
    {"ran_away", "lost_ground", "blew_up_and_stuck", "collapsed_to_chance", "at_chance"}
)


NOTED_SCORE, TAIL_SCORE = 0.3, 0.6
RETOLD: Mapping[FactKind, FindingKind] = {
    "at_chance": "stagnation",
    "collapsed_to_chance": "stagnation",
    "ran_away": "divergence",
    "validation_turned": "overfitting",
}
"""Findings that a fact tells with its own levels and onset: two sentences with other numbers for one thing are one too
many."""


def reconciled(findings: Iterable[Finding], facts: Iterable[Fact]) -> tuple[Finding, ...]:
    """The findings, those that a fact explains as notes, and those that a fact tells better in its words."""
    facts = tuple(facts)
    findings = tuple(_retold(finding, facts) for finding in findings)
    there = {fact.kind for fact in facts}
    explained = {kind for fact in there for kind in EXPLAINS.get(fact, frozenset())}
    repeats = any(finding.kind == "periodic_pattern" for finding in findings)
    if there >= AT_REST or ("settled" in there and repeats):  # a log may end at the top of a cycle
        explained.add("divergence")
    if there & RUINED:
        explained -= COURSE
    if "resumed_worse" in there and "several_trainings" not in there:
        explained -= {"resume"}
    if there >= {"often_non_finite", "learned"} and not there & RUINED:
        findings = tuple(_survived(finding) for finding in findings)
    return tuple(
        noted(finding) if finding.kind in explained or ("flat_noise" in there and _is_tail(finding)) else finding
        for finding in findings
    )


def _survived(finding: Finding) -> Finding:
    """A finding of losses that are no numbers here and there in a training that goes on and learns all the same."""
    lost = finding.kind == "non_finite" and finding.severity == "critical"
    return replace(finding, severity="warning") if lost else finding


def _is_tail(finding: Finding) -> bool:
    """Whether a spike is no higher than the tail of a noise that is all the log shows, and healed."""
    return finding.kind == "loss_spike" and finding.score < TAIL_SCORE


def noted(finding: Finding) -> Finding:
    """The finding as an observation."""
    if finding.severity == "info":
        return finding
    return replace(finding, severity="info", score=min(finding.score, NOTED_SCORE))


def _retold(finding: Finding, facts: tuple[Fact, ...]) -> Finding:
    fact = next((item for item in facts if RETOLD.get(item.kind) == finding.kind), None)
    if fact is None or finding.severity == "info":
        return finding
    start = finding.steps.start if fact.steps is None or finding.kind == "divergence" else fact.steps.start
    return replace(
        finding, summary=fact.text, steps=StepSpan(start=min(start, finding.steps.end), end=finding.steps.end)
    )
