"""The `--debug` bundle helps, and tells nothing of what was trained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from loglens import pipeline
from loglens.cli.group import EXIT_BUG, cli
from tests.hostile.test_limits import ROWS


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "secret-project" / "metrics.csv"
    path.parent.mkdir()
    path.write_text(ROWS.replace("loss", "secret_loss"))
    return path


def bundle(*args: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [*args, "--debug", "debug.json"])
    return done.exit_code, Path("debug.json").read_text()


@pytest.mark.parametrize("command", ["inspect", "diagnose"])
def test_it_holds_shapes_and_no_names_or_values(log: Path, command: str) -> None:
    _, text = bundle(command, str(log.parent), "--map", "train_loss=secret_loss")
    assert "secret" not in text
    assert str(log.parent.parent) not in text
    assert "1.41" not in text
    (run,) = json.loads(text)["read"]["runs"]
    assert run["format"] == "csv"
    assert run["series"][0]["points"] == 60
    assert json.loads(text)["flags"] == ["mapping", "paths"]


def test_names_are_there_on_request(log: Path) -> None:
    _, text = bundle("inspect", str(log.parent), "--debug-names")
    assert "secret_loss" in text


def test_it_is_written_where_the_command_fails(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(pipeline, "read", breaks)
    code, text = bundle("inspect", str(log))
    assert code == EXIT_BUG
    assert json.loads(text)["read"] == {"failed": json.loads(text)["read"]["failed"]}
    assert "ZeroDivisionError in breaks" in text
    assert "secret" not in text


def test_a_path_that_is_not_there(log: Path) -> None:
    code, text = bundle("inspect", str(log.parent / "nowhere"))
    assert code == 2
    assert "ReadError" in text
