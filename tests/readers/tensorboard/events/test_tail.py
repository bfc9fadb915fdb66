from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loglens.readers.tensorboard.events.tail import EventTail
from tests.benchmarks import event_files as files
from tests.growth import LIMIT
from tests.readers.tensorboard.events.oracle import points_of, read


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return files.ragged(tmp_path_factory.mktemp("tail") / files.FILE_NAME, 3_000)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.floats(0, 1), max_size=8))
def test_the_parts_equal_the_whole(cuts: list[float], whole: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    data = whole.read_bytes()
    path = tmp_path_factory.mktemp("growing") / whole.name
    path.touch()
    tail = EventTail(path)
    found: defaultdict[str, list[tuple[int, float, float]]] = defaultdict(list)
    for end in [*sorted(int(cut * len(data)) for cut in cuts), len(data)]:
        path.write_bytes(data[:end])
        for column in tail.read():
            assert column.wall_times is not None
            found[column.tag] += zip(column.steps, column.wall_times, column.values, strict=True)
    assert str(dict(found)) == str({tag: _as_numpy(rows) for tag, rows in points_of(whole).items()})
    assert not tail.restarted
    assert tail.source.walker.gaps == []
    assert tail.read() == ()


def _as_numpy(rows: list[tuple[int, float, float]]) -> list[tuple[np.int64, np.float64, np.float64]]:
    return [(np.int64(step), np.float64(wall), np.float64(value)) for step, wall, value in rows]


def test_new_events_cost_what_they_are_not_what_lies_before_them(tmp_path: Path) -> None:
    def reading_on(before: int) -> float:
        folder = tmp_path / str(before)
        first = files.regular(folder / files.FILE_NAME, 10, before).read_bytes()
        more = files.regular(folder / "more" / files.FILE_NAME, 10, before + 500).read_bytes()[len(first) :]
        tail = EventTail(folder / files.FILE_NAME)
        assert sum(len(column.steps) for column in tail.read()) == 10 * before
        least = float("inf")
        for part in range(5):
            with (folder / files.FILE_NAME).open("ab") as file:
                file.write(more[part * len(more) // 5 : (part + 1) * len(more) // 5])
            begin = time.process_time()
            columns = tail.read()
            least = min(least, time.process_time() - begin)
            assert 990 <= sum(len(column.steps) for column in columns) <= 1010
        return least

    assert reading_on(12_000) <= LIMIT * reading_on(1_500)  # eight times the file


def test_a_record_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / files.FILE_NAME
    records = [files.frame(files.event(files.START, step, files.simple("loss", step))) for step in range(2)]
    path.write_bytes(records[0] + records[1][:20])
    tail = EventTail(path)
    assert [column.steps.tolist() for column in tail.read()] == [[0]]
    assert tail.read() == ()
    path.write_bytes(records[0] + records[1])
    assert [column.steps.tolist() for column in tail.read()] == [[1]]


def test_damage_in_the_middle_is_passed_over_when_the_next_record_comes(tmp_path: Path) -> None:
    path = tmp_path / files.FILE_NAME
    record = files.frame(files.event(files.START, 1, files.simple("loss", 1.0)))
    path.write_bytes(record + b"?" * 50)
    tail = EventTail(path)
    assert [column.steps.tolist() for column in tail.read()] == [[1]]
    path.write_bytes(record + b"?" * 50 + record)
    assert [column.steps.tolist() for column in tail.read()] == [[1]]
    assert [(gap.offset, gap.size) for gap in tail.source.walker.gaps] == [(len(record), 50)]


def test_a_file_that_was_written_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = files.regular(tmp_path / files.FILE_NAME, 2, 50)
    tail = EventTail(path)
    assert sum(len(column.steps) for column in tail.read()) == 100
    files.regular(path, 2, 20)
    assert sum(len(column.steps) for column in tail.read()) == 40
    assert tail.restarted
    assert tail.read() == ()
    assert not tail.restarted


def test_points_without_steps_go_on_counting(tmp_path: Path) -> None:
    path = tmp_path / files.FILE_NAME
    record = files.frame(files.event(files.START, 0, files.simple("loss", 1.0)))
    path.write_bytes(record * 3)
    tail = EventTail(path)
    assert [column.steps.tolist() for column in tail.read()] == [[0, 1, 2]]
    path.write_bytes(record * 5)
    assert [column.steps.tolist() for column in tail.read()] == [[3, 4]]


def test_a_live_file_is_marked(tmp_path: Path) -> None:
    path = files.regular(tmp_path / files.FILE_NAME, 1, 10)
    assert not read(path).live
    path.write_bytes(path.read_bytes()[:-5])
    assert read(path).live
