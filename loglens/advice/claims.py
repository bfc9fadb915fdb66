"""What a fact says by itself about the cause: shares of the probability, and how strongly it says so.

The fitted weights were learned on trainings that hold few of these facts. What they gave to causes that a fact rules
out goes to that fact's own shares; `strength` is what it takes besides, however sure the weights are. One fact speaks
at a time, the first in this table that is there: what an expert says first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from loglens.model.causes import CauseName
from loglens.model.fact import Fact, FactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`shares`: of the causes, sum 1. `strength` 0..1: of the probability, taken from what is admissible otherwise."""

    shares: Mapping[CauseName, float]
    strength: float


CLAIMS: Mapping[FactKind, Claim] = {
    "lr_range_test": Claim(shares={"unknown": 1.0}, strength=1.0),
    "no_step_taken": Claim(shares={"numerical_failure": 0.85, "bad_data": 0.05, "unknown": 0.1}, strength=0.9),
    "lr_zero": Claim(shares={"lr_too_low": 0.9, "unknown": 0.1}, strength=0.95),
    "loss_scale_minimum": Claim(
        shares={"numerical_failure": 0.7, "lr_too_high": 0.2, "bad_data": 0.05, "unknown": 0.05}, strength=0.7
    ),
    "part_non_finite": Claim(shares={"numerical_failure": 0.75, "bad_data": 0.15, "lr_too_high": 0.1}, strength=0.7),
    "climbed_to_non_finite": Claim(
        shares={"lr_too_high": 0.65, "warmup_too_short": 0.1, "numerical_failure": 0.15, "bad_data": 0.1}, strength=0.2
    ),
    "lost_at_once": Claim(
        shares={"lr_too_high": 0.55, "numerical_failure": 0.3, "bad_data": 0.1, "unknown": 0.05}, strength=0.2
    ),
    "ends_in_zeros": Claim(shares={"numerical_failure": 0.5, "bad_data": 0.2, "unknown": 0.3}, strength=0.6),
    "ends_non_finite": Claim(
        shares={"numerical_failure": 0.72, "bad_data": 0.14, "lr_too_high": 0.09, "unknown": 0.05}, strength=0.3
    ),
    "stopped_on_nan": Claim(
        shares={"numerical_failure": 0.72, "bad_data": 0.14, "lr_too_high": 0.09, "unknown": 0.05}, strength=0.3
    ),
    "often_non_finite": Claim(shares={"numerical_failure": 0.6, "bad_data": 0.3, "lr_too_high": 0.1}, strength=0.7),
    "validation_non_finite": Claim(
        shares={"numerical_failure": 0.5, "bad_data": 0.1, "healthy": 0.25, "unknown": 0.15}, strength=0.5
    ),
    "several_trainings": Claim(shares={"healthy": 0.55, "unknown": 0.35, "resume_discontinuity": 0.1}, strength=0.8),
    "interleaved": Claim(shares={"unknown": 0.6, "healthy": 0.4}, strength=0.9),
    "started_anew": Claim(shares={"resume_discontinuity": 0.8, "lr_too_high": 0.1, "unknown": 0.1}, strength=0.7),
    "resumed_worse": Claim(shares={"resume_discontinuity": 0.85, "bad_data": 0.05, "lr_jump": 0.1}, strength=0.7),
    "lr_reset": Claim(shares={"resume_discontinuity": 0.75, "lr_jump": 0.25}, strength=0.7),
    "lr_jump_hurt": Claim(shares={"lr_jump": 0.9, "lr_too_high": 0.1}, strength=0.3),
    "blew_up_and_stuck": Claim(
        shares={"lr_too_high": 0.65, "numerical_failure": 0.2, "dead_network": 0.15}, strength=0.3
    ),
    "collapsed_to_chance": Claim(shares={"lr_too_high": 0.85, "dead_network": 0.12, "bad_data": 0.03}, strength=0.5),
    "at_chance": Claim(shares={"dead_network": 0.7, "lr_too_high": 0.2, "lr_too_low": 0.1}, strength=0.1),
    "stands_still": Claim(
        shares={"dead_network": 0.45, "lr_too_high": 0.2, "lr_too_low": 0.2, "unknown": 0.15}, strength=0.4
    ),
    "accuracy_lost": Claim(shares={"unknown": 0.5, "lr_too_high": 0.4, "bad_data": 0.1}, strength=0.8),
    "ran_away": Claim(
        shares={"lr_too_high": 0.75, "warmup_too_short": 0.1, "bad_data": 0.1, "unknown": 0.05}, strength=0.2
    ),
    "level_stepped": Claim(shares={"resume_discontinuity": 0.7, "bad_data": 0.15, "unknown": 0.15}, strength=0.5),
    "stalled_high": Claim(
        shares={"lr_too_high": 0.55, "warmup_too_short": 0.25, "unknown": 0.15, "dead_network": 0.05}, strength=0.1
    ),
    "thrown_back": Claim(shares={"resume_discontinuity": 0.5, "unknown": 0.3, "lr_too_high": 0.2}, strength=0.5),
    "validation_turned": Claim(shares={"overfitting": 0.9, "lr_too_high": 0.05, "unknown": 0.05}, strength=0.3),
    "lost_ground": Claim(shares={"lr_too_high": 0.55, "unknown": 0.35, "bad_data": 0.1}, strength=0.2),
    "lr_cut_early": Claim(shares={"lr_decays_too_early": 0.7, "lr_too_low": 0.1, "unknown": 0.2}, strength=0.5),
    "lr_spent": Claim(shares={"lr_decays_too_early": 0.8, "healthy": 0.2}, strength=0.3),
    "objective_changed": Claim(shares={"healthy": 0.65, "unknown": 0.35}, strength=0.6),
    "drifts_up": Claim(shares={"unknown": 0.7, "lr_too_high": 0.2, "bad_data": 0.1}, strength=0.4),
    "high_start": Claim(shares={"unknown": 0.7, "healthy": 0.1, "bad_data": 0.2}, strength=0.75),
    "repeats": Claim(shares={"data_order": 0.7, "healthy": 0.2, "unknown": 0.1}, strength=0.0),
    "epoch_stairs": Claim(shares={"healthy": 0.7, "unknown": 0.3}, strength=0.0),
    "swings": Claim(shares={"unknown": 0.6, "lr_too_high": 0.4}, strength=0.5),
    "flat_noise": Claim(shares={"unknown": 0.6, "healthy": 0.4}, strength=0.5),
    "not_an_objective": Claim(shares={"unknown": 0.6, "healthy": 0.4}, strength=0.7),
    "validation_came_back": Claim(shares={"healthy": 0.8, "unknown": 0.2}, strength=0.0),
    "overflow": Claim(shares={"healthy": 0.8, "numerical_failure": 0.2}, strength=0.1),
    "gradient_non_finite": Claim(shares={"healthy": 0.5, "numerical_failure": 0.3, "unknown": 0.2}, strength=0.4),
    "validation_falls": Claim(shares={"healthy": 0.9, "unknown": 0.1}, strength=0.0),
    "nothing_left": Claim(shares={"healthy": 0.7, "unknown": 0.3}, strength=0.0),
    "settled": Claim(shares={"healthy": 0.85, "unknown": 0.15}, strength=0.0),
    "falls": Claim(shares={"healthy": 0.8, "unknown": 0.2}, strength=0.0),
    "resumed_unharmed": Claim(shares={"healthy": 0.85, "unknown": 0.15}, strength=0.0),
    "warming_up": Claim(shares={"healthy": 0.7, "unknown": 0.3}, strength=0.0),
    "narrow_window": Claim(shares={"healthy": 0.5, "unknown": 0.5}, strength=0.3),
    "starts_late": Claim(shares={"healthy": 0.5, "unknown": 0.5}, strength=0.0),
    "validation_rises": Claim(shares={"healthy": 0.45, "overfitting": 0.4, "unknown": 0.15}, strength=0.0),
    "few_points": Claim(shares={"unknown": 0.6, "healthy": 0.4}, strength=0.0),
}
"""In the order in which an expert would speak."""
SILENT: Claim = Claim(shares={"unknown": 0.5, "healthy": 0.5}, strength=0.0)
"""Where no fact speaks: what was given to inadmissible causes is not known."""


