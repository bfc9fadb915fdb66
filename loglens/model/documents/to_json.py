"""A `Diagnosis` as the contract's JSON document; the way back is in `document_back.py`.

The contract (`schema_version` "1") fixes the fields that other tools read. Fields beyond it are ours: `curves`,
`levels`, `starts_late`, `outcomes`, `notes`, `rewinds`, `choices`, `config`, `files`, `phases`, `weights`, `arms`. A
number that is not finite is null in the document and NaN in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from loglens.model.diagnosis import Cause, Curve, Diagnosis, LossLevel, Recommendation, ReplayResult, RunDiagnosis
from loglens.model.documents.facts import facts_document
from loglens.model.documents.from_json import Json, from_document
from loglens.model.documents.rate import rate_document
from loglens.model.documents.what_if import lost_json, what_if_json
from loglens.model.finding import Broke, Clean, Finding, Found, NotApplicable, Outcome
from loglens.model.fingerprint import fingerprints
from loglens.model.run import Note, RoleChoice, Setting
from loglens.model.schedule import LrSchedule

SCHEMA_VERSION = "1"
__all__ = ["SCHEMA_VERSION", "Json", "finding_id", "from_document", "number", "numbers", "to_document"]


def to_document(diagnosis: Diagnosis) -> Json:
    """The contract's document: plain dicts and lists, no NaN, ready for `json.dumps(..., allow_nan=False)`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "loglens", "version": diagnosis.version},
        "path": diagnosis.path,
        "settings": _settings(diagnosis.settings),
        "versions": dict(diagnosis.versions),
        "problems": [
            {"path": problem.path, "message": problem.message, "offset": problem.offset}
            for problem in diagnosis.problems
        ],
        "runs": [_run(run, number) for number, run in enumerate(diagnosis.runs, 1)],
    }


def finding_id(run_number: int, run: RunDiagnosis, finding: Finding) -> str:
    """The finding's link target: unique within a document, the same each time the same log is read."""
    alike = [item for item in run.findings if item.key == finding.key]
    again = "" if len(alike) == 1 else f"-{1 + next(n for n, item in enumerate(alike) if item is finding)}"
    return f"r{run_number}-{finding.key}{again}"


def number(value: float | None) -> float | None:
    """None for what JSON cannot hold."""
    return None if value is None or not math.isfinite(value) else float(value)


def numbers(values: Iterable[float] | None) -> list[float | None] | None:
    return None if values is None else [number(value) for value in np.asarray(values).tolist()]


def _settings(settings: Mapping[str, Setting]) -> Json:
    return {name: number(value) if isinstance(value, float) else value for name, value in settings.items()}


def _run(run: RunDiagnosis, place: int) -> Json:
    links = [finding_id(place, run, finding) for finding in run.findings]
    return {
        "run": run.run,
        "name": run.title,
        "format": run.format,
        "source": run.source,
        "files": list(run.files),
        "roles": dict(run.roles),
        "steps": {"first": run.first_step, "last": run.last_step, "count": run.points},
        "x_axis": run.x_axis,
        "series_count": run.series_count,
        "live": run.live,
        "schedule": _schedule(run.schedule),
        "verdict": run.verdict,
        "scores": {name: round(score, 6) for name, score in run.scores.items()},
        "findings": [
            _finding(item, link) | {"fingerprint": mark}
            for item, link, mark in zip(run.findings, links, fingerprints(run), strict=True)
        ],
        "causes": [_cause(cause) for cause in run.causes],
        "recommendation": _recommendation(run.recommendation),
        "what_if": what_if_json(run.what_if),
        "lost": lost_json(run.lost),
        "outcomes": [_outcome(outcome, _links(run, links, outcome.detector)) for outcome in run.outcomes],
        "levels": [_level(level) for level in run.levels],
        "rewinds": [
            {
                "resumed_at": rewind.resumed_at,
                "last_step": rewind.last_step,
                "rewritten": rewind.rewritten,
                "how": rewind.how,
            }
            for rewind in run.rewinds
        ],
        "events": [
            _present(kind=e.kind, step=e.step, wall_time=number(e.time), text=e.text, line=e.line) for e in run.events
        ],
        "starts_late": run.starts_late,
        "facts": facts_document(run.facts),
        **({} if run.learning_rate is None else {"learning_rate": rate_document(run.learning_rate)}),
        "notes": [_note(note) for note in run.notes],
        "choices": [_choice(choice) for choice in run.choices],
        "config": _settings(run.config),
        "curves": [_curve(curve) for curve in run.curves],
    }


