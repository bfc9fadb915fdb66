"""The contract's JSON document as a `Diagnosis` again: `loglens render FILE.json` redraws what was saved.

By hand on purpose. msgspec 0.23 was tried: it converts the few objects whose fields are the contract's (a choice, a
cause, an advice) and refuses the union of outcomes, spans and arrays, which need hooks; it adds 7 ms to the import, and
cattrs 26.2 adds 19 ms (the least of five and of three).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

import numpy as np

from loglens.errors import SettingsError
from loglens.model.diagnosis import (
    Cause,
    Curve,
    Diagnosis,
    LossLevel,
    Recommendation,
    ReplayArm,
    ReplayResult,
    RunDiagnosis,
    Weight,
)
from loglens.model.documents.contract import violation
from loglens.model.documents.facts import facts_back
from loglens.model.documents.rate import rate_back
from loglens.model.documents.what_if import lost_back, what_if_back
from loglens.model.finding import Broke, Clean, Evidence, Finding, Found, NotApplicable, Outcome
from loglens.model.run import Event, EventKind, FloatArray, Note, PassedOver, Problem, Rewind, RoleChoice, StepSpan
from loglens.model.schedule import LrEvent, LrPhase, LrSchedule, PhaseKind
from loglens.model.shape import misshapen

Json = dict[str, Any]
AGAIN = "Make the file again with `loglens diagnose PATH --format json`"


def from_document(document: Json) -> Diagnosis:
    """The `Diagnosis` a document was made from; SettingsError with the place where it does not keep to the contract.

    A document of another tool that keeps to the contract, without our own fields, is read as well.
    """
    wrong = violation(document)
    if wrong:
        raise SettingsError(f"{wrong}. Make the file with `loglens diagnose PATH --format json`")
    try:
        diagnosis = Diagnosis(
            runs=tuple(_run_back(item) for item in document["runs"]),
            problems=tuple(
                Problem(path=p["path"], message=p["message"], offset=p.get("offset")) for p in document["problems"]
            ),
            path=_text(document.get("path", "")),
            settings=document.get("settings", {}),
            version=document["tool"]["version"],
            versions=document.get("versions", {}),
        )
        wrong = misshapen(diagnosis) or _disagreement(diagnosis)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise SettingsError(
            f"a field beyond the contract is damaged ({type(error).__name__}: {error}). {AGAIN}"
        ) from error
    if wrong:
        raise SettingsError(f"{wrong}. {AGAIN}")
    return diagnosis


def _disagreement(diagnosis: Diagnosis) -> str | None:
    """Arrays that belong together and differ in length, in words."""
    for run in diagnosis.runs:
        lines: list[tuple[str, Curve | ReplayArm]] = [(f"the curve {curve.role!r}", curve) for curve in run.curves]
        if run.recommendation.replay is not None:
            lines += [(f"the replayed arm {arm.label!r}", arm) for arm in run.recommendation.replay.arms]
        for what, line in lines:
            arrays = [line.values, *([line.wall_times, line.epochs] if isinstance(line, Curve) else [])]
            if any(array is not None and len(array) != len(line.steps) for array in arrays):
                return f"{what} of the run {run.run!r} has lists of different lengths"
            if not bool(np.all(line.steps[1:] >= line.steps[:-1])):
                return f"{what} of the run {run.run!r} goes back in its steps"
    return None


def _event_back(event: Json) -> Event:
    return Event(
        kind=cast(EventKind, _text(event["kind"])),  # another tool may have kinds of its own
        step=event.get("step"),
        time=event.get("wall_time"),
        text=_text(event["text"]),
        line=event.get("line"),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.60} where text belongs")
    return value


def _word(value: object, allowed: tuple[Any, ...]) -> Any:
    """`value` where it is one of the allowed words: a renderer looks it up."""
    if value not in allowed:
        raise ValueError(f"{value!r:.60} is not one of {', '.join(allowed)}")
    return value


def _array(values: list[float | None] | None) -> FloatArray | None:
    return (
        None if values is None else np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    )


def _run_back(run: Json) -> RunDiagnosis:
    owners = _owners(run)
    return RunDiagnosis(
        run=run["run"],
        name=_text(run.get("name") or ""),
        format=run["format"],
        roles=run["roles"],
        first_step=run["steps"]["first"],
        last_step=run["steps"]["last"],
        points=run["steps"]["count"],
        schedule=_schedule_back(run["schedule"]),
        verdict=run["verdict"],
        scores=run["scores"],
        findings=tuple(_finding_back(item, owners[item["id"]]) for item in run["findings"]),
        causes=tuple(
            Cause(
                cause=item["cause"],
                probability=item["probability"],
                because=tuple(item.get("because", ())),
                weights=tuple(Weight(**weight) for weight in item.get("weights", ())),
            )
            for item in run["causes"]
        ),
        recommendation=_recommendation_back(run["recommendation"]),
        source=_text(run.get("source", "")),
        files=tuple(_text(item) for item in run.get("files", ())),
        outcomes=tuple(_outcome_back(item) for item in run.get("outcomes", ())),
        curves=tuple(_curve_back(item) for item in run.get("curves", ())),
        events=tuple(_event_back(item) for item in run.get("events", ())),
        starts_late=bool(run.get("starts_late", False)),
        facts=facts_back(run.get("facts", ())),
        learning_rate=rate_back(run["learning_rate"]) if run.get("learning_rate") else None,
        notes=tuple(Note(**item) for item in run.get("notes", ())),
        rewinds=tuple(Rewind(**item) for item in run.get("rewinds", ())),
        choices=tuple(
            RoleChoice(
                role=item["role"],
                series=item["series"],
                reason=item["reason"],
                passed_over=tuple(PassedOver(**other) for other in item["passed_over"]),
            )
            for item in run.get("choices", ())
        ),
        config=run.get("config", {}),
        series_count=run.get("series_count", 0),
        x_axis=_text(run.get("x_axis", "step")),
        live=bool(run.get("live", False)),
        levels=tuple(LossLevel(**item) for item in run.get("levels", ())),
        what_if=what_if_back(run.get("what_if")),
        lost=lost_back(run.get("lost")),
    )


def _schedule_back(schedule: Json) -> LrSchedule:
    nan = float("nan")
    return LrSchedule(
        kind=schedule["kind"],
        peak_lr=schedule["peak_lr"],
        warmup_steps=schedule["warmup_steps"],
        source=_word(schedule.get("source", "unknown"), ("logged", "given", "unknown")),
        events=tuple(
            LrEvent(kind=e["kind"], step=e["step"], from_lr=e.get("from_lr", nan), to_lr=e.get("to_lr", nan))
            for e in schedule["events"]
        ),
        phases=tuple(
            LrPhase(
                kind=_word(p["kind"], get_args(PhaseKind)),
                span=StepSpan(start=p["start"], end=p["end"]),
                start_lr=nan if p["start_lr"] is None else p["start_lr"],
                end_lr=nan if p["end_lr"] is None else p["end_lr"],
            )
            for p in schedule.get("phases", ())
        ),
    )


def _owners(run: Json) -> dict[str, str]:
    """The detector of each finding's id, '' where no outcome names it. KeyError on an id that is no finding's."""
    owners = dict.fromkeys((item["id"] for item in run["findings"]), "")
    for outcome in run.get("outcomes", ()):
        for link in outcome["findings"] if outcome["outcome"] == "found" else ():
            if link not in owners:
                raise KeyError(link)
            owners[link] = outcome["detector"]
    return owners


def _finding_back(finding: Json, detector: str) -> Finding:
    return Finding(
        kind=finding["kind"],
        severity=finding["severity"],
        score=finding["score"],
        confidence=finding.get("confidence", 1.0),
        steps=StepSpan(**finding["steps"]),
        series=finding["series"],
        summary=finding["summary"],
        evidence=tuple(
            Evidence(name=item["name"], value=item["value"], unit=item.get("unit", ""), note=item.get("note", ""))
            for item in finding["evidence"]
        ),
        peak_step=finding.get("peak_step"),
        lr_phase=finding.get("lr_phase"),
        cause=finding.get("cause"),
        file=_text(finding.get("file") or ""),
        line=finding.get("line"),
        detector=detector,
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
                label=item["label"],
                factor=item["factor"],
                end=item["end"],
                steps=np.array(item["steps"], dtype=np.int64),
                values=cast(FloatArray, _array(item["values"])),
            )
            for item in replay.get("arms", ())
        ),
    )


def _outcome_back(outcome: Json) -> Outcome:
    detector = outcome["detector"]
    match outcome["outcome"]:
        case "found":
            return Found(detector=detector)
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