PROGRESS: frozenset[FactKind] = frozenset({"falls", "learned", "validation_falls", "nothing_left"})
PROGRESS_SHARE = 0.75
"""Of what is left to `unknown`, the share that is `healthy` where the run is seen to make its way."""
UNTELLING: frozenset[FactKind] = frozenset(
    {"interleaved", "not_an_objective", "several_trainings", "ends_in_zeros", "few_points", "swings", "high_start"}
)


RATELESS_CLEAR: frozenset[FactKind] = frozenset({"validation_came_back", "validation_rises", "validation_turned"})
"""Where no rate is known, a curve alone does not show that its rate is too high: its validation came to its lowest in
the end, or rises while the train loss falls on."""


QUIET: frozenset[FactKind] = frozenset(
    {"few_points", "starts_late", "narrow_window", "learned", "falls", "settled", "flat_noise", "swings",
     "validation_falls", "validation_came_back", "resumed_unharmed", "warming_up", "not_an_objective", "overflow",
     "objective_changed", "epoch_stairs", "repeats", "nothing_left"}
)  # fmt: skip
"""Facts that speak of a log in which nothing is loud."""


FEW_AT_CHANCE = 0.6
"""Strength of a loss at chance level where the log is short."""
GONE = 0.7
"""Strength of a rate that is spent in the first part of the run (`AT_ONCE`), or is not only small from there on but 0:
nothing is trained, whatever the loss does."""
AT_ONCE = 0.3


