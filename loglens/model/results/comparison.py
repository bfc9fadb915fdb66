"""Two sets of runs side by side: what changed, whether it is more than noise, and whether a change may go in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.display import Displayed, counted
from loglens.model.finding import Finding
from loglens.model.run import Problem

MetricName = Literal[
    "train_loss", "train_loss_common", "val_loss_best", "val_loss", "steps_to_base", "spike", "oscillation",
    "stagnation", "divergence", "non_finite", "peak_lr", "last_lr",
]  # fmt: skip
NoiseMethod = Literal["siblings", "stretches", "fixed", "none"]
Judgement = Literal["better", "worse", "same", "changed", "unknown"]
Side = Literal["BASE", "HEAD"]
FindingStatus = Literal["new", "worse", "standing", "fixed"]
Condition = Literal["new-critical", "new-warning", "val-regression", "regression", "missing-run"]
CONDITIONS: tuple[Condition, ...] = ("new-critical", "new-warning", "val-regression", "regression", "missing-run")
DEFAULT_GATE: tuple[Condition, ...] = ("new-critical", "val-regression")
"""What fails where nobody says otherwise: a new critical finding, a validation loss that rose by more than noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricChange:
    """One number before and after; means where a side has several sibling runs (`befores`, `afters`).

    `band`: how large a difference noise alone would make, None where that is not known; `method`: from the scatter of
    sibling runs, from stretch to stretch within each run, a fixed step for scores, or not at all. `judgement`: better
    and worse only beyond the band; 'changed' where neither is better; 'unknown' where a side has no number or no band.
    """

    metric: MetricName
    before: float | None
    after: float | None
    band: float | None
    method: NoiseMethod
    judgement: Judgement
    befores: tuple[float | None, ...] = ()
    afters: tuple[float | None, ...] = ()
    step: int | None = None

    @property
    def delta(self) -> float | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """A finding of HEAD that BASE lacks (new), has less severe (worse) or has as well (standing); fixed: one of BASE
    that is gone.

    `run`: of HEAD, but for 'fixed' of BASE. `accepted`: the baseline holds it, so it cannot fail a gate.
    """

    status: FindingStatus
    run: str
    before: Finding | None
    after: Finding | None
    accepted: bool = False

    @property
    def finding(self) -> Finding:
        """The finding to show: as it is now, or as it was where it is gone."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change of a finding needs at least one side")
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RunComparison:
    """Runs that belong together: one of each side, or several sibling runs (seeds) of one setting."""

    name: str
    base: tuple[RunDiagnosis, ...]
    head: tuple[RunDiagnosis, ...]
    changes: tuple[MetricChange, ...]
    findings: tuple[FindingChange, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        said = "no loss to compare" if self.deciding is None else f"{self.deciding.metric} {self.deciding.judgement}"
        return f"<RunComparison {self.title!r}: {said}; {counted(self.findings, 'finding')}>"

    @property
    def title(self) -> str:
        """What the pair is called in front of people: never '.'."""
        return self.head[0].title if self.name in {"", "."} else self.name

    def change(self, metric: MetricName) -> MetricChange | None:
        return next((change for change in self.changes if change.metric == metric), None)

    @property
    def deciding(self) -> MetricChange | None:
        """The loss that decides whether this is a regression: the best validation loss, else the train loss at the
        last step both sides reached; the first of them that could be judged."""
        wanted: tuple[MetricName, ...] = ("val_loss_best", "train_loss_common", "train_loss")
        found = [change for metric in wanted if (change := self.change(metric)) is not None]
        return next((item for item in found if item.judgement != "unknown"), found[0] if found else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`reasons`: one sentence for every condition of `fail_on` that holds; the gate failed where there is any."""

    fail_on: tuple[Condition, ...]
    reasons: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        return bool(self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Comparison(Displayed):
    """`base`, `head`: the paths as given. `pairs`: the worst first. `added`, `removed`: runs without a partner; `new`:
    the findings of added ones. `confidence`: of a band, over all pairs together.
    """

    base: str
    head: str
    pairs: tuple[RunComparison, ...]
    gate: Gate
    added: tuple[RunDiagnosis, ...] = ()
    removed: tuple[RunDiagnosis, ...] = ()
    new: tuple[FindingChange, ...] = ()
    base_problems: tuple[Problem, ...] = ()
    head_problems: tuple[Problem, ...] = ()
    baseline: str = ""
    confidence: float = 0.95
    version: str = ""

    def __repr__(self) -> str:
        gate = "gate failed" if self.gate.failed else "gate passed" if self.gate.fail_on else "no gate"
        return f"<Comparison of {self.base} with {self.head}: {counted(self.pairs, 'run')}, {gate}>"

    @property
    def problems(self) -> tuple[tuple[Side, Problem], ...]:
        return tuple(("BASE", problem) for problem in self.base_problems) + tuple(
            ("HEAD", problem) for problem in self.head_problems
        )

    @property
    def findings(self) -> tuple[FindingChange, ...]:
        """Every change of a finding, those of added runs last."""
        return tuple(finding for pair in self.pairs for finding in pair.findings) + self.new

    def count(self, status: FindingStatus) -> int:
        return sum(finding.status == status for finding in self.findings)
