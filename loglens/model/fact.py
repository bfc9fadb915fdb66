"""What is established of a run, whatever the probabilities: causes, advice and every sentence agree with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from loglens.model.run import StepSpan

FactKind = Literal[
    # numbers
    "lost_at_once", "ends_non_finite", "ends_in_zeros", "climbed_to_non_finite", "some_non_finite", "often_non_finite",
    "gradient_non_finite", "no_step_taken", "part_non_finite", "validation_non_finite", "overflow",
    "loss_scale_minimum",
    "stopped_on_nan", "out_of_memory", "killed",
    # course
    "few_points", "starts_late", "narrow_window", "learned", "falls", "ran_away", "lost_ground",
    "blew_up_and_stuck", "at_chance", "collapsed_to_chance", "flat_noise", "settled", "drifts_up", "swings",
    "high_start", "not_an_objective", "objective_changed", "stalled_high", "stands_still", "epoch_stairs", "repeats",
    # schedule
    "lr_unknown", "lr_zero", "lr_spent", "lr_cut_early", "lr_jumped", "lr_jump_hurt", "lr_reset",
    "lr_cycles", "warming_up", "warmed_up", "lr_range_test",
    # joins
    "resumed_unharmed", "resumed_worse", "started_anew", "several_trainings", "earlier_trainings", "interleaved",
    "level_stepped", "thrown_back",
    # validation
    "no_validation", "validation_rises", "validation_turned", "validation_came_back", "validation_falls",
    "accuracy_lost", "nothing_left",
]  # fmt: skip
Number = float | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One established thing. `text`: a sentence that stands alone; `steps`: where it holds, None for the whole run;
    `series`: what it was read from; `values`: the numbers in it, by name."""

    kind: FactKind
    text: str
    steps: StepSpan | None = None
    series: str | None = None
    values: Mapping[str, Number] = field(default_factory=lambda: MappingProxyType({}))

    def number(self, name: str) -> float | None:
        """The number of that name, None where there is none."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) else None
