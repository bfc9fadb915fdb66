"""What is measured, that it is measured in processes too, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import code_coverage
from tests.code_coverage import TESTS, measure, missing, paths_of, pieces, reached, stretches, table

MODULE = """
def over(value):
    if value > 3:
        return value
    return 0

def never():
    return 1
"""
STARTED = """
import subprocess, sys
def test_over():
    subprocess.run([sys.executable, "-c", "from loglens.room.m import over; over(5)"], check=True)
"""


def test_every_test_is_in_one_piece() -> None:
    of_pieces = [path for piece in pieces() for one in paths_of(piece) for path in _tests(Path(one))]
    assert sorted(of_pieces) == sorted(TESTS.rglob("test_*.py"))


def _tests(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("test_*.py"))


def test_what_a_started_process_runs_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    coverage = pytest.importorskip("coverage")
    for name, text in (("loglens/room/m.py", MODULE), ("tests/some/test_m.py", STARTED)):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text.lstrip())
    (tmp_path / "loglens" / "__init__.py").touch()
    (tmp_path / "loglens" / "room" / "__init__.py").touch()
    (tmp_path / "conftest.py").touch()  # what pytest is started in comes first on the path
    monkeypatch.setattr(code_coverage, "ROOT", tmp_path)
    monkeypatch.setattr(code_coverage, "TESTS", tmp_path / "tests")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(coverage.__file__).parents[1]}")
    record = tmp_path / "record"
    record.mkdir()
    assert pieces() == ["top", "some"]
    assert measure("some", record) == 0
    modules = reached(record)
    assert list(missing(modules)) == ["loglens/room/m.py: 4, 7, 2->4"]
    assert "| room | 6 | 4 | 2 | 1 | 62.5% |" in list(table(modules))


def test_lines_that_follow_one_another_are_said_as_one() -> None:
    assert stretches([1, 2, 3, 7, 9, 10]) == ["1-3", "7", "9-10"]
    assert stretches([]) == []


def test_a_branch_out_of_a_function_and_one_of_a_line_that_never_ran() -> None:
    one = {"missing_lines": [4, 5], "missing_branches": [[4, 5], [9, -1], [9, 11]]}
    assert list(missing({"a.py": one})) == ["loglens/a.py: 4-5, 9->out, 9->11"]


def test_rooms_add_up() -> None:
    counts = {"num_statements": 10, "covered_lines": 9, "num_branches": 10, "covered_branches": 5}
    *_, first, second, whole = table({"errors.py": {"summary": counts}, "room/m.py": {"summary": counts}})
    assert first == "| loglens | 10 | 9 | 10 | 5 | 70.0% |"
    assert second == "| room | 10 | 9 | 10 | 5 | 70.0% |"
    assert whole == "| all | 20 | 18 | 20 | 10 | 70.0% |"
