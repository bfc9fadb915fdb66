"""Which causes may be named at all: one table of what each needs to be seen in the log and of what rules it out.

A fitted weight ranks what is admissible and can never name what the facts exclude. `needs`: facts of which one must be
there; `unless`: facts none of which may be there; `seen`: facts, or findings that are more than a note, of which one
must be there without being a reason by itself. A cause without needs can be read off the curve alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loglens.model.causes import CauseName
from loglens.model.fact import Fact, FactKind
from loglens.model.finding import Finding
from loglens.model.kinds import FindingKind

NO_NUMBER: tuple[FactKind, ...] = ("lost_at_once", "ends_non_finite", "ends_in_zeros", "stopped_on_nan")
"""The run ended because its loss was NaN or infinite, or hides that it is none."""
RUINED: tuple[FactKind, ...] = (
    *NO_NUMBER,
    "ran_away",
    "blew_up_and_stuck",
    "collapsed_to_chance",
    "loss_scale_minimum",
)
"""The run ended worse than it had been: nothing of it is in order, and more rate is no remedy."""
ANEW: tuple[FactKind, ...] = ("started_anew", "several_trainings", "interleaved")
"""The curve is not one training: what it looks like as a whole says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """See the module's docstring."""

    needs: tuple[FactKind, ...] = ()
    unless: tuple[FactKind, ...] = ()
    seen: tuple[FactKind | FindingKind, ...] = ()


MOVED: tuple[FactKind, ...] = ("lost_ground", "level_stepped", "lr_zero", "stalled_high", "stands_still")
"""Where the loss ends was settled by something else than the data or the decay of the rate."""
CALM_UNLESS: frozenset[FactKind] = frozenset({*RUINED, *MOVED, "drifts_up", "swings", "accuracy_lost"})
"""What tells of trouble that too high a rate may have made, however the loss came down before."""
HALTED: tuple[FactKind, ...] = (
    "at_chance", "collapsed_to_chance", "blew_up_and_stuck", "flat_noise", "level_stepped", "stands_still",
)  # fmt: skip
"""The loss stands still where it should not, which no single batch brings about."""

RULES: Mapping[CauseName, Rule] = {
    "healthy": Rule(
        unless=(
            *RUINED, *MOVED, "at_chance", "started_anew", "lr_reset", "part_non_finite", "lr_cut_early",
            "validation_turned", "thrown_back", "accuracy_lost", "often_non_finite", "no_step_taken",
        ),
    ),
    "lr_too_high": Rule(
        unless=(
            "lr_zero", "flat_noise", "gradient_non_finite", "no_step_taken", "narrow_window", "objective_changed",
            "nothing_left", *ANEW,
        )
    ),
    "lr_too_low": Rule(
        unless=(
            *RUINED, *ANEW, "lost_ground", "level_stepped", "starts_late", "validation_turned", "warming_up",
            "lr_cut_early", "settled", "drifts_up", "swings", "stalled_high", "thrown_back", "epoch_stairs",
            "objective_changed", "accuracy_lost", "often_non_finite", "no_step_taken", "nothing_left",
            "part_non_finite",
        ),
    ),
    "warmup_too_short": Rule(unless=("lr_zero", "starts_late", *ANEW)),
    "lr_jump": Rule(needs=("lr_jumped", "lr_jump_hurt", "lr_reset"), unless=("interleaved", "several_trainings")),
    "lr_decays_too_early": Rule(unless=(*RUINED, *ANEW, *MOVED, "warming_up", "at_chance", "narrow_window")),
    "bad_data": Rule(
        unless=(*HALTED, *ANEW, "lr_zero", "stalled_high", "thrown_back", "objective_changed"),
        seen=(
            "loss_spike", "non_finite", "divergence", *NO_NUMBER, "some_non_finite", "often_non_finite",
            "part_non_finite", "drifts_up", "lost_ground", "accuracy_lost",
        ),
    ),
    "data_order": Rule(
        needs=("repeats",), unless=(*RUINED, *ANEW, *MOVED, "at_chance", "lr_cycles", "few_points", "epoch_stairs")
    ),
    "label_noise": Rule(unless=(*RUINED, *ANEW, *MOVED, "at_chance", "flat_noise", "narrow_window")),
    "overfitting": Rule(
        needs=("validation_turned", "validation_rises"), unless=(*NO_NUMBER, *ANEW, "validation_came_back")
    ),
    "dead_network": Rule(
        unless=(
            *NO_NUMBER, *ANEW, "starts_late", "flat_noise", "lost_ground", "ran_away", "gradient_non_finite", "learned",
            "warming_up", "nothing_left", "validation_turned", "drifts_up",
        ),
    ),
    "resume_discontinuity": Rule(
        needs=("resumed_worse", "started_anew", "level_stepped", "lr_reset", "several_trainings", "thrown_back")
    ),
    "numerical_failure": Rule(
        needs=(
            *NO_NUMBER, "some_non_finite", "often_non_finite", "gradient_non_finite", "no_step_taken",
            "part_non_finite", "validation_non_finite", "overflow", "loss_scale_minimum", "blew_up_and_stuck",
        ),
    ),
    "unknown": Rule(),
}  # fmt: skip


def admissible(facts: Iterable[Fact], findings: Iterable[Finding] = ()) -> frozenset[CauseName]:
    """The causes that agree with the facts; `unknown` always does. `findings`: what the detectors saw."""
    there = {fact.kind for fact in facts}
    seen = there | {finding.kind for finding in findings if finding.severity != "info"}
    if "lr_range_test" in there:
        return frozenset({"unknown"})
    # a rate that still rises, and at which the loss comes down from point to point, was not too high so far
    # ... nor was one that was gone early, where the validation fell to the end
    in_order = there >= {"warming_up", "learned"} or there >= {"lr_spent", "learned", "validation_falls"}
    calm = {"lr_too_high"} if in_order and not there & CALM_UNLESS else set()
    return frozenset(
        cause
        for cause, rule in RULES.items()
        if cause not in calm
        and (not rule.needs or there.intersection(rule.needs))
        and not there.intersection(rule.unless)
        and (not rule.seen or seen.intersection(rule.seen))
    )
