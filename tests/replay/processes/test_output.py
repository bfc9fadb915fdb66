"""What an arm prints is taken to its end, whatever it does with its descriptors and whatever the disk does."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loglens.replay.processes.output import Drain


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for descriptor in (read, write):
        try:
            os.close(descriptor)
        except OSError:
            continue  # the test closed it


def drain_of(pipe: tuple[int, int], path: Path, limit: int = 1_000_000) -> Drain:
    return Drain(os.fdopen(pipe[0], "rb"), path, limit)


def test_a_pipe_that_ended_leaves_the_next_file_empty(tmp_path: Path, pipe: tuple[int, int]) -> None:
    drain = drain_of(pipe, tmp_path / "first", limit=4)  # so that its end is written last
    os.write(pipe[1], b"all of it")
    os.close(pipe[1])
    drain.close()
    drain.turn_to(tmp_path / "second")
    drain.turn_to(tmp_path / "third")
    texts = [(tmp_path / name).read_bytes() for name in ("first", "second", "third")]
    assert texts == [b"all of it", b"", b""]


def test_a_file_that_cannot_be_opened_does_not_stop_the_old_one(tmp_path: Path, pipe: tuple[int, int]) -> None:
    drain = drain_of(pipe, tmp_path / "first")
    with pytest.raises(FileNotFoundError):
        drain.turn_to(tmp_path / "removed" / "second")
    os.write(pipe[1], b"goes on")
    os.close(pipe[1])
    drain.close()
    assert (tmp_path / "first").read_bytes() == b"goes on"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason=f"{sys.platform} has no full disk to write to")
def test_a_full_disk_loses_output_but_the_process_is_not_held_up(tmp_path: Path, pipe: tuple[int, int]) -> None:
    drain = drain_of(pipe, Path("/dev/full"))
    for _ in range(100):  # far more than a pipe holds
        os.write(pipe[1], b"x" * 10_000)
    drain.turn_to(tmp_path / "next")
    os.write(pipe[1], b"THE END")
    os.close(pipe[1])
    drain.close()
    assert drain.tail.endswith(b"THE END")
    assert (tmp_path / "next").read_bytes().endswith(b"THE END")
