"""Damage costs what it hit and nothing else, is told with its place, and never makes a value up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loglens.readers.contract.base import Log
from loglens.readers.tensorboard.events import decode, repeats
from tests.benchmarks import event_files as files
from tests.benchmarks.damage import DAMAGES, record_bounds
from tests.readers.tensorboard.events.oracle import Points, points_of, read

# what a reader can keep at best, of the 5,000 points in the file that is damaged in its middle
KEPT = {
    "a value byte flipped": 4999,
    "payload checksum flipped": 4999,
    "length flipped": 4999,
    "header checksum flipped": 4999,
    "37 stray bytes between records": 5000,
    "a length of 2**60, checksum valid": 4999,
    "last record cut": 4999,
    "4 kB of zeros at the end": 5000,
}


@pytest.fixture(autouse=True, scope="module")
def eager() -> Iterator[None]:
    """Short stretches are read as tables as well, which otherwise only long ones are."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(repeats, "fewest_rows", lambda _records: 8)
        patched.setattr(decode, "_FIRST_STRETCH", 1 << 12)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files.regular(tmp_path_factory.mktemp("damage") / files.FILE_NAME, 5, 1000)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_costs_its_record_and_is_told(damage: str, whole: Path, tmp_path: Path) -> None:
    data, place = DAMAGES[damage](whole.read_bytes())
    path = tmp_path / whole.name
    path.write_bytes(data)
    log = read(path)
    assert sum(len(column.steps) for column in log.columns) == KEPT[damage]
    assert_from(log, points_of(whole))
    (problem,) = log.problems
    assert (problem.path, problem.offset) == (str(path), place)
    assert log.live == (damage == "last record cut")


def assert_from(log: Log, points: Points) -> None:
    """Every point of the log is one of these, none more often than there, and they are in their order."""
    for column in log.columns:
        assert column.wall_times is not None
        remaining = iter(points[column.tag])
        for read_point in zip(column.steps.tolist(), column.wall_times.tolist(), column.values.tolist(), strict=True):
            assert any(str(read_point) == str(point) for point in remaining), (column.tag, read_point)


SHAPES: dict[str, Callable[[Path], Path]] = {
    "table": lambda path: files.regular(path, 4, 300),
    "ragged": lambda path: files.ragged(path, 1_500),
    "mixed": lambda path: files.mixed(path, 40),
}


@pytest.fixture(scope="module", params=SHAPES)
def sample(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Points]:
    path = SHAPES[request.param](tmp_path_factory.mktemp("fuzz") / files.FILE_NAME)
    return path.read_bytes(), points_of(path)


edits = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "insert", "zero", "drop"]), st.floats(0, 1), st.integers(0, 2**32)),
    min_size=1,
    max_size=6,
)


def edited(data: bytes, changes: list[tuple[str, float, int]]) -> bytes:
    for kind, where, number in changes:
        at = int(where * len(data))
        head, tail = data[:at], data[at:]
        if kind == "flip" and tail:
            data = head + bytes([tail[0] ^ (1 + number % 255)]) + tail[1:]
        elif kind == "cut":
            data = head
        elif kind == "insert":
            data = head + number.to_bytes(8, "little") * (1 + number % 5) + tail
        elif kind == "zero":
            size = number % 200
            data = head + bytes(min(size, len(tail))) + tail[size:]
        else:
            data = head + tail[number % 200 :]
    return data


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=edits)
def test_no_damage_raises_or_makes_a_value_up(
    sample: tuple[bytes, Points], changes: list[tuple[str, float, int]], tmp_path: Path
) -> None:
    data, points = sample
    path = tmp_path / files.FILE_NAME
    damaged = edited(data, changes)
    path.write_bytes(damaged)
    log = read(path)
    assert_from(log, points)
    if sum(len(column.steps) for column in log.columns) < sum(map(len, points.values())):
        assert log.problems or len(damaged) < len(data)  # a file that ends between two records looks whole
    for problem in log.problems:
        assert problem.offset is not None
        assert 0 <= problem.offset <= len(damaged)


@settings(max_examples=100, deadline=None)
@given(noise=st.binary(max_size=3000))
def test_noise_is_read_as_nothing(noise: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("noise") / files.FILE_NAME
    path.write_bytes(noise)
    log = read(path)
    assert log.columns == ()
    assert log.problems


def test_a_file_cut_at_every_byte_of_two_records(whole: Path, tmp_path: Path) -> None:
    data = whole.read_bytes()
    bounds = record_bounds(data)[-3:]
    for end in range(bounds[0][0], len(data)):
        path = tmp_path / whole.name
        path.write_bytes(data[:end])
        log = read(path)
        begun = max(begin for begin, stop in [*bounds, (len(data), 0)] if begin <= end)
        assert [problem.offset for problem in log.problems] == ([] if end == begun else [begun])
        assert log.live == (end != begun)


def test_many_damaged_records_are_counted(whole: Path, tmp_path: Path) -> None:
    data = bytearray(whole.read_bytes())
    for _begin, end in record_bounds(bytes(data))[100:200]:
        data[end - 1] ^= 0xFF
    path = tmp_path / whole.name
    path.write_bytes(data)
    log = read(path)
    assert sum(len(column.steps) for column in log.columns) == 4900
    assert len(log.problems) == 21
    assert log.problems[-1].message.startswith("80 more records")
