"""A comparison as JSON, for scripts: the same words as in the model, a number that is not finite as null."""

from __future__ import annotations

from typing import Any, ClassVar

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.documents.to_json import number
from loglens.model.finding import Finding
from loglens.model.results.comparison import Comparison, FindingChange, MetricChange, RunComparison
from loglens.render.base import RendererMeta
from loglens.render.machine.json_report import dump

Json = dict[str, Any]
SCHEMA = "loglens-comparison-1"


class CompareJson:
    meta: ClassVar[RendererMeta] = RendererMeta(id="json", title="The comparison for scripts", suffix=".json")

    def render(self, comparison: Comparison) -> str:
        return dump(comparison_document(comparison))


def comparison_document(comparison: Comparison) -> Json:
    """Plain dicts and lists, ready for `json.dumps(..., allow_nan=False)`."""
    return {
        "schema": SCHEMA,
        "tool": {"name": "loglens", "version": comparison.version},
        "base": comparison.base,
        "head": comparison.head,
        "baseline": comparison.baseline or None,
        "confidence": comparison.confidence,
        "gate": {
            "failed": comparison.gate.failed,
            "fail_on": list(comparison.gate.fail_on),
            "reasons": list(comparison.gate.reasons),
        },
        "counts": {status: comparison.count(status) for status in ("new", "worse", "standing", "fixed")},
        "runs": [_pair(pair) for pair in comparison.pairs],
        "added": [_run(item) for item in comparison.added],
        "removed": [_run(item) for item in comparison.removed],
        "findings_of_added": [_finding_change(item) for item in comparison.new],
        "problems": [
            {"side": side.lower(), "path": problem.path, "message": problem.message, "offset": problem.offset}
            for side, problem in comparison.problems
        ],
    }


def _pair(pair: RunComparison) -> Json:
    deciding = pair.deciding
    return {
        "run": pair.name,
        "base": [_run(item) for item in pair.base],
        "head": [_run(item) for item in pair.head],
        "deciding": None if deciding is None else deciding.metric,
        "metrics": [_metric(change) for change in pair.changes],
        "findings": [_finding_change(finding) for finding in pair.findings],
        "notes": list(pair.notes),
    }


def _run(run: RunDiagnosis) -> Json:
    return {
        "run": run.run,
        "verdict": run.verdict,
        "cause": run.cause.cause,
        "probability": round(run.cause.probability, 6),
        "findings": len(run.findings),
    }


def _metric(change: MetricChange) -> Json:
    said: Json = {
        "metric": change.metric,
        "before": number(change.before),
        "after": number(change.after),
        "delta": number(change.delta),
        "band": number(change.band),
        "method": change.method,
        "judgement": change.judgement,
    }
    if change.step is not None:
        said["step"] = change.step
    if change.befores or change.afters:
        said |= {
            "befores": [number(before) for before in change.befores],
            "afters": [number(after) for after in change.afters],
        }
    return said


def _finding_change(change: FindingChange) -> Json:
    return {
        "status": change.status,
        "run": change.run,
        "accepted": change.accepted,
        "before": None if change.before is None else _finding(change.before),
        "after": None if change.after is None else _finding(change.after),
    }


def _finding(finding: Finding) -> Json:
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "score": round(finding.score, 6),
        "confidence": round(finding.confidence, 6),
        "steps": {"start": finding.steps.start, "end": finding.steps.end},
        "series": finding.series,
        "summary": finding.summary,
    }
