"""Every ending has its exit code, and nobody ever sees a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from loglens.cli.group import COMMANDS, LazyGroup, cli
from loglens.cli.options import FAIL_ON
from loglens.errors import LogLensError, ReplayError
from loglens.model.finding import SEVERITIES

ROOT = Path(__file__).parent.parent.parent


def ending(error: BaseException | int | None) -> tuple[int, str]:
    """Exit code and output of a group whose only command ends like this."""

    @click.command()
    def command() -> int | None:
        if isinstance(error, BaseException):
            raise error
        return error

    class Only(LazyGroup):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return command

    result = CliRunner().invoke(Only("loglens"), ["diagnose"])
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (None, 0, ""),
        (1, 1, ""),
        (LogLensError("runs/x: not there"), 2, "Error: runs/x: not there"),
        (click.BadParameter("no such series"), 2, "no such series"),
        (ReplayError("no checkpoint"), 3, "Error: no checkpoint"),
        (ZeroDivisionError("oops"), 4, "This is a bug in LogLens"),
        (EOFError("cut short"), 4, "This is a bug in LogLens"),
        (KeyboardInterrupt(), 130, "Interrupted"),
    ],
)
def test_endings(error: BaseException | int | None, code: int, says: str) -> None:
    exit_code, output = ending(error)
    assert exit_code == code
    assert says in output
    assert "Traceback" not in output


def test_a_bug_leaves_its_traceback_in_a_file() -> None:
    _, output = ending(ZeroDivisionError("oops"))
    path = Path(output.split("What happened is in ")[1].split(": please")[0])
    try:
        assert "ZeroDivisionError: oops" in path.read_text(encoding="utf-8")
    finally:
        path.unlink()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert f"loglens {name}" in result.output.split("Options")[0].split("Usage", 1)[1].split("\n", 1)[1]


def test_a_path_instead_of_a_command_is_told_what_to_type() -> None:
    result = CliRunner().invoke(cli, [str(ROOT / "sample_logs")])
    assert result.exit_code == 2
    assert "loglens diagnose" in result.output


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, loglens.cli.group as g, loglens.cli.commands.diagnose; g.cli(['--help'], standalone_mode=False);"
        "heavy = {'numpy', 'polars', 'pandas', 'scipy', 'jinja2', 'rich', 'torch', 'tensorboard'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_fail_on_takes_every_severity() -> None:
    assert (*SEVERITIES, "never") == FAIL_ON
