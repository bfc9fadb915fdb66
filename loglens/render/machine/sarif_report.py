"""SARIF 2.1.0: findings as results of a static analysis, for GitHub's and GitLab's security views and for editors.

A result points at the log file, at the line of its peak or beginning where the log has lines and that one is known (at
line 1 where not), and carries its steps as properties. Paths are relative to the repository. GitHub takes 25,000
results a run and shows 5,000: the worst are kept, and how many were left out is a notification.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.finding import SEVERITIES, Finding, Severity
from loglens.model.run import Problem
from loglens.render import numbers, words
from loglens.render.base import RendererMeta
from loglens.render.machine.json_report import dump
from loglens.render.printable import printable
from loglens.render.unjudged import unjudged

Json = dict[str, Any]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 25_000
LEVELS: dict[Severity, str] = {"info": "note", "warning": "warning", "critical": "error"}
LEAD = re.compile(r"^([A-Z][^.:]{2,40}[.:]) ")
"""How a paragraph of a page begins: `What it is.`, `Stays silent when.`"""
SENTENCE = 1000
NAME = 200


class SarifReport:
    """`most`: results beyond which the least bad are left out. `pages`: kind -> what `loglens explain` says, shown as
    the rule's help. `below`: where in the repository the paths of the diagnosis begin ('' at its root)."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="sarif", title="SARIF 2.1.0 for code scanning", suffix=".sarif")

    def __init__(self, *, most: int = MOST_RESULTS, pages: Mapping[str, str] | None = None, below: str = "") -> None:
        self.most = most
        self.pages = pages or {}
        self.below = below

    def render(self, diagnosis: Diagnosis) -> str:
        found = [
            (run, finding, number)
            for run in diagnosis.runs
            for finding, number in zip(run.findings, _numbered(run.findings), strict=True)
        ]
        worst = sorted(found, key=lambda entry: (-SEVERITIES.index(entry[1].severity), -entry[1].score))
        kept = worst[: self.most]
        kinds = sorted({finding.kind for _, finding, _ in kept})
        notes = _notifications(diagnosis, left_out=len(worst) - len(kept), below=self.below)
        run: Json = {
            "tool": {
                "driver": {
                    "name": "LogLens",
                    "semanticVersion": diagnosis.version or "0.0.0",
                    "rules": [_rule(kind, self.pages.get(kind, "")) for kind in kinds],
                }
            },
            "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
            "columnKind": "utf16CodeUnits",
            "results": [_result(*item, kinds.index(item[1].kind), self.below) for item in kept],
        }
        return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _numbered(findings: tuple[Finding, ...]) -> list[int]:
    """Which of its kind and series each finding is, in order of steps: it stays when a step moves a little."""
    order = sorted(range(len(findings)), key=lambda at: (findings[at].steps.start, findings[at].steps.end))
    seen: dict[tuple[str, str], int] = {}
    numbers_of = [0] * len(findings)
    for at in order:
        key = (findings[at].kind, findings[at].series)
        seen[key] = numbers_of[at] = seen.get(key, 0) + 1
    return numbers_of


def _rule(kind: str, page: str) -> Json:
    title = words.kind_title(kind)
    text = page or f"loglens explain {kind}"
    return {
        "id": kind,
        "name": "".join(part.capitalize() for part in kind.split("_")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{title}: `loglens explain {kind}` says what it means and how it is decided."},
        "help": {"text": text, "markdown": _page_markdown(kind, page)},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["training", "learning-rate"]},
    }


def _page_markdown(kind: str, page: str) -> str:
    """The page with its first line as a heading and the first words of each paragraph in bold."""
    if not page:
        return f"`loglens explain {kind}` says what it means, how it is decided and what to try."
    first, *rest = page.split("\n\n")
    said = [LEAD.sub(r"**\1** ", part.replace("\n", " ")) for part in rest]
    return "\n\n".join([f"## {first.rstrip('.')}", *said])


def _result(run: RunDiagnosis, finding: Finding, number: int, rule: int, below: str) -> Json:
    advice = words.to_do(run)
    name = printable(words.run_name(run), NAME)
    file = finding.file or (run.files[0] if run.files else run.source or run.run)
    place: Json = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(file, below)},
            "region": {"startLine": finding.line or 1},
        }
    }
    place["logicalLocations"] = [
        {"name": printable(finding.series, NAME), "fullyQualifiedName": f"{name}/{printable(finding.series, NAME)}"}
    ]
    cause = f"{words.cause_title(run.cause.cause)} ({numbers.percent(run.cause.probability)})"
    text = (
        f"{printable(words.on_axis(finding.summary, run.x_axis), SENTENCE)} "
        f"({name}, {words.on_axis(numbers.steps(finding.steps), run.x_axis)}) "
        f"Cause: {cause}. Advice: {advice}."
    )
    return {
        "ruleId": finding.kind,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [place],
        "partialFingerprints": {"loglensFinding/v1": _fingerprint(run, finding, number)},
        "rank": round(100 * finding.score, 3),
        "properties": {
            "run": run.run,
            "series": finding.series,
            "severity": finding.severity,
            "score": finding.score,
            "confidence": finding.confidence,
            "startStep": finding.steps.start,
            "endStep": finding.steps.end,
            "peakStep": finding.peak_step,
            "cause": finding.cause or run.cause.cause,
        },
    }


def _fingerprint(run: RunDiagnosis, finding: Finding, number: int) -> str:
    said = "\0".join((run.run, finding.kind, finding.series, str(number)))
    return hashlib.sha256(_bytes_of(said)).hexdigest()[:32]


def _bytes_of(path: str) -> bytes:
    """The bytes a name has on the disk; of half a surrogate that stands for none, its code."""
    try:
        return path.encode("utf-8", errors="surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", errors="surrogatepass")


def _uri(path: str, below: str) -> str:
    """A path as a reference relative to the repository; one that is absolute as a file URI. Bytes that are no UTF-8
    are percent-encoded like others."""
    path = path.replace("\\", "/")
    if below and not path.startswith("/"):
        path = posixpath.normpath(f"{below}/{path}")
    quoted = quote(_bytes_of(path), safe="/")
    return f"file://{quoted}" if path.startswith("/") else quoted or "."


def _notifications(diagnosis: Diagnosis, *, left_out: int, below: str) -> list[Json]:
    """What could not be read or judged, and what was left out: nothing is silent."""
    notes = [_problem(problem, below) for problem in diagnosis.problems]
    for silent in unjudged(diagnosis.runs):
        level = "error" if silent.failed else "note"
        runs = numbers.counted(silent.runs, "run")
        text = f"{words.detector_title(silent.detector)} was not judged in {runs}: {silent.said(SENTENCE)}"
        notes.append({"level": level, "message": {"text": text}})
    if left_out:
        text = f"{numbers.counted(left_out, 'result')} left out to stay within the limit of GitHub code scanning."
        notes.append({"level": "warning", "message": {"text": text}})
    return notes


def _problem(problem: Problem, below: str) -> Json:
    place: Json = {"physicalLocation": {"artifactLocation": {"uri": _uri(problem.path, below)}}}
    if problem.offset is not None and problem.offset >= 0:
        place["physicalLocation"]["region"] = {"byteOffset": problem.offset}
    text = f"{printable(problem.path, NAME)}: {printable(problem.message, SENTENCE)}"
    return {"level": "warning", "message": {"text": text}, "locations": [place]}
