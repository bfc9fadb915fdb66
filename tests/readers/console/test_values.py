from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loglens.readers.console.bars import Frame
from loglens.readers.console.reader import text_logs
from loglens.readers.console.values import NOWHERE, LineValues, Readings
from loglens.readers.contract.points import Points

COUNTER = st.none() | st.integers(0, 2**63 - 1)
NAMES = st.sampled_from([(), ("loss",), ("lr",), ("loss", "lr"), ("lr", "loss"), ("val_loss", "loss", "lr")])
BAR = st.none() | st.builds(Frame, st.integers(0, 99), st.none() | st.integers(0, 99), st.booleans(), st.just(b""))


@st.composite
def readings(draw: st.DrawFn) -> list[LineValues]:
    found = []
    for names in draw(st.lists(NAMES, max_size=20)):
        numbers = tuple(draw(st.floats(allow_nan=False)) for _ in names)
        found.append(LineValues(draw(COUNTER), draw(COUNTER), draw(COUNTER), names, numbers, draw(BAR)))
    return found


@given(readings())
def test_what_was_packed_comes_out_again(found: list[LineValues]) -> None:
    packed = Readings((3 * at + 1, one) for at, one in enumerate(found))
    assert list(packed) == [(3 * at + 1, one) for at, one in enumerate(found)]
    assert packed.lines.tolist() == [3 * at + 1 for at in range(len(found))]
    assert len(packed) == sum(block.count for block in packed.blocks) == len(found)


@given(readings(), st.data())
def test_columns_are_those_of_points_added_line_by_line(found: list[LineValues], data: st.DataObject) -> None:
    steps = [data.draw(st.sampled_from([NOWHERE, 0, 1, 5])) for _ in found]
    points = Points()
    for step, one in zip(steps, found, strict=True):
        if step != NOWHERE:
            points.add_row(step, [(f"{name}!" if name == "lr" else name, value) for name, value in one.values])
    packed = Readings(enumerate(found, start=1))
    columns = packed.columns(
        np.array(steps, dtype=np.int64),
        lambda block: tuple(f"{name}!" if name == "lr" else name for name in block.names),
        "step",
    )
    expected = points.columns()
    assert [one.tag for one in columns] == [one.tag for one in expected]
    for column, other in zip(columns, expected, strict=True):
        assert (column.steps.tolist(), column.values.tolist()) == (other.steps.tolist(), other.values.tolist())


def test_two_names_called_alike_keep_the_order_of_the_line() -> None:
    packed = Readings(
        [(1, LineValues(None, 1, None, ("a", "b"), (1.0, 2.0))), (2, LineValues(None, 2, None, ("a",), (3.0,)))]
    )
    (column,) = packed.columns(np.array([1, 2]), lambda block: ("x",) * len(block.names), "step")
    assert (column.steps.tolist(), column.values.tolist()) == ([1, 1, 2], [1.0, 2.0, 3.0])


def test_a_long_log_takes_no_more_than_three_times_its_size(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    lines = (
        f"step {at}: train loss {5 - at / 1e5:.4f}, lr {3e-4:.3e}, grad norm {1 + at % 7:.3f}\n" for at in range(30_000)
    )
    path.write_text("".join(lines), encoding="utf-8")
    list(text_logs(path))  # what is imported and compiled once is not counted
    tracemalloc.start()
    try:
        (log,) = text_logs(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [len(one.steps) for one in log.columns] == [30_000] * 3
    assert peak <= 3 * path.stat().st_size
