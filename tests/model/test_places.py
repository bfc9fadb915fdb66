"""Paths as other people may see them."""

from __future__ import annotations

import getpass
import json
import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from loglens.cli.group import cli
from loglens.model.places import Places

SAMPLES = Path(__file__).parents[2] / "sample_logs" / "runs"
FORMATS = ("html", "json", "markdown", "junit", "sarif", "text")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/ann/proj/runs/a/log.csv", "runs/a/log.csv"),
        ("/home/ann/proj", "."),
        ("/data/runs/x/log.csv", "runs/x/log.csv"),
        ("/data/runs", "runs"),
        ("/opt/models/deep/bert/config.json", "bert/config.json"),
        ("runs/a/log.csv", "runs/a/log.csv"),
        ("../other/log.csv", "../other/log.csv"),
        ("", ""),
        ("train/loss", "train/loss"),
    ],
)
def test_a_path_loses_the_folders_above(path: str, shown: str) -> None:
    assert Places(Path("/home/ann/proj"), (Path("/data/runs"),)).path(path) == shown


def test_a_sentence_loses_them_too() -> None:
    places = Places(Path("/home/ann/proj"), (Path("/data/runs"),))
    assert places.text("cannot read /home/ann/proj/a/b: cut") == "cannot read a/b: cut"
    assert places.text("the same run is in /data/runs/x") == "the same run is in runs/x"
    assert places.text("/train/loss is nan") == "/train/loss is nan"


def a_broken_run(folder: Path) -> None:
    folder.mkdir(parents=True)
    rows = "".join(f"{step},{3 / (step + 1) if step < 60 else 'nan'}\n" for step in range(80))
    (folder / "log.csv").write_text(f"step,loss\n{rows}", encoding="utf-8")
    (folder / "config.json").write_text(json.dumps({"output_dir": str(folder), "lr": 0.1}), encoding="utf-8")
    (folder / "events.out.tfevents.1").write_bytes(b"\x18\0\0\0\0\0\0\0 cut")


@pytest.mark.skipif(os.name == "nt", reason="paths of POSIX are looked for")
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("inside", [True, False], ids=["below the folder", "elsewhere"])
def test_no_output_tells_where_on_the_machine_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_: str, inside: bool
) -> None:
    here, logs = tmp_path / "here", tmp_path / ("here" if inside else "there") / "runs"
    here.mkdir()
    a_broken_run(logs / "a")
    monkeypatch.chdir(here)
    out = here / "out"
    done = CliRunner().invoke(
        cli, ["diagnose", str(logs), "--format", format_, "-o", str(out), "--exit-zero"], catch_exceptions=False
    )
    assert done.exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert str(tmp_path).replace("/", "%2F") not in text
    assert str(Path.home()) + "/" not in text
    assert len(socket.gethostname()) < 4 or socket.gethostname() not in text
    assert f"/{getpass.getuser()}/" not in text
    whole = CliRunner().invoke(
        cli, ["diagnose", str(logs), "--format", "json", "-o", str(out), "--exit-zero", "--full-paths"]
    )
    assert whole.exit_code == 0
    assert str(logs) in out.read_text(encoding="utf-8")


def test_a_comparison_tells_none_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_broken_run(tmp_path / "there" / "base")
    monkeypatch.chdir(tmp_path)
    for format_ in ("json", "markdown", "text"):
        args = ["compare", str(SAMPLES / "healthy"), str(tmp_path / "there" / "base"), "-f", format_, "--exit-zero"]
        done = CliRunner().invoke(cli, args, catch_exceptions=False)
        assert done.exit_code == 0
        assert str(tmp_path) not in done.output
        assert str(SAMPLES.parent) not in done.output
