"""`baseline.json`: findings that were looked at and accepted, so that only new ones fail a build.

A finding is recognised by run, kind, role of its series and place in steps (see `matching.py`), not by an exact step:
another machine, another seed or a longer run moves it a little. One that became more severe is not the accepted one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from loglens.errors import SettingsError
from loglens.fleet.matching import FindingMark, marks, pair_up, slack
from loglens.model.diagnosis import Diagnosis, RunDiagnosis, Verdict
from loglens.model.finding import SEVERITIES, Clean, Finding, Found
from loglens.model.kinds import FindingKind
from loglens.model.run import Note, StepSpan

SCHEMA = "loglens-baseline-1"
ANY_RUN = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """`run`: its name, or '*' for any. `summary`, `reason`: for the reader; `reason` is the user's to write."""

    run: str
    mark: FindingMark
    summary: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    accepted: tuple[Accepted, ...] = ()
    path: str = ""

    def covers(self, run: RunDiagnosis) -> frozenset[int]:
        """Which of the run's findings (their indices) are accepted; each entry accepts at most one."""
        found = marks(run)
        own = [item.mark for item in self.accepted if item.run in (run.run, ANY_RUN)]
        paired = pair_up(own, found, slack(run))
        rank = SEVERITIES.index
        return frozenset(at for at, was in paired.items() if rank(found[at].severity) <= rank(own[was].severity))


def apply_baseline(diagnosis: Diagnosis, baseline: Baseline) -> Diagnosis:
    """`diagnosis` without the accepted findings: what a gate looks at.

    A run's verdict is at most as bad as what is left of it, and a note names each finding that was left out. Causes and
    advice stay: they are what the log says, whoever accepted it.
    """
    return replace(diagnosis, runs=tuple(_without(run, baseline.covers(run), baseline.path) for run in diagnosis.runs))


def _without(run: RunDiagnosis, covered: frozenset[int], path: str) -> RunDiagnosis:
    if not covered:
        return run
    left = tuple(finding for at, finding in enumerate(run.findings) if at not in covered)
    owners = {item.detector for item in left}
    notes = tuple(
        Note(
            kind="info",
            message=f"accepted: {finding.kind} at steps {finding.steps.start} to {finding.steps.end}",
            path=path,
            series=finding.series,
        )
        for at, finding in enumerate(run.findings)
        if at in covered
    )
    return replace(
        run,
        findings=left,
        verdict=_milder(run.verdict, left),
        outcomes=tuple(
            Clean(detector=outcome.detector)
            if isinstance(outcome, Found) and outcome.detector not in owners
            else outcome
            for outcome in run.outcomes
        ),
        notes=(*run.notes, *notes),
    )


def _milder(verdict: Verdict, left: tuple[Finding, ...]) -> Verdict:
    """The worst that is left, never worse than the verdict was."""
    order: tuple[Verdict, ...] = ("healthy", "warning", "critical")
    worst = max((SEVERITIES.index(item.severity) for item in left), default=0)
    return order[min(order.index(verdict), worst)]


def baseline_of(diagnosis: Diagnosis, *, keep: Baseline | None = None) -> Baseline:
    """A baseline that accepts everything found in `diagnosis`. Reasons that `keep` gives for findings that are still
    there are taken over."""
    accepted = []
    for run in diagnosis.runs:
        old = [item for item in keep.accepted if item.run in (run.run, ANY_RUN)] if keep is not None else []
        found = marks(run)
        paired = pair_up([item.mark for item in old], found, slack(run))
        for at, (mark, finding) in enumerate(zip(found, run.findings, strict=True)):
            reason = old[paired[at]].reason if at in paired else ""
            accepted.append(Accepted(run=run.run, mark=mark, summary=finding.summary, reason=reason))
    return Baseline(accepted=tuple(accepted))


def baseline_text(baseline: Baseline) -> str:
    """The file's contents: sorted, one entry a finding, so that a change of it can be reviewed."""
    entries = [
        {
            "run": item.run,
            "kind": item.mark.kind,
            "series": item.mark.place,
            "severity": item.mark.severity,
            "steps": {"start": item.mark.span.start, "end": item.mark.span.end},
            "summary": item.summary,
            "reason": item.reason,
        }
        for item in sorted(
            baseline.accepted,
            key=lambda accepted: (accepted.run, accepted.mark.kind, accepted.mark.span.start, accepted.mark.place),
        )
    ]
    text = json.dumps({"schema": SCHEMA, "accepted": entries}, ensure_ascii=False, indent=2)
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8") + "\n"


def read_baseline(path: Path) -> Baseline:
    """The baseline in that file. SettingsError, with the file and the entry, where it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise SettingsError(f"{path} is nested too deeply to be a baseline: {HINT}") from error
    except ValueError as error:
        raise SettingsError(f"{path} is no JSON ({error}): {HINT}") from error
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise SettingsError(f"{path} is no baseline (no schema {SCHEMA!r}): {HINT}")
    entries = document.get("accepted")
    if not isinstance(entries, list):
        raise SettingsError(f"{path} has no list 'accepted': {HINT}")
    return Baseline(accepted=tuple(_accepted(entry, path, at) for at, entry in enumerate(entries)), path=str(path))


HINT = "write one with --write-baseline"


def _accepted(entry: Any, path: Path, at: int) -> Accepted:
    try:
        if not isinstance(entry, Mapping):
            raise TypeError("not an object")
        span = StepSpan(start=int(entry["steps"]["start"]), end=int(entry["steps"]["end"]))
        mark = FindingMark(kind=entry["kind"], place=str(entry["series"]), span=span, severity=entry["severity"])
        if mark.kind not in get_args(FindingKind) or mark.severity not in SEVERITIES:
            raise ValueError(f"kind {mark.kind!r} or severity {mark.severity!r} does not exist")
        return Accepted(
            run=str(entry["run"]),
            mark=mark,
            summary=str(entry.get("summary", "")),
            reason=str(entry.get("reason", "")),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SettingsError(f"{path}: accepted[{at}] is damaged ({type(error).__name__}: {error}); {HINT}") from error
