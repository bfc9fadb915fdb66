"""Times of day in a table: unix times of four units, dates as programs write them, and what is neither."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.wall_time import absolute_seconds, to_seconds
from tests.readers.written import write

SECONDS = 1_700_000_000.5
"""14 November 2023, 22:13:20.5 UTC."""


@pytest.mark.parametrize("unit", [1.0, 1e3, 1e6, 1e9], ids=["s", "ms", "us", "ns"])
def test_unix_times_are_seconds_whatever_their_unit(unit: float) -> None:
    got = to_seconds(np.array([SECONDS, np.nan, SECONDS + 60]) * unit)
    assert got is not None
    np.testing.assert_allclose(got, [SECONDS, np.nan, SECONDS + 60], rtol=1e-12)


@pytest.mark.parametrize("values", [[0.0, 12.5, 30.0], [np.nan, np.nan], [1e20, 2e20]])
def test_seconds_since_the_start_are_no_times_of_day(values: list[float]) -> None:
    assert to_seconds(np.array(values)) is None


@pytest.mark.parametrize(
    "written", ["2023-11-14 22:13:20.5", "2023-11-14T22:13:20.5Z", "2023/11/14 22:13:20.500", "2023-11-14 22:13:20,500"]
)
def test_written_dates(tmp_path: Path, written: str) -> None:
    separator = ";" if "," in written else ","
    table = read_csv(write(tmp_path / "log.csv", f"step;loss;time\n1;0.5;{written}\n2;0.4;{written}\n".replace(
        ";", separator)))  # fmt: skip
    name, seconds = absolute_seconds(table)
    assert name == "time" and seconds is not None
    np.testing.assert_allclose(seconds, [SECONDS, SECONDS], atol=1e-3)


def test_a_table_without_a_time_of_day(tmp_path: Path) -> None:
    table = read_csv(write(tmp_path / "log.csv", "step,time,loss\n1,0.5,2\n2,1.0,1\n"))
    assert absolute_seconds(table) == (None, None)
