from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loglens.readers.tensorboard.events import stream
from loglens.readers.tensorboard.reader import TensorBoard
from tests.benchmarks import event_files as files
from tests.readers.tensorboard.events.oracle import assert_equal, points_of, read


def test_many_small_files_are_read_as_one_and_kept_apart(tmp_path: Path) -> None:
    paths = [files.regular(tmp_path / f"run{n}" / files.FILE_NAME, 1 + n % 4, 10 + 30 * n, seed=n) for n in range(12)]
    paths.append(files.ragged(tmp_path / "ragged" / files.FILE_NAME, 2_000))
    damaged = paths[3].read_bytes()
    paths[3].write_bytes(damaged[:-3])
    paths[5].write_bytes(b"")
    logs = list(TensorBoard().read(paths))
    assert [log.file for log in logs] == paths
    for number, (log, path) in enumerate(zip(logs, paths, strict=True)):
        if number not in (3, 5):
            assert log.problems == ()
            assert_equal(log, points_of(path))
    assert [problem.path for log in logs for problem in log.problems] == [str(paths[3]), str(paths[5])]
    assert logs[5].columns == ()


def test_large_and_small_files_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BUFFER_BYTES", 1 << 16)
    paths = [
        files.regular(tmp_path / f"run{number}" / files.FILE_NAME, 3, steps)
        for number, steps in enumerate((10, 2_000, 20, 30, 3_000))
    ]
    logs = list(TensorBoard().read(paths))
    assert [log.file for log in logs] == paths
    for log, path in zip(logs, paths, strict=True):
        assert_equal(log, points_of(path))


def test_a_record_larger_than_the_buffer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BUFFER_BYTES", 1 << 14)
    path = files.mixed(tmp_path / files.FILE_NAME, 100)  # images of 180 kB
    assert_equal(read(path), points_of(path))


def test_a_file_that_cannot_be_opened_is_a_problem(tmp_path: Path) -> None:
    good = files.regular(tmp_path / files.FILE_NAME, 1, 10)
    logs = list(TensorBoard().read([tmp_path / "gone.tfevents", good]))
    assert [len(log.columns) for log in logs] == [0, 1]
    assert "cannot be read" in logs[0].problems[0].message


@pytest.mark.parametrize("buffer_bytes", [1 << 14, 1 << 22], ids=["in pieces", "at once"])
def test_a_file_cut_shorter_while_it_is_read(
    buffer_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files.regular(tmp_path / files.FILE_NAME, 3, 1_000)
    points = points_of(path)
    monkeypatch.setattr(stream, "BUFFER_BYTES", buffer_bytes)
    real = os.fstat

    def cut_behind_the_back(descriptor: int) -> Any:
        seen = real(descriptor)
        os.truncate(path, seen.st_size // 2)
        return seen

    # the stream's own look at the size, which is not the first one at the file
    monkeypatch.setattr(stream, "os", SimpleNamespace(fstat=cut_behind_the_back))
    log = read(path)
    assert any("cut shorter" in problem.message for problem in log.problems)
    for column in log.columns:
        assert 480 < len(column.steps) < 520
        assert column.values.tolist() == [value for _step, _wall, value in points[column.tag][: len(column.values)]]
