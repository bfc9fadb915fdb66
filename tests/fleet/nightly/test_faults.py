"""What goes wrong at night: nothing is lost, nothing is told twice, and one sentence says what happened."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
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
from loglens.render.page.report import HtmlReport
from tests.benchmarks.many_runs import write
from tests.fleet.nightly.test_night import NOW, go, pages, statuses

ROOT = Path(__file__).parent.parent.parent.parent
ONE_NIGHT = """
import sys
from pathlib import Path
from tests.fleet.nightly.test_night import go
go(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(8):
        write(tmp_path / "runs", number, 300)
    return tmp_path / "runs"


def whole_night(runs: Path, out: Path) -> dict[str, Any]:
    """What an undisturbed night tells, without what depends on the clock."""
    document = go(runs, out).document
    return {name: document[name] for name in ("counts", "findings", "runs", "groups")}


@pytest.mark.skipif(os.name == "nt", reason="kill -9 is a matter of POSIX")
def test_a_night_killed_at_random_moments_loses_nothing_and_tells_nothing_twice(runs: Path, tmp_path: Path) -> None:
    calm = whole_night(runs, tmp_path / "calm")
    chance = random.Random(14)  # noqa: S311 (moments, not secrets)
    out = tmp_path / "out"
    killed = 0
    for _ in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", ONE_NIGHT, str(runs), str(out)], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        # from the import on to the last write: the moment is measured by what is there, not by the clock
        wanted = chance.randrange(0, 7)
        while process.poll() is None and len(list((out / "runs").glob("*.html"))) < wanted:
            time.sleep(0.005)
        time.sleep(chance.random() / 10)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
        for page in (out / "runs").glob("*.html"):
            assert page.read_text(encoding="utf-8").endswith("</html>"), "a report is whole or not there"
    if killed:
        assert (out / "runs").is_dir()
        report = go(runs, out)
        told = {name: report.document[name] for name in ("counts", "findings", "runs", "groups")}
        if report.night == 1:
            assert told == calm
        else:
            assert list((out / "runs").glob(".*")) == [], "what a killed worker left is swept up"
            assert told["runs"] == [one | {"change": "standing" if one["change"] else ""} for one in calm["runs"]]


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
    real, written = work.write_whole, []

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
