"""Findings brought into line with the facts: what a fact explains away is an observation, not a fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from loglens.model.fact import Fact, FactKind
from loglens.model.finding import Finding
from loglens.model.kinds import FindingKind

MIXED: frozenset[FindingKind] = frozenset(
    {"loss_spike", "slow_progress", "periodic_pattern", "oscillation", "stagnation", "divergence", "lr_jump", "resume"}
)
COURSE: frozenset[FindingKind] = frozenset({"stagnation", "divergence", "slow_progress", "oscillation"})
EXPLAINS: Mapping[FactKind, frozenset[FindingKind]] = {
    "several_trainings": MIXED,
    "interleaved": MIXED,
    "flat_noise": COURSE,
    "not_an_objective": COURSE,
    "warming_up": frozenset({"lr_jump", "slow_progress", "stagnation"}),
    "lr_cycles": frozenset({"periodic_pattern", "lr_jump"}),
    "validation_came_back": frozenset({"overfitting"}),
    "starts_late": frozenset({"stagnation", "slow_progress"}),
    "resumed_unharmed": frozenset({"resume"}),
}
"""Kinds of findings that a fact explains. A run that was ruined all the same keeps its findings."""
RUINED: frozenset[FactKind] = frozenset(
    {"ran_away", "lost_ground", "blew_up_and_stuck", "collapsed_to_chance", "at_chance"}
)


def reconciled(findings: Iterable[Finding], facts: Iterable[Fact]) -> tuple[Finding, ...]:
    """The findings, those that a fact explains as notes."""
    there = {fact.kind for fact in facts}
    explained = {kind for fact in there for kind in EXPLAINS.get(fact, frozenset())}
    if there & RUINED:
        explained -= COURSE
    if "resumed_worse" in there:
        explained -= {"resume"}
    return tuple(
        replace(finding, severity="info", score=min(finding.score, 0.3))
        if finding.kind in explained and finding.severity != "info"
        else finding
        for finding in findings
    )
