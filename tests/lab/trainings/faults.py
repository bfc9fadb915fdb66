"""A lane: one training run of a stack, with the faults that were put into it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.lab.trainings import schedules

FloatArray = NDArray[np.float64]

FAULTS = (
    "bad_data", "bad_data", "bad_data", "overfitting", "overfitting", "label_noise", "dead_network", "dead_network",
    "lr_decays_too_early", "lr_decays_too_early", "lr_jump", "lr_jump", "resume_discontinuity", "resume_discontinuity",
    "data_order", "data_order", "healthy",
)  # fmt: skip
"""What is planted, each as often as it stands here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One run. `peak` is the planned peak LR; everything below `clip` is a fault or an ugliness, off by default.

    bad_batches: steps whose batch is corrupted, in the way `bad_kind` and by `bad_size`. `resume_at`: the step after
    which the run dies; it goes on at `resume_to` with the parameters of that step and an empty optimizer.
    """

    family: str
    peak: float
    plan: FloatArray
    seed: int = 0
    clip: float | None = None
    bad_batches: tuple[int, ...] = ()
    bad_kind: str = "scale"
    bad_size: float = 10.0
    sorted_data: bool = False
    n_train: int | None = None
    label_noise: float = 0.0
    dead: bool = False
    resume_at: int | None = None
    resume_to: int | None = None
    intent: str = "sweep"
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        return len(self.plan)


def spoil(lane: Lane, intent: str, draw: np.random.Generator, *, batch: int, size: int) -> Lane:
    """The lane with one fault of that name, at a place and of a strength drawn at random."""
    steps = lane.steps
    match intent:
        case "bad_data":
            count = int(draw.choice([1, 1, 2, 3, 4]))
            close = draw.random() < 0.25
            first = int(draw.uniform(0.06, 0.9) * steps)
            places = (
                sorted({min(steps - 5, first + int(gap)) for gap in np.cumsum(draw.integers(3, 12, count))})
                if close
                else sorted({int(a) for a in draw.uniform(0.06, 0.97, count) * steps})
            )
            return replace(
                lane, intent=intent, bad_batches=tuple(places), bad_kind=str(draw.choice(["scale", "target", "noise"])),
                bad_size=float(np.exp(draw.uniform(np.log(4), np.log(40)))),
            )  # fmt: skip
        case "data_order":
            return replace(lane, intent=intent, sorted_data=True)
        case "overfitting":
            return replace(lane, intent=intent, n_train=int(max(batch, size * draw.uniform(0.02, 0.1))))
        case "label_noise":
            return replace(lane, intent=intent, label_noise=float(draw.uniform(0.15, 0.5)))
        case "dead_network":
            return replace(lane, intent=intent, dead=True, peak=lane.peak * float(draw.choice([0.25, 0.5, 1, 1, 2, 4])))
        case "lr_decays_too_early":
            kind = str(draw.choice(["exponential", "exponential", "step", "cosine"]))
            at = float(draw.uniform(0.008, 0.05) if kind == "exponential" else draw.uniform(0.05, 0.25))
            return replace(
                lane,
                intent=intent,
                plan=schedules.collapse(lane.plan, kind=kind, at=at),
                details={"kind": kind, "at": at},
            )
        case "lr_jump":
            at, by = int(draw.uniform(0.12, 0.92) * steps), float(np.exp(draw.uniform(np.log(5), np.log(40))))
            return replace(
                lane, intent=intent, plan=schedules.jump(lane.plan, at=at, by=by), details={"at": at, "by": by}
            )
        case "resume_discontinuity":
            end = int(draw.uniform(0.25, 0.95) * steps)
            back = int(draw.uniform(0.01, 0.09) * steps) + 1
            return replace(lane, intent=intent, resume_at=end, resume_to=max(3, end - back))
        case "healthy":
            return replace(lane, intent=intent)
    raise ValueError(f"no fault called {intent!r}")
