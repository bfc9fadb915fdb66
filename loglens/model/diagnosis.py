"""The diagnosis: everything any output is drawn from. `document.py` turns it into the contract's JSON and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from loglens.model.actions import Action
from loglens.model.causes import CauseName
from loglens.model.display import Displayed, counted, picked, shown_name
from loglens.model.fact import Fact
from loglens.model.finding import Finding, Outcome
from loglens.model.results.what_if import Lost, WhatIf
from loglens.model.run import (
    Event,
    FloatArray,
    IntArray,
    Note,
    PassedOver,
    Problem,
    Rewind,
    RoleChoice,
    Setting,
    frozen_array,
)
from loglens.model.schedule import LrSchedule

Verdict = Literal["healthy", "warning", "critical"]
RateVerdict = Literal["too_low", "right", "too_high", "cannot_tell"]
ReplayOutcomeName = Literal["confirmed", "not_learning_rate", "not_reproduced", "inconclusive", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """One named piece of evidence and what it adds to the log-odds of a cause (positive speaks for it)."""

    name: str
    points: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A cause and its calibrated probability. `because`: sentences for the reader; `weights`: the sum behind them."""

    cause: CauseName
    probability: float
    because: tuple[str, ...] = ()
    weights: tuple[Weight, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayArm:
    """One replayed stretch, thinned for a chart. `factor`: LR relative to the original; `label` for the legend."""

    label: str
    factor: float
    steps: IntArray
    values: FloatArray
    end: str = "ok"

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", frozen_array(self.steps, np.int64))
        object.__setattr__(self, "values", frozen_array(self.values, np.float64))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReplayResult:
    """What a replay showed. `factor`: the largest LR factor that removed the symptom, with its bracket."""

    outcome: ReplayOutcomeName
    factor: float | None = None
    factor_low: float | None = None
    factor_high: float | None = None
    reason: str = ""
    arms: tuple[ReplayArm, ...] = ()


OPEN = 1000.0
"""An interval of rates whose ends lie further apart than this factor does not tell how far to go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What to do next. LRs are peak rates in the optimizer's unit; `lr_factor` = peak_lr / current_peak_lr."""

    action: Action
    current_peak_lr: float | None
    peak_lr: float | None
    why: str
    peak_lr_low: float | None = None
    peak_lr_high: float | None = None
    lr_factor: float | None = None
    warmup_steps: int | None = None
    gradient_clip: float | None = None
    replay: ReplayResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRegret:
    """What a rate leaves on the table: `regret` is the expected share of the achievable fall of the loss, `low` to
    `high` its 80 % interval. `factor`: the rate over the run's own; `lr` is None where that is unknown."""

    lr: float | None
    factor: float
    regret: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRate:
    """Whether the learning rate itself is right, apart from whatever else is wrong. `regret`: of the rates to try."""

    verdict: RateVerdict
    probability: float
    because: tuple[str, ...] = ()
    regret: tuple[RateRegret, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A series thinned for charts, extremes and the neighbourhood of findings kept.

    `role`: 'train_loss', 'val_loss', 'learning_rate', 'grad_norm', or 'level' (the robust level of the train loss).
    `steps` (n,) int64, `values` (n,) with NaN where the log had a non-finite value; `wall_times`, `epochs` (n,) or
    None; `points`: how many the log holds.
    """

    role: str
    series: str
    steps: IntArray
    values: FloatArray
    points: int
    wall_times: FloatArray | None = None
    epochs: FloatArray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", frozen_array(self.steps, np.int64))
        object.__setattr__(self, "values", frozen_array(self.values, np.float64))
        for name in ("wall_times", "epochs"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class LossLevel:
    """Where a loss ended up, measured on every point of the log before curves are thinned; what `compare` rests on.

    `role`: 'train_loss' or 'val_loss'. `final`: level of the last stretch (`first_step` to `last_step`), None where
    nothing finite is left; `noise`: one standard deviation of that level, None where it cannot be told. `best`,
    `best_step`: the lowest level. `points`: finite ones; `non_finite`: the others. `method`: how, in words.
    """

    role: str
    final: float | None
    noise: float | None
    best: float | None
    best_step: int | None
    first_step: int
    last_step: int
    points: int
    non_finite: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RunDiagnosis(Displayed):
    """The diagnosis of one run; field for field the contract's `run`, and below it what the report needs besides.

    `run`: the path below what was read, '.' for that itself; `name`: what people are shown, `title` where it is ''.
    """

    run: str
    format: str
    roles: Mapping[str, str | None]
    first_step: int
    last_step: int
    points: int
    schedule: LrSchedule
    verdict: Verdict
    scores: Mapping[str, float]
    findings: tuple[Finding, ...]
    causes: tuple[Cause, ...]
    recommendation: Recommendation
    source: str = ""
    files: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    curves: tuple[Curve, ...] = ()
    notes: tuple[Note, ...] = ()
    rewinds: tuple[Rewind, ...] = ()
    choices: tuple[RoleChoice, ...] = ()
    config: Mapping[str, Setting] = field(default_factory=dict)
    series_count: int = 0
    x_axis: str = "step"
    live: bool = False
    levels: tuple[LossLevel, ...] = ()
    name: str = ""
    events: tuple[Event, ...] = ()
    starts_late: bool = False
    what_if: WhatIf | None = None
    lost: Lost | None = None
    facts: tuple[Fact, ...] = ()
    learning_rate: LearningRate | None = None

    def __repr__(self) -> str:
        then = self.recommendation.peak_lr
        advice = self.recommendation.action + ("" if then is None else f", peak_lr {then:.3g}")
        findings = counted(self.findings, "finding")
        said = f"{self.verdict}, {self.cause.cause} {self.cause.probability:.0%}" if self.causes else self.verdict
        return f"<RunDiagnosis {self.title!r}: {said}; {findings}; {advice}>"

    @property
    def title(self) -> str:
        """What the run is called in front of people: never '.'."""
        return self.name or shown_name(self.run, self.source)

    @property
    def cause(self) -> Cause:
        """The diagnosis proper: the first of the ranked causes."""
        return self.causes[0]

    def found_by(self, detector: str) -> tuple[Finding, ...]:
        """The findings that a detector saw, in the order of `findings`; those of '' no detector owns to."""
        return tuple(finding for finding in self.findings if finding.detector == detector)

    def curve(self, role: str) -> Curve | None:
        return next((curve for curve in self.curves if curve.role == role), None)

    @property
    def passed_over(self) -> tuple[PassedOver, ...]:
        return tuple(item for choice in self.choices for item in choice.passed_over)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Diagnosis(Displayed):
    """What `loglens diagnose PATH` knows: one entry a run, and what could not be read or judged.

    Iterates over its runs; `diagnosis[0]` and `diagnosis["name"]` give one of them.
    """

    runs: tuple[RunDiagnosis, ...]
    problems: tuple[Problem, ...] = ()
    path: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    version: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst of the runs' verdicts."""
        order: tuple[Verdict, ...] = ("healthy", "warning", "critical")
        return max((run.verdict for run in self.runs), key=order.index, default="healthy")

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[RunDiagnosis]:
        return iter(self.runs)

    def __getitem__(self, which: int | str) -> RunDiagnosis:
        return picked(self.runs, which, [(run.run, run.title) for run in self.runs])

    def __repr__(self) -> str:
        verdicts = ("critical", "warning", "healthy")
        each = [
            f"{many} {verdict}" for verdict in verdicts if (many := sum(run.verdict == verdict for run in self.runs))
        ]
        missed = f"; {counted(self.problems, 'problem')}" if self.problems else ""
        return f"<Diagnosis of {self.path}: {counted(self.runs, 'run')} ({', '.join(each) or 'none judged'}){missed}>"
