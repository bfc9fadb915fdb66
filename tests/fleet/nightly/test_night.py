"""A night after another: what changed is judged, what did not is left, and each finding is told once as new."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loglens.cli.group import EXIT_FINDINGS, EXIT_USAGE, cli
from loglens.errors import SettingsError
from loglens.fleet.nightly.night import Plan, night
from loglens.fleet.nightly.report import Report
from loglens.model.settings import Options
from loglens.parallel import Workers
from tests.benchmarks.many_runs import write

NOW = 1_800_000_000.0


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Eight runs of a sweep: two with a rate of 3e-2 or 1e-2 are sick."""
    for number in range(8):
        write(tmp_path / "runs", number, 400)
    return tmp_path / "runs"


def go(root: Path, out: Path, **changes: Any) -> Report:
    said: list[str] = []
    plan = Plan(
        root=root,
        out=out,
        options=changes.pop("options", Options()),
        workers=changes.pop("workers", Workers(jobs=2, backend="threading")),
        now=changes.pop("now", lambda: NOW),
        **changes,
    )
    return night(plan, say=said.append)


def statuses(report: Report) -> dict[str, str]:
    return {one["id"]: one["status"] for one in report.findings}


def pages(out: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in (out / "runs").glob("*.html")}


def test_the_second_night_judges_nothing_and_calls_nothing_new(runs: Path, tmp_path: Path) -> None:
    first = go(runs, tmp_path / "out")
    assert first.counts["runs"] == 8
    assert set(statuses(first).values()) == {"new"}
    before = pages(tmp_path / "out")
    second = go(runs, tmp_path / "out")
    assert pages(tmp_path / "out") == before
    assert second.night == 2
    assert statuses(second) == dict.fromkeys(statuses(first), "standing")
    assert second.new_critical == 0 < first.new_critical


def test_only_what_grew_is_judged_again_and_its_findings_keep_their_ids(runs: Path, tmp_path: Path) -> None:
    first = go(runs, tmp_path / "out")
    before = pages(tmp_path / "out")
    write(runs, 6, 460)
    second = go(runs, tmp_path / "out")
    touched = [name for name, when in pages(tmp_path / "out").items() if before.get(name) != when]
    assert touched == [name for name in before if "run00006" in name]
    still = {one["id"] for one in first.findings if one["severity"] == "critical" and "run00006" in one["run"]}
    assert still
    assert {statuses(second)[one] for one in still} == {"standing"}


def test_a_run_that_was_mended_is_fixed_once(runs: Path, tmp_path: Path) -> None:
    first = go(runs, tmp_path / "out")
    sick = next(iter(runs.rglob("*run00006")))
    healthy = next(iter(runs.rglob("*run00003")))
    shutil.copy(healthy / "metrics.csv", sick / "metrics.csv")
    second = go(runs, tmp_path / "out")
    gone = [one for one in second.findings if one["status"] == "fixed"]
    assert gone
    assert {one["run"] for one in gone} == {"sweep-000/lr0.03-run00006"}
    assert second.counts["critical"] < first.counts["critical"]
    third = go(runs, tmp_path / "out")
    assert [one for one in third.findings if one["status"] == "fixed"] == []


def test_what_comes_back_is_new_again_under_its_old_id(runs: Path, tmp_path: Path) -> None:
    first = go(runs, tmp_path / "out")
    log = next(iter(runs.rglob("*run00006"))) / "metrics.csv"
    sick = log.read_bytes()
    shutil.copy(next(iter(runs.rglob("*run00003"))) / "metrics.csv", log)
    go(runs, tmp_path / "out")
    log.write_bytes(sick)
    third = go(runs, tmp_path / "out")
    mine = {one["id"] for one in first.findings if "run00006" in one["run"] and one["severity"] == "critical"}
    assert mine
    assert {statuses(third)[one] for one in mine} == {"new"}


