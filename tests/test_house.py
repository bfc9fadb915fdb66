"""The house stays in order: what lies at the top, how long files and functions get, which tests mirror which files."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import loglens

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "loglens"
FILES = sorted(PACKAGE.rglob("*.py"))
TOP = {"loglens", "templates", "tests", "sample_logs", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: only git knows which files belong to the project")
    return done.stdout.splitlines()


def test_only_the_agreed_names_lie_at_the_top() -> None:
    assert {name.split("/")[0] for name in tracked() if not name.startswith(".")} <= TOP


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_a_file_can_be_read_in_one_sitting(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 450, "more than one subject? 450 lines is where a file is split"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            assert node.end_lineno - node.lineno < 60, f"{node.name} is longer than 60 lines"


def test_every_module_says_what_it_is_for() -> None:
    bare = [
        str(path.relative_to(PACKAGE))
        for path in FILES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_the_public_names_are_the_agreed_ones() -> None:
    assert sorted(loglens.__all__) == [
        "Comparison",
        "Diagnosis",
        "Finding",
        "LogLensError",
        "Run",
        "Series",
        "__version__",
        "compare",
        "diagnose",
        "read",
        "render",
        "replay",
        "watch",
    ]
    for name in loglens.__all__:
        assert getattr(loglens, name) is not None


def test_the_replay_package_needs_no_import_of_its_own() -> None:
    code = "import loglens; assert loglens.replay.Recorder.__name__ == 'Recorder'"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_path_of_somebodys_machine_is_tracked() -> None:
    foreign = ("/work" + "/", "/root" + "/", "/home/" + "user")
    for name in tracked():
        if name.startswith("tests/data/") or Path(name).suffix in {".gz", ".npz", ".png", ".pt", ".parquet"}:
            continue
        text = (ROOT / name).read_bytes().decode("utf-8", errors="replace")
        assert not [one for one in foreign if one in text], name
