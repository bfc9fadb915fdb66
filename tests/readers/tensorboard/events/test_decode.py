"""Every point equals what protobuf decodes, on all shapes, whatever the buffer's size."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from loglens.readers.tensorboard.events import decode, repeats, stream
from loglens.readers.tensorboard.events.pieces import Decoded
from loglens.readers.tensorboard.events.records.walk import ByteArray
from tests.benchmarks import event_files as files
from tests.readers.tensorboard.events.oracle import assert_equal, points_of, read


@pytest.fixture(params=["as it comes", "tables where there are any"], autouse=True)
def eager(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of this once more with short stretches read as tables, for which the files here are too short otherwise."""
    if request.param != "as it comes":
        monkeypatch.setattr(repeats, "fewest_rows", lambda _records: 8)
        monkeypatch.setattr(decode, "_FIRST_STRETCH", 1 << 12)


SHAPES: dict[str, Callable[[Path], Path]] = {
    "simple values": lambda path: files.regular(path, 7, 400),
    "float_val": lambda path: files.regular(path, 7, 400, "float_val"),
    "tensor_content": lambda path: files.regular(path, 7, 400, "tensor_content"),
    "one tag": lambda path: files.regular(path, 1, 20_000),
    "ragged": lambda path: files.ragged(path, 8_000),
    "mixed": lambda path: files.mixed(path, 300),
}


@pytest.mark.parametrize("buffer_bytes", [1 << 15, 1 << 17, stream.BUFFER_BYTES])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape(shape: str, buffer_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = SHAPES[shape](tmp_path / files.FILE_NAME)
    monkeypatch.setattr(stream, "BUFFER_BYTES", buffer_bytes)
    log = read(path)
    assert log.problems == ()
    assert_equal(log, points_of(path))


def test_tables_are_read_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    read_table = repeats.RepeatedRecords.read

    def spy(self: repeats.RepeatedRecords, buffer: ByteArray, position: int, count: int, decoded: Decoded) -> None:
        taken.append(count * len(self.records))
        read_table(self, buffer, position, count, decoded)

    monkeypatch.setattr(repeats.RepeatedRecords, "read", spy)
    path = files.regular(tmp_path / files.FILE_NAME, 5, 10_000)
    assert_equal(read(path), points_of(path))
    assert sum(taken) > 45_000


def test_steps_of_every_length(tmp_path: Path) -> None:
    steps = [power + more for bits in range(0, 63, 3) for power in [1 << bits] for more in range(60)]
    events = (files.event(files.START + n, step, files.simple("loss", n)) for n, step in enumerate([0, *steps, -5]))
    path = files.write(tmp_path / files.FILE_NAME, events)
    assert_equal(read(path), points_of(path))


def test_thousands_of_tags(tmp_path: Path) -> None:
    tags = [f"layer{number}/weight_norm" for number in range(3000)]
    path = files.write(
        tmp_path / files.FILE_NAME,
        (files.event(files.START, step, files.simple(tag, step)) for step in range(4) for tag in tags),
    )
    assert_equal(read(path), points_of(path))


def test_wall_times_that_are_no_times(tmp_path: Path) -> None:
    walls = [0.5, 1.0, -3.0, 1e300, 1e-300, float("inf")] * 50
    path = files.write(
        tmp_path / files.FILE_NAME,
        (files.event(wall, step, files.simple("loss", step)) for step, wall in enumerate(walls)),
    )
    assert_equal(read(path), points_of(path))


@pytest.mark.parametrize("tags", [("loss",), ("loss", "lr")], ids=["alone", "two in a summary"])
def test_signalling_nan(tags: tuple[str, ...], tmp_path: Path) -> None:
    """Bits that a processor takes for an invalid operation when they are made a double; they are a NaN all the same."""
    events = (
        files.event(files.START, step, *(files.simple(tag, float("nan")) for tag in tags)) for step in range(1000)
    )
    quiet, signalling = b"\x00\x00\xc0\x7f", b"\x01\x00\xa0\x7f"
    path = files.write(tmp_path / files.FILE_NAME, (one.replace(quiet, signalling) for one in events))
    log = read(path)
    assert [len(column.values) for column in log.columns] == [1000] * len(tags)
    assert all(bool(np.isnan(column.values).all()) for column in log.columns)


def test_a_pattern_that_changes(tmp_path: Path) -> None:
    """Stretches of a table, broken by other records, by another order of the tags, by a tag twice in a row."""
    chance = random.Random(5)  # noqa: S311  # numbers to plot, no secrets
    tags = files.names(6)
    events = []
    for step in range(3000):
        if step % 700 == 0:
            chance.shuffle(tags)
        order = [*tags, tags[0]] if step > 2000 else tags
        events += [files.event(files.START + step, step, files.simple(tag, chance.random())) for tag in order]
        if step % 250 == 249:
            events.append(files.event(files.START, step, files.simple("val/loss", 1.0), files.simple("val/acc", 2.0)))
    path = files.write(tmp_path / files.FILE_NAME, events)
    assert_equal(read(path), points_of(path))


def test_summaries_with_changing_tags(tmp_path: Path) -> None:
    """What RLlib writes: everything of an iteration in one summary, less what is not there yet."""
    chance = random.Random(6)  # noqa: S311  # numbers to plot, no secrets
    tags = files.names(40)

    def values(step: int) -> list[object]:
        chosen = [tag for tag in tags if chance.random() < 0.8]
        return [files.tensor(tag, step) if chance.random() < 0.3 else files.simple(tag, step) for tag in chosen]

    path = files.write(
        tmp_path / files.FILE_NAME, (files.event(files.START + step, step, *values(step)) for step in range(500))
    )
    assert_equal(read(path), points_of(path))


def test_both_encodings_of_one_tag(tmp_path: Path) -> None:
    encodings = (
        lambda value: files.simple("loss", value),
        lambda value: files.tensor("loss", value),
        lambda value: files.tensor("loss", value, content=True),
        lambda value: files.tensor("loss", value, dtype="float64"),
        lambda value: files.tensor("loss", value, dtype="float64", content=True),
    )
    path = files.write(
        tmp_path / files.FILE_NAME,
        (files.event(files.START, step, encodings[step % 5](step / 3)) for step in range(1000)),
    )
    assert_equal(read(path), points_of(path))
