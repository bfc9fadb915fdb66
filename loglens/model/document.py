"""A `Diagnosis` as the contract's JSON document, and back: `loglens render FILE.json` redraws what was saved.

The contract (`schema_version` "1") fixes the fields that other tools read. Fields beyond it are ours: `curves`,
`outcomes`, `notes`, `rewinds`, `choices`, `config`, `files`, `phases`, `weights`, `arms`. A number that is not finite
is null in the document and NaN in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np

from loglens.errors import SettingsError
from loglens.model.diagnosis import (
    Cause,
    Curve,
    Diagnosis,
    Recommendation,
    ReplayArm,
    ReplayResult,
    RunDiagnosis,
    Weight,
)
from loglens.model.finding import Broke, Clean, Evidence, Finding, Found, NotApplicable, Outcome
from loglens.model.run import FloatArray, Note, PassedOver, Problem, Rewind, RoleChoice, StepSpan
from loglens.model.schedule import LrEvent, LrPhase, LrSchedule

Json = dict[str, Any]
SCHEMA_VERSION = "1"


def to_document(diagnosis: Diagnosis) -> Json:
    """The contract's document: plain dicts and lists, no NaN, ready for `json.dumps(..., allow_nan=False)`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "loglens", "version": diagnosis.version},
        "path": diagnosis.path,
        "settings": dict(diagnosis.settings),
        "versions": dict(diagnosis.versions),
        "problems": [{"path": one.path, "message": one.message, "offset": one.offset} for one in diagnosis.problems],
        "runs": [_run(one, number) for number, one in enumerate(diagnosis.runs, 1)],
    }


def finding_id(run_number: int, run: RunDiagnosis, finding: Finding) -> str:
    """The finding's link target: unique within a document, the same each time the same log is read."""
    twins = [one for one in run.findings if one.key == finding.key]
    again = "" if len(twins) == 1 else f"-{1 + next(n for n, one in enumerate(twins) if one is finding)}"
    return f"r{run_number}-{finding.key}{again}"


def number(value: float | None) -> float | None:
    """None for what JSON cannot hold."""
    return None if value is None or not math.isfinite(value) else float(value)


def numbers(values: Iterable[float] | None) -> list[float | None] | None:
    return None if values is None else [number(value) for value in np.asarray(values).tolist()]


def _run(run: RunDiagnosis, place: int) -> Json:
    return {
        "run": run.run,
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
        "findings": [_finding(one, finding_id(place, run, one)) for one in run.findings],
        "causes": [_cause(one) for one in run.causes],
        "recommendation": _recommendation(run.recommendation),
        "outcomes": [_outcome(one) for one in run.outcomes],
        "rewinds": [
            {"resumed_at": one.resumed_at, "last_step": one.last_step, "rewritten": one.rewritten, "how": one.how}
            for one in run.rewinds
        ],
        "notes": [
            _present(
                kind=n.kind,
                message=n.message,
                path=n.path or None,
                series=n.series or None,
                count=n.count,
                offset=n.offset,
            )
            for n in run.notes
        ],
        "choices": [
            {
                "role": one.role,
                "series": one.series,
                "reason": one.reason,
                "passed_over": [{"series": other.series, "reason": other.reason} for other in one.passed_over],
            }
            for one in run.choices
        ],
        "config": dict(run.config),
        "curves": [_curve(one) for one in run.curves],
    }


def _present(**fields: Any) -> Json:
    return {name: value for name, value in fields.items() if value is not None}


def _schedule(schedule: LrSchedule) -> Json:
    return {
        "kind": schedule.kind,
        "peak_lr": number(schedule.peak_lr),
        "warmup_steps": schedule.warmup_steps,
        "source": schedule.source,
        "events": [{"kind": e.kind, "step": e.step, "from_lr": e.from_lr, "to_lr": e.to_lr} for e in schedule.events],
        "phases": [
            {"kind": p.kind, "start": p.span.start, "end": p.span.end, "start_lr": p.start_lr, "end_lr": p.end_lr}
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
        summary=finding.summary,
        evidence=[
            {
                "name": one.name,
                "value": number(one.value) if isinstance(one.value, (int, float)) else one.value,
                "unit": one.unit,
                "note": one.note,
            }
            for one in finding.evidence
        ],
    ) | {"peak_step": finding.peak_step}


def _cause(cause: Cause) -> Json:
    return {
        "cause": cause.cause,
        "probability": round(cause.probability, 6),
        "because": list(cause.because),
        "weights": [{"name": one.name, "points": round(one.points, 4), "text": one.text} for one in cause.weights],
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
                "label": one.label,
                "factor": one.factor,
                "end": one.end,
                "steps": one.steps.tolist(),
                "values": numbers(one.values),
            }
            for one in replay.arms
        ],
    }


def _outcome(outcome: Outcome) -> Json:
    match outcome:
        case Found(detector=detector, findings=findings):
            return {"detector": detector, "outcome": "found", "count": len(findings)}
        case Clean(detector=detector):
            return {"detector": detector, "outcome": "clean"}
        case NotApplicable(detector=detector, reason=reason):
            return {"detector": detector, "outcome": "not_applicable", "reason": reason}
        case Broke(detector=detector, error=error):
            return {"detector": detector, "outcome": "broke", "error": error}


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


