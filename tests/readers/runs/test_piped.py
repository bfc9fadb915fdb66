"""Logs that come through a pipe."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from loglens.cli.group import cli
from loglens.errors import ReadError, UnknownFormat
from loglens.readers import read
from tests.readers.written import only, role, steps

TABLE = "step,loss,lr\n" + "".join(f"{at},{1 / (at + 1):.4f},0.001\n" for at in range(30))


class Stdin:
    def __init__(self, data: bytes, *, terminal: bool = False) -> None:
        self.buffer = io.BytesIO(data)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(gzip.compress(TABLE.encode()) if packed else TABLE.encode()))
    result = read("-")
    run = only(result)
    assert (result.path, run.name, run.source, run.files, run.live) == ("stdin", ".", "stdin", ("stdin",), False)
    assert steps(run, "loss") == list(range(30))
    assert role(run, "learning_rate") == "lr"


def test_a_damaged_row_is_told_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(TABLE.encode() + b"30,0.5\n31,0.4,0.001\n"))
    problem = read("-").problems[0]
    assert (problem.path, problem.offset) == ("stdin", 32)


@pytest.mark.parametrize(
    ("stdin", "said"),
    [
        (Stdin(b"", terminal=True), "nothing is piped in"),
        (Stdin(b""), "the file is empty"),
        (Stdin(b"hello\n"), "no training log was recognised"),
    ],
)
def test_nothing_to_read(monkeypatch: pytest.MonkeyPatch, stdin: Stdin, said: str) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(ReadError, match=f"^stdin: .*{said}"):
        read("-")


def test_the_kind_of_error_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(b"hello\n"))
    with pytest.raises(UnknownFormat):
        read("-")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(TABLE,))
    writer.start()
    run = only(read(pipe))
    writer.join()
    assert steps(run, "loss") == list(range(30))


def test_a_file_of_that_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "-").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    assert only(read(tmp_path / "-")).source.endswith("-")


def test_every_reading_command_takes_it(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, arguments, input=TABLE)
        assert result.exit_code == 0, result.output
        return result.output

    assert "30 points" in run("diagnose", "-", "--format", "text", "--exit-zero")
    assert "loss" in run("inspect", "-")
    run("export", "-", "-o", str(tmp_path / "x.csv"))
    assert (tmp_path / "x.csv").read_text().count("\n") == 61
