"""What goes wrong at night: nothing is lost, nothing is told twice, and one sentence says what happened."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loglens.cli.group import EXIT_USAGE, cli
from loglens.errors import LogLensError, SettingsError
from loglens.fleet.nightly import work
from loglens.fleet.nightly.lock import AlreadyRunning, locked
from loglens.fleet.nightly.state import MIGRATIONS, State
from loglens.model.diagnosis import Diagnosis
from loglens.model.run import Run
from loglens.parallel import Workers
from loglens.readers.contract.files import line_pieces
from loglens.render.page.report import HtmlReport
from loglens.whole_file import write_whole
from tests.benchmarks.many_runs import write
from tests.fleet.nightly import kills
from tests.fleet.nightly.kills import ONE_NIGHT, ROOT, RUNS, STEPS, assert_nothing_lost, killed, told
from tests.fleet.nightly.test_night import NOW, go, pages, statuses

NEAR = "sweep-000/lr0.001-run00003/metrics.csv"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(RUNS):
        write(tmp_path / "runs", number, STEPS)
    return tmp_path / "runs"


def whole_night(runs: Path, out: Path) -> dict[str, Any]:
    """What an undisturbed night tells, without what depends on the clock."""
    document = go(runs, out).document
    return {name: document[name] for name in ("counts", "findings", "runs", "groups")}


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a matter of POSIX")
def test_a_night_killed_at_random_moments_loses_nothing_and_tells_nothing_twice(runs: Path, tmp_path: Path) -> None:
    calm = told(runs, tmp_path / "calm")
    assert killed(runs, tmp_path / "out", 12, seed=14) > 0, "every night had ended before it was killed"
    assert_nothing_lost(runs, calm, tmp_path / "out")


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a matter of POSIX")
def test_a_night_that_ends_badly_by_itself_is_no_night_that_was_killed(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kills, "ONE_NIGHT", "raise SystemExit('planted')")
    with pytest.raises(RuntimeError, match="ended by itself with 1: planted"):
        killed(runs, tmp_path / "out", 3, seed=14)
    with pytest.raises(RuntimeError, match="ended by itself"):
        kills.main(["1"])


@pytest.mark.parametrize("nights", [1, 2])
def test_a_finding_that_is_lost_is_seen(runs: Path, tmp_path: Path, nights: int) -> None:
    calm = told(runs, tmp_path / "calm")
    for _ in range(nights - 1):
        go(runs, tmp_path / "out")
    assert_nothing_lost(runs, calm, tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    for _ in range(nights - 1):
        go(runs, tmp_path / "out")
    calm["findings"].append({**calm["findings"][0], "id": "lost", "severity": "critical"})
    calm.setdefault("known", {})["lost"] = "new"
    with pytest.raises(AssertionError):
        assert_nothing_lost(runs, calm, tmp_path / "out")


def test_two_nights_do_not_overlap_and_the_second_names_the_first(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    with locked(tmp_path / "out" / ".loglens"), pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
        go(runs, tmp_path / "out")
    assert go(runs, tmp_path / "out").night == 2


def test_a_lock_whose_owner_died_is_no_lock(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    code = "import sys,os\nfrom pathlib import Path\nfrom loglens.fleet.nightly.lock import locked\n"
    code += "with locked(Path(sys.argv[1])): os._exit(9)\n"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out" / ".loglens")], cwd=ROOT, check=False)
    assert go(runs, tmp_path / "out").night == 2


def test_a_full_disk_ends_the_night_in_a_sentence_and_the_next_goes_on(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = write_whole, []

    def full(path: Path, text: str) -> None:
        if path.suffix == ".html":
            written.append(path)
            if len(written) > 3:
                raise OSError(errno.ENOSPC, "No space left on device")
        real(path, text)

    monkeypatch.setattr(work, "write_whole", full)
    workers = Workers(jobs=1, backend="threading")
    with pytest.raises(LogLensError, match=r"No space left on device\. What was judged is kept; make room"):
        go(runs, tmp_path / "out", workers=workers)
    monkeypatch.setattr(work, "write_whole", real)
    report = go(runs, tmp_path / "out", workers=workers)
    assert (report.night, report.counts["runs"]) == (1, 8)
    assert set(statuses(report).values()) == {"new"}


def test_an_output_that_cannot_be_written_is_a_sentence(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SettingsError, match="Give another place with --out"):
        go(runs, tmp_path / "file" / "out")


def test_a_file_that_vanishes_while_it_is_read_costs_itself(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = next(iter(runs.rglob("*run00002"))) / "metrics.csv"
    real = work.Task.__call__

    def vanish(self: work.Task, job: work.Job) -> work.Judged:
        if "run00002" in job.unit.key:
            victim.unlink(missing_ok=True)
        return real(self, job)

    monkeypatch.setattr(work.Task, "__call__", vanish)
    report = go(runs, tmp_path / "out")
    assert report.counts["runs"] == 7
    assert [one.path for one in report.index.problems] == ["sweep-000/lr0.0003-run00002/metrics.csv"]


def test_a_log_rewritten_shorter_is_judged_anew(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    write(runs, 3, 120)
    report = go(runs, tmp_path / "out")
    (row,) = [one for one in report.index.rows if "run00003" in one.run]
    assert row.last_step == 119


def test_a_clock_that_went_back_neither_hides_a_change_nor_stalls_a_run(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    write(runs, 3, 360)
    log = next(iter(runs.rglob("*run00003"))) / "metrics.csv"
    os.utime(log, (1.0, 1.0))
    report = go(runs, tmp_path / "out", now=lambda: 5.0)
    (row,) = [one for one in report.index.rows if "run00003" in one.run]
    assert row.last_step == 359
    assert report.counts["stalled"] == 0


def test_links_that_go_round_in_a_circle_end(runs: Path, tmp_path: Path) -> None:
    (runs / "sweep-000" / "again").symlink_to(runs, target_is_directory=True)
    (runs / "self").symlink_to(runs / "self")
    assert go(runs, tmp_path / "out").counts["runs"] == 8


def broken_for(name: str) -> Any:
    """A judging with a bug that one run meets."""
    from loglens.judging import diagnose_run

    def judge(run: Run, *rest: Any, **more: Any) -> Any:
        if name in run.name:
            raise ZeroDivisionError("planted")
        return diagnose_run(run, *rest, **more)

    return judge


def test_a_bug_costs_its_run_and_keeps_its_traceback(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOGLENS_ON_ERROR", raising=False)
    monkeypatch.setattr("loglens.judging.diagnose_run", broken_for("run00004"))
    report = go(runs, tmp_path / "out")
    assert report.counts["runs"] == 7
    (problem,) = report.index.problems
    (trace,) = (tmp_path / "out" / "errors").iterdir()
    assert trace.name in problem.message
    assert "ZeroDivisionError: planted" in trace.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_drawn_costs_its_unit(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOGLENS_ON_ERROR", raising=False)
    real = HtmlReport.page

    def draw(self: HtmlReport, diagnosis: Diagnosis, links: Sequence[tuple[str, str]] = ()) -> str:
        if "run00004" in diagnosis.runs[0].run:
            raise RecursionError("planted")
        return real(self, diagnosis, links)

    monkeypatch.setattr(HtmlReport, "page", draw)
    report = go(runs, tmp_path / "out")
    assert (report.counts["runs"], report.counts["unreadable"]) == (7, 1)


def test_a_run_that_takes_too_long_is_told_and_tried_again(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loglens import judging

    real = judging.diagnose_run

    def judge(run: Run, *rest: Any, **more: Any) -> Any:
        while "run00004" in run.name:
            pass
        return real(run, *rest, **more)

    monkeypatch.setattr(judging, "diagnose_run", judge)
    workers = Workers(jobs=1, backend="threading", run_timeout=3.0)
    report = go(runs, tmp_path / "out", workers=workers)
    assert report.counts["runs"] == 7
    assert "raise --run-timeout" in report.index.problems[0].message
    monkeypatch.setattr(judging, "diagnose_run", real)
    assert go(runs, tmp_path / "out", workers=workers).counts["runs"] == 8


def test_a_broken_state_is_kept_aside_said_and_rebuilt(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    state = tmp_path / "out" / ".loglens" / "state.sqlite"
    state.write_bytes(b"this is no database" * 100)
    done = CliRunner().invoke(cli, ["nightly", str(runs), "--out", str(tmp_path / "out"), "--backend", "threading"])
    assert "is damaged" in done.output and "judged again" in done.output
    assert list(state.parent.glob("state.sqlite.broken-*"))
    assert "Night 1: 8 runs" in done.output


def test_a_state_of_a_newer_version_is_a_sentence(runs: Path, tmp_path: Path) -> None:
    go(runs, tmp_path / "out")
    with sqlite3.connect(tmp_path / "out" / ".loglens" / "state.sqlite") as db:
        db.execute("PRAGMA user_version=99")
    db.close()
    done = CliRunner().invoke(cli, ["nightly", str(runs), "--out", str(tmp_path / "out")])
    assert done.exit_code == EXIT_USAGE
    assert "was written by a newer LogLens" in done.output


def test_a_state_of_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    db = sqlite3.connect(path)
    db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version=1;")
    db.close()
    with State(path) as state:
        state.put_sent("channel", ["a"], NOW)
        assert state.sent("channel") == {"a": NOW}


def test_a_large_log_among_small_ones_holds_nobody_up(runs: Path, tmp_path: Path) -> None:
    write(runs, 100, 60_000)
    report = go(runs, tmp_path / "out")
    assert report.counts["runs"] == 9


def test_a_log_of_two_gigabytes_costs_no_more_memory_than_it_may(runs: Path, tmp_path: Path) -> None:
    for name, data in {"zeros/train.log": b"", "table/metrics.csv": (runs / NEAR).read_bytes()[:5000]}.items():
        log = runs / name
        log.parent.mkdir()
        log.write_bytes(data)
        os.truncate(log, 2 << 30)  # sparse: it costs no disk
    code = "import resource,subprocess,sys; done = subprocess.run(sys.argv[1:]); "
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(done.returncode)"
    night = ["-m", "loglens", "nightly", str(runs), "--out", str(tmp_path / "out"), "--jobs", "2", "--exit-zero"]
    command = [sys.executable, "-c", code, sys.executable, *night, "--run-memory", "500"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 500
    document = json.loads((tmp_path / "out" / "nightly.json").read_text(encoding="utf-8"))
    assert document["counts"]["runs"] == RUNS
    (problem,) = [one for one in document["problems"] if one["unit"] == "table"]
    assert "its 2 GB would have to be held at once, and 500 MB may be; raise --run-memory" in problem["message"]


def test_a_limit_reaches_those_who_read(runs: Path, tmp_path: Path) -> None:
    arguments = ["nightly", str(runs), "--out", str(tmp_path / "out"), "--backend", "threading", "--limit", "file=10k"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == EXIT_USAGE
    assert f"0 runs, 0 critical, 0 warning, 0 healthy; {RUNS} places unreadable" in done.output


def test_a_large_log_that_grew_is_read_on_and_told_alike(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loglens.readers.contract.grown.LARGE", 1)
    for module in ("tables.csv.read", "tables.grown_frame"):
        monkeypatch.setattr(f"loglens.readers.{module}.PIECE_BYTES", 2000)
    log = next(iter(runs.rglob("*run00006"))) / "metrics.csv"
    later = log.read_bytes()
    log.write_bytes(later[: later.rfind(b"\n", 0, len(later) - 2000) + 1])
    go(runs, tmp_path / "out")
    kept = tmp_path / "out" / ".loglens" / "read"
    assert len(list(kept.iterdir())) == RUNS
    log.write_bytes(later)
    began: list[int] = []

    def pieces(path: Path, size: int, begin: int = 0, end: int | None = None) -> Any:
        began.append(begin)
        return line_pieces(path, size, begin, end)

    monkeypatch.setattr("loglens.readers.tables.grown_frame.line_pieces", pieces)
    second = go(runs, tmp_path / "out").document["runs"]
    assert len(began) == 1 and began[0] > 0
    whole = go(runs, tmp_path / "whole").document["runs"]
    assert [one | {"change": ""} for one in second] == [one | {"change": ""} for one in whole]
    shutil.rmtree(log.parent)
    go(runs, tmp_path / "out")
    assert len(list(kept.iterdir())) == RUNS - 1


def test_pages_come_back_where_a_worker_does_not_see_the_folder(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "_is_here", lambda _: False)
    go(runs, tmp_path / "out")
    assert len(pages(tmp_path / "out")) == 8


@pytest.mark.parametrize("backend", ["dask", "ray"])
def test_a_cluster_gives_the_same_as_this_machine(runs: Path, tmp_path: Path, backend: str) -> None:
    pytest.importorskip("distributed" if backend == "dask" else "ray", reason=f"needs {backend}")
    here = whole_night(runs, tmp_path / "here")
    workers = f"Path(sys.argv[2]), workers=Workers(jobs=2, backend={backend!r}))"
    body = f"from loglens.parallel import Workers{ONE_NIGHT.replace('Path(sys.argv[2]))', workers)}"
    script = tmp_path / "night.py"
    script.write_text(f"if __name__ == '__main__':\n{textwrap.indent(body, '    ')}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(runs), str(tmp_path / "there")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    document = json.loads((tmp_path / "there" / "nightly.json").read_text(encoding="utf-8"))
    assert {name: document[name] for name in here} == json.loads(json.dumps(here))
    assert len(pages(tmp_path / "there")) == 8