def speaking(facts: Iterable[Fact]) -> Fact | None:
    """The fact that an expert would name first; None where none of them speaks about a cause."""
    there = {fact.kind: fact for fact in reversed(tuple(facts))}
    return next((there[kind] for kind in CLAIMS if kind in there), None)


def is_loud(facts: Iterable[Fact]) -> bool:
    """Whether one of the facts tells of trouble."""
    return any(fact.kind in CLAIMS and fact.kind not in QUIET for fact in facts)


def _claim_of(fact: Fact | None, there: Collection[FactKind]) -> Claim:
    """What the speaking fact says, as strongly as its circumstances let it."""
    if fact is None:
        return SILENT
    claim = CLAIMS[fact.kind]
    if fact.kind == "at_chance" and "few_points" in there:
        # a handful of points at chance level shows no creep of too low a rate: the weights know nothing but the rate
        return replace(claim, strength=FEW_AT_CHANCE)
    share = fact.number("share")
    if fact.kind == "lr_spent" and (fact.number("left") == 0 or (share is not None and share < AT_ONCE)):
        return replace(claim, strength=GONE)
    return claim


def weighed(
    known: Mapping[CauseName, float], facts: Sequence[Fact], allowed: Iterable[CauseName]
) -> dict[CauseName, float]:
    """Probabilities of the admissible causes, sum 1.

    `known`: what the fitted weights say of every cause (sum 1; empty where they cannot judge). `allowed`: the
    admissible ones. What the weights gave to the others, and `strength` of the rest, goes to the speaking fact's
    shares.
    """
    allowed = set(allowed)
    there = {fact.kind for fact in facts}
    first = speaking(facts)
    claim = _claim_of(first, there)
    kept = {cause: share for cause, share in known.items() if cause in allowed}
    shares = {cause: share for cause, share in claim.shares.items() if cause in allowed} or {"unknown": 1.0}
    whole = sum(shares.values())
    left = sum(kept.values()) * (1.0 - claim.strength)
    out: dict[CauseName, float] = {cause: share * (1.0 - claim.strength) for cause, share in kept.items()}
    if first is None and kept:
        # nothing speaks: most of what is ruled out is spread over what is not
        out = {cause: share / max(sum(kept.values()), 1e-300) for cause, share in kept.items()}
        left = 1.0
    for cause, share in shares.items():
        out[cause] = out.get(cause, 0.0) + (1.0 - left) * share / whole
    if there & PROGRESS and not there & UNTELLING:
        # a loss that only scatters is not known to be well by itself; one that falls through its scatter is
        moved = PROGRESS_SHARE * out.get("unknown", 0.0) if "healthy" in allowed else 0.0
        out["unknown"] = out.get("unknown", 0.0) - moved
        out["healthy"] = out.get("healthy", 0.0) + moved
    total = sum(out.values())
    return {cause: share / total for cause, share in out.items()}
