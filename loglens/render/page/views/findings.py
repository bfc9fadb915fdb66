"""Findings as the page shows them: where, how bad, how sure, the measured evidence, and what would change them."""

from __future__ import annotations

from dataclasses import dataclass

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.documents.to_json import finding_id
from loglens.model.finding import Evidence, Finding
from loglens.render import numbers, words, words_doubt
from loglens.render.page.views.text import shown

FINDINGS_SHOWN = 60
"""Findings of a run that are listed and drawn."""
UNITS = {"sigma": "σ", "steps": "steps", "step": "", "ratio": "", "": ""}


@dataclass(frozen=True, slots=True)
class EvidenceView:
    name: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """`number`: its label in the charts; `link`: its permalink's target; `rests_on` and `doubt`: whole sentences."""

    number: int
    link: str
    kind: str
    title: str
    severity: str
    severity_word: str
    where: str
    summary: str
    score: str
    confidence: str
    evidence: tuple[EvidenceView, ...]
    rests_on: str
    doubt: str
    cause: str


def findings_view(run: RunDiagnosis, place: int) -> tuple[FindingView, ...]:
    """`place`: the run's number in the document."""
    listed = run.findings[:FINDINGS_SHOWN]
    return tuple(_finding(run, place, number, finding) for number, finding in enumerate(listed, 1))


def more_findings(run: RunDiagnosis) -> str:
    """A line for those not listed: the list has the worst ones, the JSON document has all."""
    hidden = len(run.findings) - FINDINGS_SHOWN
    return f"And {numbers.counted(hidden, 'finding')} more, which the JSON output lists." if hidden > 0 else ""


def _finding(run: RunDiagnosis, place: int, number: int, finding: Finding) -> FindingView:
    return FindingView(
        number=number,
        link=finding_id(place, run, finding),
        kind=finding.kind,
        title=words.kind_title(finding.kind),
        severity=finding.severity,
        severity_word=words.severity(finding.severity),
        where=words.on_axis(_where(finding), run.x_axis),
        summary=shown(words.on_axis(finding.summary, run.x_axis), 600),
        score=f"{finding.score:.2f}",
        confidence=numbers.percent(finding.confidence),
        evidence=tuple(_evidence(item, run.x_axis) for item in finding.evidence),
        rests_on=_rests_on(run, finding),
        doubt=words_doubt.against_finding(finding.kind),
        cause="" if finding.cause is None else words.cause_title(finding.cause),
    )


def _where(finding: Finding) -> str:
    peak = finding.peak_step
    at_peak = "" if peak is None or finding.steps.steps == 0 else f", peak at {numbers.count(peak)}"
    return numbers.steps(finding.steps) + at_peak


def _evidence(evidence: Evidence, x_axis: str) -> EvidenceView:
    value = evidence.value
    if isinstance(value, str):
        said = shown(value.replace("_", " "), 200)
    elif evidence.unit in {"lr", "learning_rate"} or evidence.name.endswith("_lr"):
        said = numbers.lr(value)
    else:
        said = numbers.sig(value)
    unit = UNITS.get(evidence.unit, shown(evidence.unit, 40))
    if value is None:
        unit = ""
    elif unit == "steps" and value == 1:
        unit = "step"
    if x_axis == "epoch" and unit in {"step", "steps"}:
        unit = unit.replace("step", "epoch")
    note = shown(words.on_axis(evidence.note, x_axis), 300)
    return EvidenceView(shown(words.plain(evidence.name), 60), said, unit, note)


def _rests_on(run: RunDiagnosis, finding: Finding) -> str:
    """The series with its role, the LR phase, and how sure the detector is."""
    role = next((role for role, tag in run.roles.items() if tag == finding.series), None)
    named = f"“{shown(finding.series)}”" if finding.series else "the log as a whole"
    called = f" ({words.role_title(role).lower()})" if role else ""
    phase = ""
    if finding.lr_phase:
        phase = f", in the schedule's {shown(words.phase_title(finding.lr_phase), 40)} phase"
    return f"Rests on {named}{called}{phase}. Confidence {numbers.percent(finding.confidence)} that it is there at all."