def test_other_settings_judge_everything_again(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    before = pages(tmp_path / "out")
    go(runs, tmp_path / "out", options=Options(disabled=("loss_spike",)))
    assert all(when != before[name] for name, when in pages(tmp_path / "out").items())


def test_a_touched_or_copied_log_is_not_judged_again(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    before = pages(tmp_path / "out")
    for log in runs.rglob("*.csv"):
        data = log.read_bytes()
        log.unlink()
        log.write_bytes(data)
    go(runs, tmp_path / "out")
    assert pages(tmp_path / "out") == before


def test_runs_are_grouped_by_cause_with_what_sets_them_apart(tmp_path: Path) -> None:
    for number in range(28):
        write(tmp_path / "runs", number, 600)
    report = go(tmp_path / "runs", tmp_path / "out")
    shared = {one.shared for one in report.index.groups if one.verdict == "critical"}
    assert any(one.startswith("peak LR") and "0.0297" in one for one in shared), report.index.groups


def test_a_spike_that_a_sweep_shares_is_told_once(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path / "runs", number, 1500)
    report = go(tmp_path / "runs", tmp_path / "out")
    (sweep,) = report.index.sweeps
    assert any("about step 700" in note for note in sweep.notes), sweep.notes
    assert sweep.best is not None


def test_a_log_that_cannot_be_read_is_counted_and_told(runs: Path, tmp_path: Path) -> None:
    bad = runs / "sweep-000" / "broken"
    bad.mkdir()
    (bad / "events.out.tfevents.1.host").write_bytes(b"\0" * 3 + os.urandom(50))
    report = go(runs, tmp_path / "out")
    assert report.counts["unreadable"] == 1
    assert report.index.problems[0].path.startswith("sweep-000/broken")
    assert "1 place unreadable" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_what_is_gone_is_dropped_and_not_called_fixed(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    shutil.rmtree(next(iter(runs.rglob("*run00006"))))
    report = go(runs, tmp_path / "out")
    assert report.counts["runs"] == 7
    assert report.counts["fixed"] == 0


def test_the_outputs_are_whole_and_agree(runs: Path, tmp_path: Path) -> None:
    report = go(runs, tmp_path / "out")
    document = json.loads((tmp_path / "out" / "nightly.json").read_text(encoding="utf-8"))
    assert document["schema"] == "loglens-nightly-1"
    assert len(document["runs"]) == report.counts["runs"] == 8
    assert all((tmp_path / "out" / one["page"]).is_file() for one in document["runs"])
    page = (tmp_path / "out" / document["runs"][0]["page"]).read_text(encoding="utf-8")
    assert 'href="../index.html#q=sweep-000">Runs beside it' in page
    prometheus = (tmp_path / "out" / "loglens.prom").read_text(encoding="utf-8")
    assert f'loglens_runs{{verdict="critical"}} {document["counts"]["critical"]}' in prometheus


def test_the_command_fails_on_new_criticals_only(runs: Path, tmp_path: Path) -> None:
    arguments = ["nightly", str(runs), "--out", str(tmp_path / "out"), "--backend", "threading"]
    runner = CliRunner()
    assert runner.invoke(cli, arguments, standalone_mode=False).return_value == EXIT_FINDINGS
    assert runner.invoke(cli, arguments, standalone_mode=False).return_value == 0


@pytest.mark.parametrize("there", [True, False])
def test_a_root_that_is_missing_or_empty_is_a_sentence(tmp_path: Path, there: bool) -> None:
    root = tmp_path / "nothing"
    if there:
        root.mkdir()
    with pytest.raises(SettingsError, match="give the folder that your runs lie in"):
        go(root, tmp_path / "out")


def test_an_emptied_root_loses_nothing(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    runs.rename(tmp_path / "elsewhere")
    runs.mkdir()
    with pytest.raises(SettingsError):
        go(runs, tmp_path / "out")
    runs.rmdir()
    (tmp_path / "elsewhere").rename(runs)
    before = pages(tmp_path / "out")
    assert go(runs, tmp_path / "out").counts["new"] == 0
    assert pages(tmp_path / "out") == before


def test_a_site_below_the_root_is_not_read_as_logs(runs: Path) -> None:
    go(runs, runs / "site")
    assert go(runs, runs / "site").counts["runs"] == 8


@pytest.mark.skipif(os.name == "nt", reason="names of bytes are a matter of POSIX")
def test_odd_names_are_names_like_any_other(runs: Path, tmp_path: Path) -> None:
    log = next(iter(runs.rglob("*run00006"))) / "metrics.csv"
    odd = (
        "emoji 🚀 run",
        "a\nb",
        "<script>alert(1)",
        "-rf",
        "x" * 200,
        "quote'\" & %2f #q",
        os.fsdecode(b"bad\xff"),
    )
    for name in odd:
        (runs / name).mkdir(parents=True)
        shutil.copy(log, runs / name / "metrics.csv")
    (runs / os.fsdecode(b"empty\xfe.csv")).touch()
    first = go(runs, tmp_path / "out")
    assert first.counts["runs"] == 8 + len(odd)
    assert "<script>alert(1)" not in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    before = pages(tmp_path / "out")
    second = go(runs, tmp_path / "out")
    assert (second.counts["new"], pages(tmp_path / "out")) == (0, before)


def test_usage_errors_are_exit_2(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["nightly", str(tmp_path / "no"), "--out", str(tmp_path / "out")])
    assert done.exit_code == EXIT_USAGE
