"""The sentences behind a cause, from the same facts that admitted it: what is established first, then what was seen,
then the strongest signs among the weights. One chain, so that no two sentences can contradict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from loglens.advice.admissible import RULES
from loglens.advice.claims import CLAIMS
from loglens.advice.facts.numbers import ENDINGS
from loglens.advice.sentences.readings import SPREAD
from loglens.advice.verdict import HARM, RUIN
from loglens.model.causes import CauseName
from loglens.model.fact import Fact, FactKind
from loglens.model.finding import SEVERITIES, Finding
from loglens.model.kinds import FindingKind

MOST_SENTENCES = 4
SUPPORTS = 0.15
"""Share of its claim from which a fact is a reason for a cause."""
RESTATED: Mapping[FactKind, frozenset[FindingKind]] = {
    "ends_non_finite": frozenset({"non_finite"}),
    "climbed_to_non_finite": frozenset({"non_finite", "divergence", "loss_spike"}),
    "lost_at_once": frozenset({"non_finite", "divergence"}),
    "some_non_finite": frozenset({"non_finite"}),
    "often_non_finite": frozenset({"non_finite"}),
    "gradient_non_finite": frozenset({"non_finite"}),
    "no_step_taken": frozenset({"non_finite", "stagnation"}),
    "ran_away": frozenset({"divergence", "stagnation", "loss_spike"}),
    "lost_ground": frozenset({"divergence", "stagnation"}),
    "blew_up_and_stuck": frozenset({"divergence", "stagnation", "loss_spike"}),
    "collapsed_to_chance": frozenset({"divergence", "stagnation"}),
    "at_chance": frozenset({"stagnation"}),
    "stands_still": frozenset({"stagnation"}),
    "level_stepped": frozenset({"divergence", "stagnation", "loss_spike"}),
    "thrown_back": frozenset({"loss_spike"}),
    "stalled_high": frozenset({"loss_spike", "stagnation"}),
    "started_anew": frozenset({"loss_spike", "divergence", "stagnation"}),
    "validation_turned": frozenset({"overfitting"}),
    "validation_rises": frozenset({"overfitting"}),
    "resumed_worse": frozenset({"resume", "loss_spike"}),
    "lr_jumped": frozenset({"lr_jump"}),
    "lr_jump_hurt": frozenset({"lr_jump"}),
    "lr_reset": frozenset({"lr_jump"}),
    "lr_spent": frozenset({"stagnation"}),
    "repeats": frozenset({"periodic_pattern"}),
    "epoch_stairs": frozenset({"periodic_pattern"}),
}
"""Kinds of findings that a fact says again, and better."""
SETTLES: frozenset[FactKind] = frozenset({"lr_zero", "several_trainings", "interleaved"})
"""Facts beside which the signs of one training's curve are none: nothing moves the weights, or it is not one curve."""
FIRST: frozenset[FactKind] = frozenset({"out_of_memory", "killed", "earlier_trainings", "lr_range_test"})
"""How the run ended and what the log is, before anything that is seen in it."""
NAMELESS: frozenset[CauseName] = frozenset({"healthy", "unknown"})
"""Causes that are no fault."""
TOLD_WITH_WINDOW: frozenset[FactKind] = frozenset({"starts_late", "few_points"})
"""What goes without saying where the log is a narrow window of a training."""
NAMED_BESIDE: Mapping[CauseName, tuple[FactKind, ...]] = {
    "healthy": (
        "earlier_trainings",
        "resumed_unharmed",
        "validation_came_back",
        "learned",
        "falls",
        "nothing_left",
        "validation_falls",
        "settled",
    ),
    "lr_jump": ("lr_jump_hurt", "lr_jumped", "lr_reset"),
    "warmup_too_short": ("warming_up", "warmed_up"),
    "numerical_failure": ("overflow", "some_non_finite", "gradient_non_finite", "validation_non_finite"),
    "unknown": ("earlier_trainings", "lr_range_test", "narrow_window", "starts_late", "few_points", "swings"),
}
"""Facts that belong to a cause's story without speaking for it."""


def supporting(cause: CauseName, facts: Sequence[Fact], *, leads: bool = False) -> list[Fact]:
    """The facts that speak for a cause, in the order in which an expert would name them. `leads`: it is the likeliest
    one, with which what somebody has to look at is told although no cause was found for it."""
    order = list(CLAIMS)
    needs = RULES[cause].needs
    wanted = {
        fact.kind
        for fact in facts
        if (fact.kind in CLAIMS and CLAIMS[fact.kind].shares.get(cause, 0.0) >= SUPPORTS)
        or fact.kind in needs
        or fact.kind in NAMED_BESIDE.get(cause, ())
        or (leads and cause in NAMELESS and fact.kind in {*RUIN, *HARM, *ENDINGS})
    }
    if "narrow_window" in wanted:
        wanted -= TOLD_WITH_WINDOW
    known = [fact for fact in facts if fact.kind in wanted]
    return sorted(known, key=lambda fact: -1 if fact.kind in FIRST else _place(fact.kind, order))


def _place(kind: FactKind, order: Sequence[FactKind]) -> int:
    return order.index(kind) if kind in order else len(order)


def because(
    cause: CauseName, facts: Sequence[Fact], findings: Sequence[Finding], signs: Iterable[str], *, leads: bool = False
) -> tuple[str, ...]:
    """The sentences for a cause, strongest first. `findings`: owned ones. `signs`: of the weights, in words. `leads`:
    as in `supporting`."""
    said: list[str] = []
    told: set[FindingKind] = set()
    for fact in supporting(cause, facts, leads=leads):
        told |= RESTATED.get(fact.kind, frozenset())
        if fact.text not in said:
            said.append(fact.text)
    said = said[: MOST_SENTENCES - 1]
    ended = [fact.text for fact in facts if leads and fact.kind in ENDINGS and fact.text not in said]
    seen = [
        finding
        for finding in findings
        if finding.cause == cause and finding.severity != "info" and finding.kind not in told
    ]
    for kind in dict.fromkeys(
        item.kind for item in sorted(seen, key=lambda finding: -SEVERITIES.index(finding.severity))
    ):
        said.append(grouped([item for item in seen if item.kind == kind]))
    settled = any(fact.kind in SETTLES for fact in facts)
    for sign in () if settled and said else signs:
        if len(said) >= MOST_SENTENCES or (sign == SPREAD and said):
            break
        said.append(sign)
    return tuple(dict.fromkeys([*said[: MOST_SENTENCES - len(ended)], *ended]))


def grouped(findings: Sequence[Finding]) -> str:
    """One sentence for findings of one kind: the worst one's own, and how many are like it."""
    worst = max(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding.score))
    if len(findings) == 1:
        return worst.summary
    first, last = min(finding.steps.start for finding in findings), max(finding.steps.end for finding in findings)
    return f"{worst.summary.rstrip('.')}; {len(findings) - 1} more like it between steps {first} and {last}."
