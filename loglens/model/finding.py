"""What a detector says: frozen, complete on construction, free of HTML and colours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from loglens.model.causes import CauseName
from loglens.model.kinds import FindingKind
from loglens.model.run import StepSpan

Severity = Literal["info", "warning", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
"""In rising order: the place in this tuple is the rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One measured number (or word) a finding rests on. `unit`: 'steps', 'sigma', '' for a ratio. `note`: what it is
    compared with, in words."""

    name: str
    value: float | str | None
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A fault that was seen, never why it happened.

    `score` 0-1: how bad; `confidence` 0-1: how sure that it is there at all; `peak_step`: a spike's highest point.
    `file`, `line` (from 1 on): where its peak or its beginning stands in a log of lines, '' and None where that cannot
    be told. `summary`: one sentence a person can act on. `cause` is filled by the advice where it is one finding's own.
    `detector`: the id of the detector that saw it, filled where detectors are asked; '' where no detector is known.
    """

    kind: FindingKind
    severity: Severity
    score: float
    confidence: float
    steps: StepSpan
    series: str
    summary: str
    evidence: tuple[Evidence, ...] = ()
    peak_step: int | None = None
    lr_phase: str | None = None
    cause: CauseName | None = None
    file: str = ""
    line: int | None = None
    detector: str = ""

    def __post_init__(self) -> None:
        if not (0.0 <= self.score <= 1.0 and 0.0 <= self.confidence <= 1.0):
            raise ValueError(f"{self.kind}: score {self.score} and confidence {self.confidence} must lie in 0..1")

    @property
    def key(self) -> str:
        """Stable within a run: what a link to this finding ends in."""
        return f"{self.kind}-{self.steps.start}-{self.steps.end}"

    def evidence_value(self, name: str) -> float | None:
        """The number of that name, None where it is missing or a word."""
        for item in self.evidence:
            if item.name == name and isinstance(item.value, (int, float)):
                return float(item.value)
        return None


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By severity, then by score, then by place."""
    return tuple(
        sorted(
            findings,
            key=lambda finding: (
                -SEVERITIES.index(finding.severity),
                -finding.score,
                finding.steps.start,
                finding.kind,
            ),
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorMeta:
    """What the pipeline, `loglens explain` and the report know of a detector without running it.

    `needs`: roles without which it cannot judge; `helped_by`: roles that sharpen it; `min_points`: finite points of
    the first needed role below which it is not asked. `score_name`: the key of `scores` it feeds, '' for none.
    """

    id: str
    kinds: tuple[FindingKind, ...]
    title: str
    needs: tuple[str, ...] = ("train_loss",)
    helped_by: tuple[str, ...] = ()
    min_points: int = 8
    score_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The detector saw something; what, stands once: the findings of the run that name it (`RunDiagnosis.found_by`)."""

    detector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clean:
    detector: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotApplicable:
    """The detector was not asked; `reason` tells the user what was missing."""

    detector: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broke:
    """The detector raised: a bug in LogLens that must not cost the user the rest of the report."""

    detector: str
    error: str


Outcome = Found | Clean | NotApplicable | Broke
