"""The schedules that README points to: their commands are commands, their files are what their systems read."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from loglens.cli.commands.nightly import command

EXAMPLES = Path(__file__).parent.parent.parent.parent / ".github" / "examples" / "nightly"
NAMES = sorted(one.name for one in EXAMPLES.iterdir())


def said(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [one for one in NAMES if not one.endswith(".timer")])
def test_every_command_in_them_is_one(name: str) -> None:
    text = re.sub(r'[\[\]",]', " ", said(name)) if name.endswith((".py", "cronjob.yml")) else said(name)
    found = re.search(r"loglens\s+nightly\s+([^\n|>)]*)", text)
    assert found is not None
    words = [one for one in shlex.split(found[1].replace("str SITE", "x").replace("str(SITE", "x")) if one != "task_id"]
    words = [one for one in words if not one.startswith(("task", "retries="))]
    context = command.make_context("nightly", words, resilient_parsing=False)
    assert context.params["out"]


@pytest.mark.parametrize("name", [one for one in NAMES if one.endswith(".yml")])
def test_the_yaml_is_yaml_and_has_a_schedule(name: str) -> None:
    yaml = pytest.importorskip("yaml", reason="needs PyYAML")
    document = yaml.safe_load(said(name))
    assert "0 3 * * *" in str(document)


@pytest.mark.parametrize("name", [one for one in NAMES if one.endswith(".py")])
def test_the_python_compiles(name: str) -> None:
    ast.parse(said(name))


def test_the_units_are_what_systemd_reads(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("no systemd-analyze here")
    for name in ("loglens-nightly.service", "loglens-nightly.timer"):
        (tmp_path / name).write_text(said(name).replace("%h/.venv/bin/loglens", "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        [tool, "verify", str(tmp_path / "loglens-nightly.timer")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_cron_line_has_five_fields_and_a_command() -> None:
    (line,) = [one for one in said("crontab").splitlines() if one and not one.startswith("#")]
    assert re.fullmatch(r"(?:[\d*/,-]+ ){5}\S*loglens nightly .*", line)


def test_the_epilog_is_a_script() -> None:
    done = subprocess.run(["bash", "-n", str(EXAMPLES / "slurm-epilog.sh")], check=False)
    assert done.returncode == 0
