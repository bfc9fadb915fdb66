"""A file that changes hands between the look at its beginning and its reading: told with the file, never a bug."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loglens.errors import LogLensError
from loglens.model.run import ReadResult
from loglens.readers import read
from tests.fuzz.seeds import READERS

GOOD = "step,loss\n" + "".join(f"{step},{2 - step / 100}\n" for step in range(60))


def _vanishes(path: Path) -> None:
    path.unlink()


def _is_emptied(path: Path) -> None:
    path.write_bytes(b"")


def _is_cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _is_replaced(path: Path) -> None:
    other = path.with_name(path.name + ".new")
    other.write_bytes(b"\x00\xff" * 3000)
    other.replace(path)


def _is_another_log(path: Path) -> None:
    path.write_text('[{"step": 1, "loss": {"a": 2}}]' if path.suffix == ".csv" else GOOD)


def _becomes_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _becomes_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _may_not_be_read(_path: Path) -> None:
    raise PermissionError(13, "Permission denied")


FAULTS: tuple[Callable[[Path], None], ...] = (
    _vanishes, _is_emptied, _is_cut, _is_replaced, _is_another_log, _becomes_a_folder, _becomes_a_pipe,
    _may_not_be_read,
)  # fmt: skip
SAMPLES = sorted(one.name for one in READERS.iterdir() if one.is_dir())


@pytest.fixture(params=FAULTS, ids=lambda fault: fault.__name__.strip("_").replace("_", " "))
def fault(request: pytest.FixtureRequest) -> Callable[[Path], None]:
    found: Callable[[Path], None] = request.param
    return found


def struck(path: Path, fault: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """From the second time that the file is opened on, the fault has happened. A user with all rights is refused by no
    mode: what the system would say is said here."""
    opening, seen = os.open, []

    def opened(name: Any, *args: Any, **more: Any) -> int:
        if os.fspath(name) == str(path):
            seen.append(name)
            if len(seen) == 2 or (len(seen) > 2 and fault is _may_not_be_read):
                monkeypatch.setattr(os, "open", opening)
                fault(path)
        return opening(name, *args, **more)

    monkeypatch.setattr(os, "open", opened)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_fault_between_two_looks_costs_that_file(
    name: str, fault: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    shutil.copytree(READERS / name, tmp_path / "runs" / "struck")
    (tmp_path / "runs" / "good").mkdir()
    (tmp_path / "runs" / "good" / "metrics.csv").write_text(GOOD)
    target = max((one for one in (tmp_path / "runs" / "struck").rglob("*") if one.is_file()), key=_size)
    struck(target, fault, monkeypatch)
    result = read(tmp_path / "runs")
    assert [one for one in result.problems if one.bug] == []
    assert _has_good(result)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_fault_in_the_only_file_is_said(
    name: str, fault: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(READERS / name, tmp_path / "run")
    target = max((one for one in (tmp_path / "run").rglob("*") if one.is_file()), key=_size)
    struck(target, fault, monkeypatch)
    try:
        result = read(target)
    except LogLensError as error:
        assert "bug" not in str(error)
    else:
        assert [one for one in result.problems if one.bug] == []


def _size(path: Path) -> int:
    return path.stat().st_size


def _has_good(result: ReadResult) -> bool:
    return any(run.name == "good" for run in result.runs)


def test_the_faults_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run" / "metrics.csv"
    path.parent.mkdir()
    path.write_text(GOOD)
    struck(path, _vanishes, monkeypatch)
    with pytest.raises(LogLensError, match="No such file"):
        read(path)
    assert not path.exists()
