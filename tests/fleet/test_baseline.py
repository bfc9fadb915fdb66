"""Accepted findings are known again, only they, and only as bad as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.errors import SettingsError
from loglens.fleet.baseline import Baseline, apply_baseline, baseline_of, baseline_text, read_baseline
from loglens.model.finding import Clean, Found
from tests.fleet.comparisons import diagnosis, finding, run


def left(before: Baseline, *found: object) -> list[str]:
    one = run("a", *found)  # type: ignore[arg-type]
    return [finding.summary for finding in apply_baseline(diagnosis(one), before).runs[0].findings]


ACCEPTED = baseline_of(diagnosis(run("a", finding(300), finding(600, severity="warning"))))


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (finding(300), False),
        (finding(310, 340), False),
        (finding(335, 355), False),  # 15 steps beyond its end, within 2 % of 1,000
        (finding(350, 370), True),
        (finding(300, severity="info"), False),
        (finding(600, severity="warning"), False),
        (finding(600, severity="critical"), True),
        (finding(300, kind="divergence"), True),
        (finding(300, series="aux"), True),
    ],
)
def test_what_is_accepted(found: object, kept: bool) -> None:
    assert bool(left(ACCEPTED, found)) is kept


def test_a_second_spike_beside_an_accepted_one_is_new() -> None:
    assert left(ACCEPTED, finding(300), finding(312)) == ["loss_spike at 312"]


def test_another_run_is_not_covered_unless_the_entry_says_any() -> None:
    one = diagnosis(run("b", finding(300)))
    assert apply_baseline(one, ACCEPTED).runs[0].findings
    anywhere = Baseline(accepted=tuple(replace(entry, run="*") for entry in ACCEPTED.accepted))
    assert not apply_baseline(one, anywhere).runs[0].findings


def test_what_is_left_out_is_noted_and_the_verdict_follows() -> None:
    sick = run("a", finding(300), finding(700, severity="warning"))
    after = apply_baseline(diagnosis(sick), replace(ACCEPTED, path="baseline.json")).runs[0]
    assert (sick.verdict, after.verdict) == ("critical", "warning")
    assert after.notes[-1].message == "accepted: loss_spike at steps 300 to 320"
    assert after.notes[-1].path == "baseline.json"
    assert after.outcomes == (Found(detector="any"),)
    assert after.causes == sick.causes
    clean = apply_baseline(diagnosis(run("a", finding(300))), ACCEPTED).runs[0]
    assert clean.verdict == "healthy"
    assert clean.outcomes == (Clean(detector="any"),)


def test_a_verdict_milder_than_its_findings_does_not_rise() -> None:
    mild = replace(run("a", finding(300), finding(700)), verdict="healthy")
    assert apply_baseline(diagnosis(mild), ACCEPTED).runs[0].verdict == "healthy"


def test_nothing_accepted_changes_nothing() -> None:
    one = diagnosis(run("a", finding(300)))
    assert apply_baseline(one, Baseline()).runs[0] is one.runs[0]


@given(st.lists(st.integers(0, 950), max_size=12, unique=True))
def test_writing_and_reading_a_baseline_accepts_exactly_what_was_found(starts: list[int]) -> None:
    one = diagnosis(run("a", *(finding(start) for start in starts), points=1000))
    document = json.loads(baseline_text(baseline_of(one)))
    assert [entry["steps"]["start"] for entry in document["accepted"]] == sorted(starts)
    assert not apply_baseline(one, baseline_of(one)).runs[0].findings


def test_a_file_goes_round_and_keeps_reasons(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    name = b"caf\xe9".decode("utf-8", errors="surrogateescape")
    one = diagnosis(run(name, finding(300)))
    document = json.loads(baseline_text(baseline_of(one)))
    document["accepted"][0]["reason"] = "known bad shard"
    path.write_text(json.dumps(document), encoding="utf-8")
    read = read_baseline(path)
    assert not apply_baseline(one, read).runs[0].findings
    again = baseline_of(diagnosis(run(name, finding(304), finding(700))), keep=read)
    assert [entry.reason for entry in again.accepted] == ["known bad shard", ""]


UNKNOWN_KIND = """{"schema": "loglens-baseline-1", "accepted": [
    {"run": "a", "kind": "x", "series": "l", "severity": "info", "steps": {"start": 1, "end": 2}}
]}"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no JSON"),
        ("[]", "no baseline"),
        ('{"schema": "other"}', "no baseline"),
        ('{"schema": "loglens-baseline-1"}', "no list 'accepted'"),
        ('{"schema": "loglens-baseline-1", "accepted": [3]}', r"accepted\[0\] is damaged"),
        ('{"schema": "loglens-baseline-1", "accepted": [{"run": "a"}]}', r"accepted\[0\] is damaged"),
        (UNKNOWN_KIND, "does not exist"),
    ],
)
def test_a_damaged_file_is_named_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said) as caught:
        read_baseline(path)
    assert str(path) in str(caught.value)
