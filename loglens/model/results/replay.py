"""The nouns of a replay: what is planned, what each arm did, and what was left out and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from loglens.model.kinds import FindingKind
from loglens.model.run import FloatArray, IntArray, StepSpan, frozen_array

ArmKind = Literal["control", "lr", "skip", "shuffle", "warmup", "clip"]
ArmEnd = Literal[
    "ok", "nan", "settled", "exit_code", "signal", "out_of_memory", "timeout", "disk_full", "no_log", "interrupted",
    "refused",
]  # fmt: skip
"""How an arm ended. `nan`: the loss stopped being a number, which is a result and no failure of the replay; `settled`:
it was ended early, broken beyond doubt."""

USABLE_ENDS: tuple[ArmEnd, ...] = ("ok", "nan", "settled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A saved state. `step`: optimizer steps done when it was saved, so the next batch is number `step`."""

    path: str
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to run the stretch again. `factor`: LR relative to the original. `seed`: 0 keeps the recorded random
    state, others perturb it. `skip`: batches left out. `warmup_steps`: the LR climbs over that many steps after the
    restart. `clip`: gradient norm limit.
    """

    label: str
    kind: ArmKind
    factor: float = 1.0
    seed: int = 0
    skip: StepSpan | None = None
    warmup_steps: int = 0
    clip: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch to run again: from `start` for `steps` steps, `findings` (their keys) inside it.

    `onset`: the first step of the fault as logged, `end` its last. `checkpoint` is None where the stretch starts at
    step 0 from the script's own initial state. `log_every`: steps between two logged points.
    """

    kinds: tuple[FindingKind, ...]
    findings: tuple[str, ...]
    onset: int
    end: int
    start: int
    steps: int
    checkpoint: Checkpoint | None
    arms: tuple[Arm, ...]
    log_every: int = 1

    @property
    def span(self) -> StepSpan:
        return StepSpan(start=self.start, end=self.start + self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFinding:
    """A finding that is not replayed, and why."""

    finding: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlan:
    """What a replay would do. `bisections`: further LR arms per segment, chosen from what the first ones show.

    `title`: what the run is called in front of people. `early`: whether arms that are broken beyond doubt end there.
    `seconds_per_step`: from the log's wall times, None where it has none. `base_lr`: the peak rate a factor multiplies.
    """

    run: str
    source: str
    segments: tuple[Segment, ...]
    skipped: tuple[SkippedFinding, ...] = ()
    bisections: int = 3
    early: bool = True
    title: str = ""
    base_lr: float | None = None
    seconds_per_step: float | None = None

    @property
    def steps(self) -> int:
        """The most training steps the replay takes, bisections counted in."""
        return sum((len(segment.arms) + self.bisections) * segment.steps for segment in self.segments)

    @property
    def seconds(self) -> float | None:
        """Estimated training time on one device, start-up of the script not counted."""
        return None if self.seconds_per_step is None else self.steps * self.seconds_per_step


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArmRun:
    """What an arm did: loss and LR per logged step; `lrs` (n,) is NaN where the arm logged none.

    `detail`: one sentence where the end was not `ok`. `seconds`: the arm's own wall time; `startup`: what was spent
    before it on a process that runs further arms as well. `folder`: where its output lies.
    """

    arm: Arm
    end: ArmEnd
    steps: IntArray
    losses: FloatArray
    lrs: FloatArray
    detail: str = ""
    seconds: float = 0.0
    startup: float = 0.0
    folder: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", frozen_array(self.steps, np.int64))
        object.__setattr__(self, "losses", frozen_array(self.losses, np.float64))
        object.__setattr__(self, "lrs", frozen_array(self.lrs, np.float64))
        if not len(self.steps) == len(self.losses) == len(self.lrs):
            raise ValueError(f"arm {self.arm.label}: steps, losses and LRs differ in length")

    @property
    def usable(self) -> bool:
        return self.end in USABLE_ENDS and len(self.steps) > 0

    @property
    def broken(self) -> bool:
        """Whether it broke so that nothing after its last step counts: it has no level at the end."""
        return self.end in ("nan", "settled")
