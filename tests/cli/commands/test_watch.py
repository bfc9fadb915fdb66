"""`loglens watch` as it is typed: a line an alert and an exit code for scripts, the run as it stands for a person."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from loglens.cli.commands import watch
from loglens.cli.group import cli
from loglens.fleet.watch import WatchEvent
from tests.diagnoses import healthy, run_diagnosis, spike
from tests.fleet.test_watch import HEAD, lines, loss


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def watched(log: Path, *arguments: str) -> Result:
    """The run has ended by the second look."""
    return CliRunner().invoke(cli, ["watch", str(log), "--every", "0.05", "--silence", "0", *arguments])


def written(folder: Path, *, nan_at: int | None = None) -> Path:
    log = folder / "log.csv"
    log.write_text(HEAD + lines(loss(300, nan_at=nan_at)), encoding="utf-8")
    return log


def test_a_critical_alert_is_a_line_and_an_exit_code(here: Path) -> None:
    done = watched(written(here, nan_at=250))
    assert done.exit_code == 1, done.output
    alerts = [line for line in done.output.splitlines() if line.startswith("critical: ")]
    assert len(alerts) == 1
    assert "log.csv at step 299: " in alerts[0] and "Likely: " in alerts[0] and "; do: " in alerts[0]
    assert done.output.splitlines()[-1] == "ended: no new point for 0 s"


def test_a_script_is_told_at_once_and_not_that_the_run_ended(here: Path) -> None:
    done = watched(written(here, nan_at=250), "--stop-on-alert")
    assert done.exit_code == 1
    assert "critical: " in done.output and "ended" not in done.output


def test_a_healthy_run_ends_quietly(here: Path) -> None:
    done = watched(written(here))
    assert (done.exit_code, done.output) == (0, "ended: no new point for 0 s\n")


def test_what_cannot_be_judged_yet_is_waited_for(here: Path) -> None:
    (here / "log.csv").write_text(HEAD, encoding="utf-8")
    done = watched(here / "log.csv")
    assert done.exit_code == 0
    assert done.output.startswith("waiting: ")


def test_a_run_that_is_not_there_is_bad_usage(here: Path) -> None:
    done = watched(here / "nothing")
    assert done.exit_code == 2
    assert "start the run first" in done.output


def test_an_alert_goes_to_every_channel_and_a_channel_that_fails_is_told(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str]] = []

    def delivered(channel: str, message: object, *, say: object) -> None:
        sent.append((channel, str(message)))
        say(f"{channel} is away")  # type: ignore[operator]

    monkeypatch.setattr("loglens.fleet.nightly.notify.delivered", delivered)
    done = watched(written(here, nan_at=250), "--notify", "json://a", "--notify", "json://b")
    assert [channel for channel, _ in sent] == ["json://a", "json://b"]
    assert "log.csv" in sent[0][1]
    assert "json://b is away" in done.stderr


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_the_run_as_it_stands_and_the_alerts(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("COLUMNS", "200")
    with watch._view() as show:
        show(WatchEvent(kind="waiting", message="no loss yet"))
        show(WatchEvent(kind="alert", run=run_diagnosis(), finding=spike()))
        show(WatchEvent(kind="look", run=run_diagnosis()))
    shown = terminal.getvalue()
    assert "waiting: no loss yet" in shown
    assert shown.count("critical: ") >= 2  # it stays in view when the run is drawn anew


def drawn(picture: object) -> list[str]:
    console = Console(file=io.StringIO(), width=300)
    console.print(picture)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


def test_the_picture_holds_verdict_curves_and_alerts() -> None:
    run = run_diagnosis()
    first, *curves, alert = drawn(watch.picture(run, ["critical: it fell over"]))
    assert "so far: " in first and f"step {run.last_step:,}" in first
    assert [line[:18].strip() for line in curves] == ["Train loss", "Validation loss", "Learning rate"]
    assert alert == "critical: it fell over"
    bare = drawn(watch.picture(replace(healthy(), curves=()), []))
    assert len(bare) == 1
