"""The skeleton of a detector works as it is written: its own test passes, the registry and the kinds know it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.tools.new_detector import ROOT, main


def copied(root: Path) -> Path:
    """The package and what the tests of detectors need of the tests, in a folder of their own."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "loglens", root / "loglens", ignore=ignored)
    shutil.copytree(ROOT / "tests" / "detectors", root / "tests" / "detectors", ignore=ignored)
    for name in ("__init__.py", "conftest.py", "factories.py"):
        shutil.copy(ROOT / "tests" / name, root / "tests" / name)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def run(root: Path, *command: str) -> str:
    there = {**os.environ, "PYTHONPATH": str(root)}
    called = [sys.executable, *command]
    done = subprocess.run(called, cwd=root, env=there, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_is_written_passes_its_own_test(tmp_path: Path) -> None:
    root = copied(tmp_path)
    assert main(["loss_plateau", "--root", str(root)]) == 0
    said = run(root, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "tests/detectors/test_loss_plateau.py")
    assert "3 passed" in said
    known = "from loglens.detectors import DETECTORS; from loglens.model.kinds import KINDS, FindingKind; "
    known += "print([d.meta.id for d in DETECTORS].count('loss_plateau'), KINDS['loss_plateau'].title)"
    assert run(root, "-c", known) == "1 Loss plateau\n"
    assert run(root, "-m", "ruff", "check", "-q", "loglens", "tests") == ""


def test_a_name_that_is_taken_or_no_name_changes_nothing(tmp_path: Path) -> None:
    root = copied(tmp_path)
    before = (root / "loglens" / "detectors" / "__init__.py").read_text()
    assert main(["loss_spike", "--root", str(root)]) == 2
    assert main(["LossPlateau", "--root", str(root)]) == 2
    assert (root / "loglens" / "detectors" / "__init__.py").read_text() == before
