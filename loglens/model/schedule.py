"""The learning-rate schedule as it was recognised in the log (or given by the user)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loglens.model.run import StepSpan

ScheduleKind = Literal[
    "constant", "step", "linear", "cosine", "exponential", "polynomial", "inverse_sqrt", "one_cycle", "cyclic",
    "restarts", "wsd", "piecewise", "unknown",
]  # fmt: skip
EventKind = Literal["warmup_end", "step_down", "step_up", "restart", "decay_start", "floor", "reset"]
PhaseKind = Literal["warmup", "peak", "constant", "decay", "floor", "rewarm", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LrEvent:
    """A place where the schedule changes character; LRs in the optimizer's own unit."""

    kind: EventKind
    step: int
    from_lr: float
    to_lr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LrPhase:
    """A stretch of the schedule: findings are judged against the phase they lie in."""

    kind: PhaseKind
    span: StepSpan
    start_lr: float
    end_lr: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LrSchedule:
    """`peak_lr`, `warmup_steps`: None where unknown. `source`: logged in the run, given by the user, or unknown."""

    kind: ScheduleKind
    peak_lr: float | None
    warmup_steps: int | None
    events: tuple[LrEvent, ...] = ()
    phases: tuple[LrPhase, ...] = ()
    source: Literal["logged", "given", "unknown"] = "unknown"

    def phase_at(self, step: int) -> LrPhase | None:
        """The phase a step lies in, None where the schedule says nothing about it."""
        return next((phase for phase in self.phases if phase.span.start <= step <= phase.span.end), None)


UNKNOWN_SCHEDULE = LrSchedule(kind="unknown", peak_lr=None, warmup_steps=None)
