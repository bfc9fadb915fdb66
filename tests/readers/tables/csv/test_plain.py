"""Small tables without Polars: whatever is read so is read alike by Polars, or row by row."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loglens.errors import UnknownFormat
from loglens.readers.tables.csv import read
from loglens.readers.tables.csv.plain import LARGEST, PlainTable
from loglens.readers.tables.table import Table

CELLS = (
    "", "0", "7", "-3", "+2", "1.5", "1.", ".5", "1e5", "-2E-3", "nan", "NaN", "NAN", "inf", "-inf", "Infinity", "1_0",
    "0x1", "٣", "1e", "9" * 25, "-0", "NA", "None", "word", "1,5", "1e999", "--5", "-", "-+3", "5-", "9" * 18, "\t",
)  # fmt: skip
STEPS = st.one_of(st.integers(0, 9).map(str), st.sampled_from(CELLS))
ROWS = st.lists(st.tuples(STEPS, st.sampled_from(CELLS), st.sampled_from(CELLS)), min_size=1)
SOUND = "step,loss,lr\n0,2.5,1e-3\n10,nan,1e-3\n20,,1e-4\n20,,1e-4\n"


def both(text: str) -> tuple[Table, Table | None]:
    """As it is read, and as it is read without this way; None where that is the same way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metrics.csv"
        path.write_text(text, encoding="utf-8")
        table = read.read_csv(path)
        with patch.object(read, "plain_columns", lambda *_: None):
            return table, read.read_csv(path) if isinstance(table, PlainTable) else None


def assert_alike(one: Table, other: Table) -> None:
    assert (one.names, one.rows, one.notes, one.problems) == (other.names, other.rows, other.notes, other.problems)
    assert np.array_equal(one.repeats(), other.repeats())
    for name in one.names:
        mine, theirs = one.numbers(name), other.numbers(name)
        assert one.is_empty(name) == other.is_empty(name)
        assert (mine is None) == (theirs is None)
        if mine is None or theirs is None:
            continue
        assert (mine.present is None, mine.whole is None) == (theirs.present is None, theirs.whole is None)
        here = np.ones(one.rows, dtype=bool) if mine.present is None else mine.present
        assert theirs.present is None or np.array_equal(here, theirs.present)
        assert np.array_equal(mine.values[here], theirs.values[here], equal_nan=True)
        assert one.column(name).equals(other.column(name))


@settings(deadline=None, max_examples=300)
@given(ROWS, st.booleans(), st.integers(1, 3), st.sampled_from([0, 80]))
@example([("0", "1.5", "")], False, 3, 0)
@example([("0", "", "1"), ("1", "", "1")], True, 3, 0)
@example([("3", "", ""), ("", "", ""), ("2", "", "")], True, 1, 0)
@example([("", "", ""), ("2", "", "")], True, 1, 80)
@example([("--5", "1", "")], True, 2, 80)
def test_what_is_read_plainly_is_read_alike(rows: list[tuple[str, ...]], ends: bool, width: int, sound: int) -> None:
    """`sound`: rows in front, by which the kinds of the columns are told."""
    for names in (("step", "loss", "lr"), ("loss", "lr", "step")):
        front = [tuple(f"{at}" for _ in names) for at in range(sound)]
        check("\n".join(",".join(row[:width]) for row in (names, *front, *rows)), ends=ends)


def check(text: str, *, ends: bool) -> None:
    try:
        table, other = both(text + "\n" * ends)
    except UnknownFormat:
        return
    if other is not None:
        assert_alike(table, other)


def test_a_sound_table_is_read_plainly_and_in_parts() -> None:
    table, other = both(SOUND)
    assert other is not None
    assert_alike(table, other)
    assert table.repeats().tolist() == [False, False, False, True]
    rows = np.array([True, False, True, False])
    assert_alike(table.picked(rows), other.picked(rows))
    assert_alike(table.keeping([0, 2]), other.keeping([0, 2]))


def test_windows_line_ends_and_other_separators_are_plain() -> None:
    table, other = both(SOUND.replace(",", ";").replace("\n", "\r\n"))
    assert other is not None
    assert_alike(table, other)


def test_a_blank_line_of_one_column_is_no_row() -> None:
    table, _ = both("loss\n3.5\n\n2.5\n\n")
    assert table.column("loss").to_list() == ["3.5", "2.5"]


@pytest.mark.parametrize("cell", ["--5", "-", "-+5", "5-", "9" * 19, "-" + "9" * 19])
def test_a_step_that_is_none_is_left_to_the_other_ways_wherever_it_stands(cell: str) -> None:
    """The kind of a column is told by its first lines; what follows may be anything."""
    table, _ = both("step,loss\n" + "".join(f"{at},{at}.5\n" for at in range(100)) + f"{cell},1.0\n")
    assert not isinstance(table, PlainTable)
    assert table.rows == 101


@pytest.mark.parametrize("more", ["30,word,1\n", '30,"1",1\n', "30,1\n", "30, 1,1\n", "30,2.5,1\n" * (LARGEST // 9)])
def test_what_is_in_doubt_or_large_is_left_to_the_other_ways(more: str) -> None:
    table, _ = both(SOUND + more)
    assert not isinstance(table, PlainTable)
