"""`loglens compare` and `loglens render` as a user meets them: files in, exit codes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loglens.cli.group import cli
from loglens.render.machine.json_report import JsonReport
from tests import diagnoses
from tests.fleet.comparisons import diagnosis, finding, run


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with base.json (clean), head.json (a new critical finding) and worse.json (a loss that rose)."""
    for name, one in {
        "base": run("a", val=1.0),
        "head": run("a", finding(300), val=1.0, seed=1),
        "worse": run("a", val=2.0, seed=1),
    }.items():
        (tmp_path / f"{name}.json").write_text(JsonReport().render(diagnosis(one)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def loglens(*args: str) -> Result:
    return CliRunner().invoke(cli, args)


@pytest.mark.usefixtures("saved")
@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("base.json", "head.json"), 1),
        (("base.json", "head.json", "--exit-zero"), 0),
        (("base.json", "head.json", "--fail-on", "never"), 0),
        (("base.json", "head.json", "--fail-on", "regression"), 0),
        (("base.json", "worse.json"), 1),
        (("base.json", "worse.json", "--fail-on", "new-critical"), 0),
        (("base.json", "worse.json", "--fail-on", "val-regression"), 1),
        (("base.json", "worse.json", "--fail-on", "regression"), 1),
        (("base.json", "worse.json", "--fail-on", "new-warning", "--fail-on", "regression"), 1),
        (("head.json", "head.json"), 0),
        (("head.json", "base.json"), 0),
        (("base.json", "missing.json"), 2),
        (("base.json", "head.json", "--pair", "x"), 2),
        (("base.json", "head.json", "--pair", "x=y"), 2),
        (("base.json", "head.json", "--fail-on", "nonsense"), 2),
        (("base.json",), 2),
    ],
)
def test_exit_codes(args: tuple[str, ...], code: int) -> None:
    result = loglens("compare", *args)
    assert result.exit_code == code, result.output
    if code == 2:
        assert "Traceback" not in result.output


def test_json_goes_to_stdout_and_markdown_to_a_file(saved: Path) -> None:
    document = json.loads(loglens("compare", "base.json", "head.json", "--format", "json").stdout)
    assert document["counts"]["new"] == 1
    result = loglens("compare", "base.json", "head.json", "-f", "markdown", "-o", "out/comment.md", "--key", "nightly")
    assert result.stdout == ""
    assert (saved / "out/comment.md").read_text(encoding="utf-8").startswith("<!-- loglens:nightly -->\n")


@pytest.mark.usefixtures("saved")
def test_a_baseline_is_written_and_then_accepts() -> None:
    written = loglens("compare", "base.json", "head.json", "--write-baseline", "baseline.json")
    assert written.exit_code == 0
    assert "1 finding accepted in baseline.json" in written.output
    passed = loglens("compare", "base.json", "head.json", "--baseline", "baseline.json")
    assert passed.exit_code == 0
    assert "accepted" in passed.stdout


def test_a_damaged_baseline_is_bad_usage(saved: Path) -> None:
    (saved / "bad.json").write_text("{}", encoding="utf-8")
    result = loglens("compare", "base.json", "head.json", "--baseline", "bad.json")
    assert result.exit_code == 2
    assert "bad.json is no baseline" in result.output


def test_the_job_summary_is_appended_to(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = saved / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    loglens("compare", "base.json", "head.json", "--github-summary")
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- loglens:compare -->")
    assert "Gate failed" in text


@pytest.mark.usefixtures("saved")
def test_without_a_job_summary_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    result = loglens("compare", "base.json", "base.json", "--github-summary")
    assert result.exit_code == 0
    assert "GITHUB_STEP_SUMMARY is not set" in result.stderr


def test_logs_are_compared_as_they_are(saved: Path) -> None:
    for name, level in (("one", 1.0), ("two", 2.0)):
        one = run("x", level=level, noise=0.05)
        loss = one.curves[0]
        rows = "\n".join(f"{step},{value}" for step, value in zip(loss.steps, loss.values, strict=True))
        (saved / f"{name}.csv").write_text(f"step,loss\n{rows}\n", encoding="utf-8")
    result = loglens("compare", "one.csv", "two.csv", "--format", "json", "--fail-on", "regression")
    assert result.exit_code == 1, result.output
    (pair,) = json.loads(result.stdout)["runs"]
    (metric,) = [one for one in pair["metrics"] if one["metric"] == "train_loss"]
    assert metric["before"] == pytest.approx(1.0, abs=0.05)
    assert metric["after"] == pytest.approx(2.0, abs=0.05)


def test_diagnose_takes_a_baseline_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loss = run("x", noise=0.02, ends_nan=True).curves[0]
    rows = "\n".join(f"{step},{value}" for step, value in zip(loss.steps, loss.values, strict=True))
    Path("log.csv").write_text(f"step,loss\n{rows}\n", encoding="utf-8")
    assert loglens("diagnose", "log.csv", "-f", "json").exit_code == 1
    written = loglens("diagnose", "log.csv", "-f", "json", "--write-baseline", "baseline.json")
    assert written.exit_code == 0
    assert "accepted in baseline.json" in written.stderr
    passed = loglens("diagnose", "log.csv", "-f", "json", "--baseline", "baseline.json")
    assert passed.exit_code == 0
    assert "accepted in baseline.json, not counted" in passed.stderr
    assert 'failures="0"' in loglens("diagnose", "log.csv", "-f", "junit", "--baseline", "baseline.json").stdout


@pytest.mark.parametrize("format_", ["text", "html", "json", "markdown", "junit", "sarif"])
def test_render_draws_every_format_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.json").write_text(JsonReport().render(diagnoses.diagnosis()), encoding="utf-8")
    assert loglens("render", "d.json", "-f", format_, "-o", "out").exit_code == 0
    assert "bert-base" in Path("out").read_text(encoding="utf-8")


@pytest.mark.usefixtures("saved")
def test_junit_fails_on_what_the_gate_fails_on() -> None:
    assert 'failures="1"' in loglens("render", "head.json", "-f", "junit").stdout
    assert 'failures="0"' in loglens("render", "head.json", "-f", "junit", "--fail-on", "never").stdout
    loglens("compare", "base.json", "head.json", "--write-baseline", "baseline.json")
    for format_, gone in (("junit", 'failures="0"'), ("sarif", '"results": []')):
        assert gone in loglens("render", "head.json", "-f", format_, "--baseline", "baseline.json").stdout
    assert "loss_spike at 300" in loglens("render", "head.json", "-f", "text", "--baseline", "baseline.json").stdout


def test_render_of_json_gives_the_same_json(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_text(JsonReport().render(diagnoses.diagnosis()), encoding="utf-8")
    assert loglens("render", str(path), "-f", "json", "--full-paths").stdout == path.read_text(encoding="utf-8")


def test_render_writes_the_page_where_nothing_else_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.json").write_text(JsonReport().render(diagnoses.diagnosis()), encoding="utf-8")
    result = loglens("render", "d.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert Path("loglens-report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"\xff\xfe\x00", "is no UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "has no 'schema_version'"),
        (b'{"schema_version": "9", "tool": {"name": "loglens", "version": ""}, "runs": [], "problems": []}', "'9'"),
    ],
)
def test_render_of_something_else_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "d.json"
    path.write_bytes(content)
    result = loglens("render", str(path))
    assert result.exit_code == 2
    assert said in result.output
    assert "d.json" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_render_of_nothing_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = loglens("render", name)
    assert result.exit_code == 2
    assert "cannot be read" in result.output
