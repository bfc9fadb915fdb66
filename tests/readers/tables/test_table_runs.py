"""A column names the runs that share a table where it tells them apart, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_runs import row_values, runs_of, splits_of
from tests.readers.written import write


def table(folder: Path, head: str, rows: list[str]) -> Table:
    return read_csv(write(folder / "log.csv", "\n".join([head, *rows]) + "\n"))


@pytest.mark.parametrize("column", ["run", "Trial", "experiment_name", "run_id"])
def test_words_in_a_run_column_are_runs(tmp_path: Path, column: str) -> None:
    found = table(tmp_path, f"{column},step,loss", [f"{run},{step},{step}" for step in range(4) for run in ("a", "b")])
    assert [(name, part.rows) for name, part in runs_of(found, (), None)] == [("a", 4), ("b", 4)]


def test_numbers_are_runs_where_they_untangle_the_steps(tmp_path: Path) -> None:
    tangled = [f"{seed},{step},{step}" for seed in (1, 2) for step in range(4)]
    assert [name for name, _ in runs_of(table(tmp_path, "seed,step,loss", tangled), (), None)] == ["1", "2"]
    straight = [f"{1 + step // 4},{step},{step}" for step in range(8)]
    assert [name for name, _ in runs_of(table(tmp_path, "seed,step,loss", straight), (), None)] == [""]


def test_a_name_of_its_own_in_every_row_is_no_run(tmp_path: Path) -> None:
    found = table(tmp_path, "run,step,loss", [f"r{step},{step},{step}" for step in range(6)])
    assert [name for name, _ in runs_of(found, (), None)] == [""]


def test_splits_are_words_that_name_splits(tmp_path: Path) -> None:
    assert splits_of(table(tmp_path, "phase,step,loss", ["train,1,2", "val,1,3", "train,2,1"])) == "phase"
    assert splits_of(table(tmp_path, "phase,step,loss", ["warm,1,2", "hot,1,3", "warm,2,1"])) is None


def test_a_column_as_text(tmp_path: Path) -> None:
    found = table(tmp_path, "seed,step,loss", ["1,1,2", ",2,2", "3,3,2"])
    assert row_values(found, "seed") == ["1", None, "3"]
