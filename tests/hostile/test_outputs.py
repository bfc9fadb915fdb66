"""Outputs are whole or absent, never over what was read, and no failure of a stream or a disk is called a bug."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loglens.cli.group import cli
from tests.hostile.test_limits import ROWS


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "runs" / "metrics.csv"
    path.parent.mkdir()
    path.write_text(ROWS)
    return path


def started(*args: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "loglens", *args], text=True, check=False, timeout=120, stderr=subprocess.PIPE, **more
    )


@pytest.mark.parametrize("link", ["itself", "a hard link", "a link", "another spelling"])
@pytest.mark.parametrize(
    "command", [["diagnose", "-f", "json"], ["diagnose"], ["diagnose", "-f", "markdown"], ["export"]], ids=" ".join
)
def test_no_output_goes_over_what_was_read(log: Path, link: str, command: list[str]) -> None:
    output = {"itself": log, "another spelling": log.parent / ".." / "runs" / log.name}.get(
        link, log.parent.parent / "o.csv"
    )
    if link == "a hard link":
        output.hardlink_to(log)
    elif link == "a link":
        output.symlink_to(log)
    for given in (log, log.parent):
        done = CliRunner().invoke(cli, [command[0], str(given), *command[1:], "-o", str(output)])
        assert done.exit_code == 2, done.output
        assert "is what was read" in done.stderr
        assert log.read_text() == ROWS


def test_render_does_not_go_over_the_document(log: Path) -> None:
    assert CliRunner().invoke(cli, ["diagnose", str(log), "-f", "json", "-o", "saved.json"]).exit_code == 0
    before = Path("saved.json").read_bytes()
    done = CliRunner().invoke(cli, ["render", "saved.json", "-f", "markdown", "-o", "saved.json"])
    assert done.exit_code == 2
    assert Path("saved.json").read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
@pytest.mark.parametrize("format_", ["json", "text", "markdown"])
def test_a_full_disk_is_no_bug(log: Path, format_: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = started("diagnose", str(log), "-f", format_, stdout=full)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "bug" not in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_closed_stdout_is_no_bug(log: Path) -> None:
    def shell(command: str) -> subprocess.CompletedProcess[str]:
        line = f'"$0" -m loglens diagnose "$1" {command}'
        return subprocess.run(
            ["sh", "-c", line, sys.executable, str(log)], text=True, check=False, capture_output=True, timeout=120
        )

    done = shell("-f json >&-")
    assert done.returncode == 2
    assert "standard output is closed; write the document to a file with -o FILE" in done.stderr
    done = shell("-f json -o out.json >&-")
    assert done.returncode == 0
    assert "rror" not in done.stderr
    assert Path("out.json").read_text().startswith("{")
    done = shell("-o page.html >&- 2>&-")
    assert done.returncode == 0
    assert Path("page.html").read_text().startswith("<!")
    assert shell("-f json | head -c 1").returncode == 0
    assert log.read_text() == ROWS


def test_a_folder_for_temporary_files_that_is_full(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/dev/null/nowhere")
    done = CliRunner().invoke(cli, ["diagnose", "-", "-f", "json"], input=log.read_text())
    assert done.exit_code == 2
    assert "cannot be kept" in done.stderr
    assert "TMPDIR names another place" in done.stderr


@pytest.mark.parametrize("limit", [0, 100, 4096])
def test_a_file_that_may_not_grow_leaves_nothing_behind(log: Path, limit: int) -> None:
    """A full disk in the middle of a write, by the limit on the size of a file."""
    import resource

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    before = sorted(one.name for one in log.parent.parent.iterdir())
    for args in (["diagnose", str(log), "-o", "page.html"], ["export", str(log), "-o", "points.jsonl"]):
        if limit == 4096 and args[0] == "export":
            continue  # it fits
        done = started(*args, stdout=subprocess.DEVNULL, preexec_fn=limited)
        assert done.returncode == 2, done.stderr
        assert "cannot write" in done.stderr
        assert sorted(one.name for one in log.parent.parent.iterdir()) == before


def test_too_little_memory_is_told_and_is_no_bug(log: Path) -> None:
    big = log.parent / "big.log"
    code = (
        "import resource, sys; from loglens.cli.group import cli; import scipy.stats, loglens.readers.registry;"
        "from loglens.readers.registry import readers; readers();"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize();"
        "resource.setrlimit(resource.RLIMIT_AS, (used + (24 << 20),) * 2); sys.argv = ['loglens'];"
        f"cli(['inspect', {str(big)!r}])"
    )
    big.write_bytes(b"".join(b"step %d loss 0.5%d\n" % (step, step) for step in range(3_000_000)))
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=120, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr[-500:]
    assert "not enough memory" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    yield request.param


@pytest.mark.parametrize("after", [0.25, 0.6, 1.2])
def test_a_signal_at_any_time_leaves_nothing_behind(number: signal.Signals, after: float, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "loglens", "diagnose", "-", "-f", "json", "-o", str(tmp_path / "out.json")],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(ROWS)
    process.stdin.flush()
    _wait_for_handlers(process.pid, number)
    time.sleep(after)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == (130 if number == signal.SIGINT else 143), said
    assert "Traceback" not in said
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not (tmp_path / "out.json").exists()


def _wait_for_handlers(pid: int, number: signal.Signals) -> None:
    """Until the program catches the signal: before that it is the interpreter that is being started."""
    for _ in range(1000):
        caught = next(
            int(line.split()[1], 16)
            for line in Path(f"/proc/{pid}/status").read_text().splitlines()
            if line.startswith("SigCgt")
        )
        if caught >> (signal.SIGTERM - 1) & 1 and caught >> (number - 1) & 1:
            return
        time.sleep(0.01)


def test_a_folder_whose_name_is_no_utf8_can_be_read_and_exported(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"run-\xff\xfe")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    (folder / "metrics.csv").write_text(ROWS)
    for suffix in ("csv", "parquet", "jsonl"):
        done = CliRunner().invoke(cli, ["export", str(tmp_path), "-o", str(tmp_path / f"points.{suffix}")])
        assert done.exit_code == 0, done.stderr
    assert "run-\\udcff\\udcfe" in (tmp_path / "points.csv").read_text()
    for format_ in ("html", "json", "markdown", "junit", "sarif", "text"):
        output = tmp_path / f"out.{format_}"
        done = CliRunner().invoke(cli, ["diagnose", str(folder), "-f", format_, "-o", str(output)])
        assert done.exit_code == 0, done.stderr
        assert "run-" in output.read_text(encoding="utf-8") or format_ not in ("html", "json")
