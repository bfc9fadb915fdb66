"""What README promises is what there is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from loglens.cli.group import COMMANDS
from loglens.model.causes import CAUSES

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_opens_with_the_two_commands() -> None:
    lines = TEXT.splitlines()[:30]
    assert "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/loglens demo" in lines
    assert "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest" in lines


def test_the_example_runs_as_it_stands() -> None:
    block = re.search(r"```python\nimport loglens\n(.*?)```", TEXT, re.DOTALL)
    assert block is not None
    code = f"import loglens\n{block.group(1)}\nassert page.lower().startswith('<!doctype html>')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "lr_too_high" in done.stdout


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", TEXT))))
def test_every_file_it_points_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()


def test_every_command_it_shows_exists_and_none_is_left_out() -> None:
    shown = set(re.findall(r"^loglens (\w+)", TEXT, re.MULTILINE))
    assert shown == set(COMMANDS)


def test_every_cause_is_named() -> None:
    assert [cause for cause in CAUSES if f"`{cause}`" not in TEXT] == []