def from_document(document: Json) -> Diagnosis:
    """The `Diagnosis` a document was made from; SettingsError where it is none of this schema.

    A document of another tool that keeps to the contract, without our own fields, is read as well.
    """
    if document.get("schema_version") != SCHEMA_VERSION:
        raise SettingsError(
            f"schema_version is {document.get('schema_version')!r}, this LogLens reads {SCHEMA_VERSION!r}: "
            "make the file with `loglens diagnose PATH --format json`"
        )
    try:
        return Diagnosis(
            runs=tuple(_run_back(one) for one in document["runs"]),
            problems=tuple(
                Problem(path=p["path"], message=p["message"], offset=p.get("offset")) for p in document["problems"]
            ),
            path=document.get("path", ""),
            settings=document.get("settings", {}),
            version=document["tool"]["version"],
            versions=document.get("versions", {}),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SettingsError(f"the document does not keep to the contract ({type(error).__name__}: {error})") from error


def _array(values: list[float | None] | None) -> FloatArray | None:
    return (
        None if values is None else np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    )


def _run_back(run: Json) -> RunDiagnosis:
    findings = tuple(_finding_back(one) for one in run["findings"])
    return RunDiagnosis(
        run=run["run"],
        format=run["format"],
        roles=run["roles"],
        first_step=run["steps"]["first"],
        last_step=run["steps"]["last"],
        points=run["steps"]["count"],
        schedule=_schedule_back(run["schedule"]),
        verdict=run["verdict"],
        scores=run["scores"],
        findings=findings,
        causes=tuple(
            Cause(
                cause=one["cause"],
                probability=one["probability"],
                because=tuple(one.get("because", ())),
                weights=tuple(Weight(**weight) for weight in one.get("weights", ())),
            )
            for one in run["causes"]
        ),
        recommendation=_recommendation_back(run["recommendation"]),
        source=run.get("source", ""),
        files=tuple(run.get("files", ())),
        outcomes=tuple(_outcome_back(one, findings) for one in run.get("outcomes", ())),
        curves=tuple(_curve_back(one) for one in run.get("curves", ())),
        notes=tuple(Note(**one) for one in run.get("notes", ())),
        rewinds=tuple(Rewind(**one) for one in run.get("rewinds", ())),
        choices=tuple(
            RoleChoice(
                role=one["role"],
                series=one["series"],
                reason=one["reason"],
                passed_over=tuple(PassedOver(**other) for other in one["passed_over"]),
            )
            for one in run.get("choices", ())
        ),
        config=run.get("config", {}),
        series_count=run.get("series_count", 0),
        x_axis=run.get("x_axis", "step"),
        live=run.get("live", False),
    )


def _schedule_back(schedule: Json) -> LrSchedule:
    nan = float("nan")
    return LrSchedule(
        kind=schedule["kind"],
        peak_lr=schedule["peak_lr"],
        warmup_steps=schedule["warmup_steps"],
        source=schedule.get("source", "unknown"),
        events=tuple(
            LrEvent(kind=e["kind"], step=e["step"], from_lr=e.get("from_lr", nan), to_lr=e.get("to_lr", nan))
            for e in schedule["events"]
        ),
        phases=tuple(
            LrPhase(
                kind=p["kind"],
                span=StepSpan(start=p["start"], end=p["end"]),
                start_lr=p["start_lr"],
                end_lr=p["end_lr"],
            )
            for p in schedule.get("phases", ())
        ),
    )


def _finding_back(finding: Json) -> Finding:
    return Finding(
        kind=finding["kind"],
        severity=finding["severity"],
        score=finding["score"],
        confidence=finding.get("confidence", 1.0),
        steps=StepSpan(**finding["steps"]),
        series=finding["series"],
        summary=finding["summary"],
        evidence=tuple(
            Evidence(name=one["name"], value=one["value"], unit=one.get("unit", ""), note=one.get("note", ""))
            for one in finding["evidence"]
        ),
        peak_step=finding.get("peak_step"),
        lr_phase=finding.get("lr_phase"),
        cause=finding.get("cause"),
    )


def _recommendation_back(advice: Json) -> Recommendation:
    replay = advice.get("replay")
    optional: Mapping[str, Any] = {
        name: advice.get(name)
        for name in ("current_peak_lr", "peak_lr_low", "peak_lr_high", "lr_factor", "warmup_steps", "gradient_clip")
    }
    return Recommendation(
        action=advice["action"],
        peak_lr=advice["peak_lr"],
        why=advice["why"],
        replay=None if replay is None else _replay_back(replay),
        **optional,
    )


def _replay_back(replay: Json) -> ReplayResult:
    return ReplayResult(
        outcome=replay["outcome"],
        factor=replay.get("factor"),
        factor_low=replay.get("factor_low"),
        factor_high=replay.get("factor_high"),
        reason=replay.get("reason", ""),
        arms=tuple(
            ReplayArm(
                label=one["label"],
                factor=one["factor"],
                end=one["end"],
                steps=np.array(one["steps"], dtype=np.int64),
                values=cast(FloatArray, _array(one["values"])),
            )
            for one in replay.get("arms", ())
        ),
    )


def _outcome_back(outcome: Json, findings: tuple[Finding, ...]) -> Outcome:
    detector = outcome["detector"]
    match outcome["outcome"]:
        case "found":
            return Found(detector=detector, findings=tuple(one for one in findings if one.kind == detector))
        case "clean":
            return Clean(detector=detector)
        case "not_applicable":
            return NotApplicable(detector=detector, reason=outcome["reason"])
        case _:
            return Broke(detector=detector, error=outcome["error"])


def _curve_back(curve: Json) -> Curve:
    return Curve(
        role=curve["role"],
        series=curve["series"],
        points=curve["points"],
        steps=np.array(curve["steps"], dtype=np.int64),
        values=cast(FloatArray, _array(curve["values"])),
        wall_times=_array(curve["wall_times"]),
        epochs=_array(curve["epochs"]),
    )
