"""One run's bug costs that run: it is named, its traceback is kept, and its neighbours are judged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from loglens import pipeline
from loglens.cli.group import EXIT_BUG, cli
from loglens.model.run import Run
from loglens.readers.runs import assemble

GOOD = Path(__file__).parent / "inputs" / "mixed_lr" / "good"


@pytest.fixture
def two_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("first", "second"):
        shutil.copytree(GOOD, tmp_path / "runs" / name)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


def broken_for(name: str) -> Callable[[Run], None]:
    def check(run: Run) -> None:
        if name in run.name or name in run.source:
            raise ZeroDivisionError(f"made up for {run.name}")

    return check


def test_a_bug_in_judging_costs_one_run(two_runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("loglens.signals.judgeable.check_judgeable", broken_for("first"))
    diagnosis = pipeline.diagnose(two_runs)
    assert [one.run for one in diagnosis.runs] == ["second"]
    (problem,) = diagnosis.problems
    assert problem.path == "first"
    assert problem.bug
    assert "ZeroDivisionError: made up for first" in problem.message
    (kept,) = (tmp_path / "tmp").iterdir()
    assert str(kept) in problem.message
    assert "_check_judgeable" in kept.read_text() or "made up" in kept.read_text()


def test_only_where_nothing_else_was_judged_it_ends_as_a_bug(two_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loglens.signals.judgeable.check_judgeable", broken_for("first"))
    assert CliRunner().invoke(cli, ["diagnose", str(two_runs), "--exit-zero"]).exit_code == 0
    done = CliRunner().invoke(cli, ["diagnose", str(two_runs / "first")])
    assert done.exit_code == EXIT_BUG
    assert "nothing to judge" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bug_in_putting_a_run_together_costs_its_folder(two_runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = assemble._run

    def broken(draft: object, name: str, duplicates: object) -> Run:
        run = whole(draft, name, duplicates)  # type: ignore[arg-type]
        broken_for("first")(run)
        return run

    monkeypatch.setattr(assemble, "_run", broken)
    diagnosis = pipeline.diagnose(two_runs)
    assert [one.run for one in diagnosis.runs] == ["second"]
    (problem,) = diagnosis.problems
    assert problem.path == "first/metrics.csv"
    assert "ZeroDivisionError" in problem.message


def test_the_same_bug_leaves_one_file(two_runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("loglens.signals.judgeable.check_judgeable", lambda _: dict[str, str]()["gone"])
    for _ in range(2):
        assert CliRunner().invoke(cli, ["diagnose", str(two_runs)]).exit_code == EXIT_BUG
    assert len(list((tmp_path / "tmp").iterdir())) == 1


def test_where_the_traceback_cannot_be_kept_the_bug_is_told_all_the_same(
    two_runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglens.signals.judgeable.check_judgeable", broken_for("first"))
    monkeypatch.setattr("tempfile.tempdir", "/dev/null/nowhere")
    (problem,) = pipeline.diagnose(two_runs).problems
    assert "ZeroDivisionError" in problem.message
    assert "could not be kept" in problem.message
