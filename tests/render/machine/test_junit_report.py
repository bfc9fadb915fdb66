"""JUnit: each check a case, failures by severity, and XML that parses whatever the log holds."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from loglens.model.finding import SEVERITIES, Clean, Found, Severity
from loglens.render.machine.junit_report import JunitReport
from tests.diagnoses import diagnosis, healthy, run_diagnosis, spike
from tests.render.hostile import TEXTS, diagnosis_of


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 (made here)


def test_every_check_of_every_run_is_a_case() -> None:
    root = parsed(JunitReport().render(diagnosis()))
    suites = root.findall("testsuite")
    assert [one.get("name") for one in suites] == ["runs/bert-base", "runs/quiet", "problems"]
    assert root.attrib == {"name": "loglens", "tests": "7", "failures": "1", "errors": "2", "skipped": "1", "time": "0"}
    spikes, divergence, overfitting, periodic = suites[0].findall("testcase")
    assert "steps 300–324 of train/loss" in (spikes.findtext("failure") or "")
    assert "steps 420–444" in (spikes.findtext("system-out") or "")
    assert list(divergence) == []
    assert overfitting.find("skipped[@message='fewer than 4 validation points']") is not None
    assert periodic.find("error[@message='ValueError: made up for the test']") is not None
    assert "peak_lr 3e-3 → 8e-4" in (suites[0].findtext("system-out") or "")
    assert (
        suites[2].find("testcase/error[@message='the last record is cut; 56 of 57 points were read (at 3171)']")
        is not None
    )


@pytest.mark.parametrize("fail_on", [*SEVERITIES, None])
def test_failures_begin_at_the_severity_asked_for(fail_on: Severity | None) -> None:
    found = tuple(spike(100 * at, severity=severity) for at, severity in enumerate(SEVERITIES))
    one = replace(run_diagnosis(), findings=found, outcomes=(Found(detector="loss_spike"),))
    root = parsed(JunitReport(fail_on=fail_on).render(diagnosis(one)))
    failing = [] if fail_on is None else SEVERITIES[SEVERITIES.index(fail_on) :]
    text = root.findtext(".//failure") or ""
    assert [one for one in SEVERITIES if one.capitalize() in text] == list(failing)
    assert root.get("failures") == ("1" if failing else "0")


def test_a_finding_that_is_hardly_sure_fails_nothing() -> None:
    found = (replace(spike(), confidence=0.3),)
    one = replace(run_diagnosis(), findings=found, outcomes=(Found(detector="loss_spike"),))
    root = parsed(JunitReport().render(diagnosis(one)))
    assert root.find(".//failure") is None
    assert "The loss jumps" in (root.findtext(".//testcase/system-out") or "")


@pytest.mark.parametrize("detector", ["", "loss_spike", "nobody"])
def test_findings_no_check_owns_to_are_cases_too(detector: str) -> None:
    one = replace(healthy(), findings=(replace(spike(), detector=detector),), outcomes=(Clean(detector="loss_spike"),))
    assert parsed(JunitReport().render(diagnosis(one))).find(".//testcase[@name='Loss spike']/failure") is not None


def test_a_check_fails_by_the_severity_that_the_page_shows() -> None:
    """A finding's severity may change after its detector spoke (a lost run raises it): the gate sees the last word."""
    first, last = spike(100, severity="warning"), spike(200, severity="critical")
    one = replace(run_diagnosis(), findings=(last, first), outcomes=(Found(detector="loss_spike"),))
    failure = parsed(JunitReport(fail_on="warning").render(diagnosis(one))).find(".//failure")
    assert failure is not None
    assert failure.get("type") == "critical"


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_the_xml_parses_whatever_the_log_holds(text: str) -> None:
    written = JunitReport().render(diagnosis_of(text))
    root = parsed(written)
    assert {one.tag for one in root.iter()} <= {
        "testsuites", "testsuite", "testcase", "failure", "error", "skipped", "system-out", "properties", "property",
    }  # fmt: skip
    parsed(written.encode("utf-8").decode("utf-8"))
    assert len(written) < 200_000


def test_no_run_at_all() -> None:
    root = parsed(JunitReport().render(replace(diagnosis(), runs=())))
    assert root.get("tests") == root.get("errors") == "1"
