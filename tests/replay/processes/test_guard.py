from __future__ import annotations

from pathlib import Path

import pytest

from loglens.replay.processes.guard import Guard, provenance


def test_what_is_changed_added_or_removed_is_named(tmp_path: Path) -> None:
    for name in ("log.csv", "gone.csv", "same.csv"):
        (tmp_path / name).write_text("1")
    guard = Guard.over([tmp_path, tmp_path / "not-there"])
    assert guard.changes() == ()
    (tmp_path / "log.csv").write_text("12")
    (tmp_path / "gone.csv").unlink()
    (tmp_path / "new.csv").touch()
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").touch()
    assert [Path(one).name for one in guard.changes()] == ["gone.csv", "log.csv", "new.csv"]


def test_the_record_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "hidden-value")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    record = provenance("run")
    assert "hidden-value" not in repr(record)
    assert record["source"] == "run" and record["environment"]["OMP_NUM_THREADS"] == "1"  # type: ignore[index]