def _note(note: Note) -> Json:
    return _present(
        kind=note.kind,
        message=note.message,
        path=note.path or None,
        series=note.series or None,
        count=note.count,
        offset=note.offset,
    )


def _choice(choice: RoleChoice) -> Json:
    return {
        "role": choice.role,
        "series": choice.series,
        "reason": choice.reason,
        "passed_over": [{"series": other.series, "reason": other.reason} for other in choice.passed_over],
    }


def _present(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def _schedule(schedule: LrSchedule) -> Json:
    return {
        "kind": schedule.kind,
        "peak_lr": number(schedule.peak_lr),
        "warmup_steps": schedule.warmup_steps,
        "source": schedule.source,
        "events": [
            _present(kind=e.kind, step=e.step, from_lr=number(e.from_lr), to_lr=number(e.to_lr))
            for e in schedule.events
        ],
        "phases": [
            {
                "kind": p.kind,
                "start": p.span.start,
                "end": p.span.end,
                "start_lr": number(p.start_lr),
                "end_lr": number(p.end_lr),
            }
            for p in schedule.phases
        ],
    }


def _finding(finding: Finding, link: str) -> Json:
    return _present(
        id=link,
        kind=finding.kind,
        severity=finding.severity,
        score=round(finding.score, 6),
        confidence=round(finding.confidence, 6),
        steps={"start": finding.steps.start, "end": finding.steps.end},
        series=finding.series,
        cause=finding.cause,
        lr_phase=finding.lr_phase,
        file=finding.file or None,
        line=finding.line,
        summary=finding.summary,
        evidence=[
            {
                "name": item.name,
                "value": number(item.value) if isinstance(item.value, (int, float)) else item.value,
                "unit": item.unit,
                "note": item.note,
            }
            for item in finding.evidence
        ],
    ) | {"peak_step": finding.peak_step}


def _cause(cause: Cause) -> Json:
    return {
        "cause": cause.cause,
        "probability": round(cause.probability, 6),
        "because": list(cause.because),
        "weights": [
            {"name": weight.name, "points": round(weight.points, 4), "text": weight.text} for weight in cause.weights
        ],
    }


def _recommendation(advice: Recommendation) -> Json:
    return {
        "action": advice.action,
        "current_peak_lr": number(advice.current_peak_lr),
        "peak_lr": number(advice.peak_lr),
        "peak_lr_low": number(advice.peak_lr_low),
        "peak_lr_high": number(advice.peak_lr_high),
        "lr_factor": number(advice.lr_factor),
        "warmup_steps": advice.warmup_steps,
        "gradient_clip": number(advice.gradient_clip),
        "replay": None if advice.replay is None else _replay(advice.replay),
        "why": advice.why,
    }


def _replay(replay: ReplayResult) -> Json:
    return {
        "outcome": replay.outcome,
        "factor": number(replay.factor),
        "factor_low": number(replay.factor_low),
        "factor_high": number(replay.factor_high),
        "reason": replay.reason,
        "arms": [
            {
                "label": arm.label,
                "factor": arm.factor,
                "end": arm.end,
                "steps": arm.steps.tolist(),
                "values": numbers(arm.values),
            }
            for arm in replay.arms
        ],
    }


def _links(run: RunDiagnosis, links: Iterable[str], detector: str) -> list[str]:
    return [link for finding, link in zip(run.findings, links, strict=True) if finding.detector == detector]


def _outcome(outcome: Outcome, links: list[str]) -> Json:
    match outcome:
        case Found(detector=detector):
            return {"detector": detector, "outcome": "found", "count": len(links), "findings": links}
        case Clean(detector=detector):
            return {"detector": detector, "outcome": "clean"}
        case NotApplicable(detector=detector, reason=reason):
            return {"detector": detector, "outcome": "not_applicable", "reason": reason}
        case Broke(detector=detector, error=error):
            return {"detector": detector, "outcome": "broke", "error": error}


def _level(level: LossLevel) -> Json:
    return {
        "role": level.role,
        "final": number(level.final),
        "noise": number(level.noise),
        "best": number(level.best),
        "best_step": level.best_step,
        "first_step": level.first_step,
        "last_step": level.last_step,
        "points": level.points,
        "non_finite": level.non_finite,
        "method": level.method,
    }


def _curve(curve: Curve) -> Json:
    return {
        "role": curve.role,
        "series": curve.series,
        "points": curve.points,
        "steps": curve.steps.tolist(),
        "values": numbers(curve.values),
        "wall_times": numbers(curve.wall_times),
        "epochs": numbers(curve.epochs),
    }
