"""JUnit XML: every check of every run as a test case, for the test views of CI systems.

A finding at or above `fail_on` fails its check; below that it is in the check's output. A check that could not be made
is skipped with the reason, one that broke is an error, and so is a log that could not be read.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import ClassVar

from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.finding import SEVERITIES, Broke, Clean, Finding, Found, NotApplicable, Outcome, Severity
from loglens.model.run import Problem
from loglens.render import numbers, words
from loglens.render.base import RendererMeta
from loglens.render.printable import shortened

# XML 1.0 has no way to write these, not even escaped
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
REPLACEMENT = "\ufffd"
LONGEST = 2000
SURE_ENOUGH = 0.5
"""Findings that are less sure than this fail nothing, as in the exit code."""


class JunitReport:
    """`fail_on`: the severity from which a finding fails its check; None lets none fail."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="junit", title="JUnit XML for CI test views", suffix=".xml")

    def __init__(self, *, fail_on: Severity | None = "critical") -> None:
        self.bar = len(SEVERITIES) if fail_on is None else SEVERITIES.index(fail_on)

    def render(self, diagnosis: Diagnosis) -> str:
        suites = [self._suite(run) for run in diagnosis.runs]
        if diagnosis.problems:
            suites.append(_problem_suite(diagnosis.problems))
        root = ET.Element("testsuites", {"name": "loglens"} | _totals(suites))
        root.extend(suites)
        ET.indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"

    def _suite(self, run: RunDiagnosis) -> ET.Element:
        name = legal(words.run_name(run))
        cases = [self._case(name, outcome, run.found_by(outcome.detector), run.x_axis) for outcome in run.outcomes]
        cases += [self._case(name, Found(detector=kind), found, run.x_axis) for kind, found in _loose(run).items()]
        suite = ET.Element("testsuite", {"name": name} | _counts(cases))
        properties = ET.SubElement(suite, "properties")
        for key, value in _properties(run).items():
            ET.SubElement(properties, "property", {"name": key, "value": legal(value)})
        suite.extend(cases)
        ET.SubElement(suite, "system-out").text = legal(_advice(run))
        return suite

    def _case(self, run: str, outcome: Outcome, findings: tuple[Finding, ...], x_axis: str) -> ET.Element:
        case = ET.Element(
            "testcase", {"classname": run, "name": legal(words.detector_title(outcome.detector)), "time": "0"}
        )
        match outcome:
            case Found():
                self._found(case, findings, x_axis)
            case NotApplicable(reason=reason):
                ET.SubElement(case, "skipped", {"message": legal(reason)})
            case Broke(error=error):
                ET.SubElement(case, "error", {"message": legal(error), "type": "loglens"}).text = legal(
                    f"The check failed, a bug in LogLens: {error}"
                )
            case Clean():
                pass
        return case

    def _found(self, case: ET.Element, findings: tuple[Finding, ...], x_axis: str) -> None:
        failing = [finding for finding in findings if self._fails(finding)]
        if failing:
            # one failure a case, as the schema wants it: the first message, all of them in the text
            failure = ET.SubElement(
                case, "failure", {"message": legal(_line(failing[0], x_axis)), "type": failing[0].severity}
            )
            failure.text = legal("\n".join(_line(item, x_axis) for item in failing))
        passing = [finding for finding in findings if not self._fails(finding)]
        if passing:
            ET.SubElement(case, "system-out").text = legal("\n".join(_line(item, x_axis) for item in passing))

    def _fails(self, finding: Finding) -> bool:
        return SEVERITIES.index(finding.severity) >= self.bar and finding.confidence >= SURE_ENOUGH


def _loose(run: RunDiagnosis) -> dict[str, tuple[Finding, ...]]:
    """The findings that no outcome holds (a document of another tool need not have outcomes), by their kind."""
    held = {outcome.detector for outcome in run.outcomes if isinstance(outcome, Found)}
    loose: dict[str, tuple[Finding, ...]] = {}
    for finding in run.findings:
        if finding.detector not in held:
            loose[finding.kind] = (*loose.get(finding.kind, ()), finding)
    return loose


def legal(text: str) -> str:
    """`text` with what XML cannot hold replaced, and the middle left out where it is endless."""
    return shortened(ILLEGAL.sub(REPLACEMENT, text), LONGEST)


def _line(finding: Finding, x_axis: str) -> str:
    where, said = (words.on_axis(text, x_axis) for text in (numbers.steps(finding.steps), finding.summary))
    return f"{words.severity(finding.severity)}, {where} of {finding.series}: {said}"


def _properties(run: RunDiagnosis) -> dict[str, str]:
    return {
        "verdict": run.verdict,
        "cause": run.cause.cause,
        "probability": f"{run.cause.probability:.3f}",
        "action": run.recommendation.action,
        "format": run.format,
        "source": run.source,
    }


def _advice(run: RunDiagnosis) -> str:
    cause = f"{words.cause_title(run.cause.cause)} ({numbers.percent(run.cause.probability)})"
    return "\n".join([cause, *words.reasons(run), words.to_do(run), words.why(run)])


def _problem_suite(problems: tuple[Problem, ...]) -> ET.Element:
    cases = []
    for problem in problems:
        place = "" if problem.offset is None else f" (at {problem.offset})"
        case = ET.Element("testcase", {"classname": "problems", "name": legal(problem.path), "time": "0"})
        ET.SubElement(case, "error", {"message": legal(problem.message + place), "type": "unreadable"})
        cases.append(case)
    suite = ET.Element("testsuite", {"name": "problems"} | _counts(cases))
    suite.extend(cases)
    return suite


def _counts(cases: list[ET.Element]) -> dict[str, str]:
    counted = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    return {
        "tests": str(len(cases)),
        "failures": str(counted["failure"]),
        "errors": str(counted["error"]),
        "skipped": str(counted["skipped"]),
        "time": "0",
    }


def _totals(suites: list[ET.Element]) -> dict[str, str]:
    return {
        name: str(sum(int(suite.attrib[name]) for suite in suites))
        for name in ("tests", "failures", "errors", "skipped")
    } | {"time": "0"}
