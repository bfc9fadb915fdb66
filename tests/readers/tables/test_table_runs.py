"""A column names the runs that share a table where it tells them apart, and only there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loglens.model.run import ReadResult
from loglens.readers import read
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.table import Table
from loglens.readers.tables.table_runs import row_values, runs_of, splits_of
from tests.readers.written import values, write


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


LR = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]


def appended(*losses: list[float], tmp_path: Path, header: bool = False, suffix: str = "csv") -> ReadResult:
    rows = [(20 * at, LR[at], value) for part in losses for at, value in enumerate(part)]
    if suffix == "json":
        text = "".join(json.dumps({"iteration": at, "lr": lr, "total_loss": value}) + "\n" for at, lr, value in rows)
        return read(write(tmp_path / "metrics.json", text))
    text = "".join(
        ("iteration,lr,total_loss\n" if at == 0 and (header or number == 0) else "") + f"{at},{lr},{value}\n"
        for number, (at, lr, value) in enumerate(rows)
    )
    return read(write(tmp_path / "log.csv", text))


FIRST = [190.0, 154.0, 135.0, 114.0, 110.0, 108.0]


@pytest.mark.parametrize("suffix", ["csv", "json"])
@pytest.mark.parametrize("again", [[200.0, 150.0, 120.0, 90.0], [454.0, 344.0, 252.0], [7.7, 5.8, 5.2, 4.9]])
def test_a_training_that_begins_anew_behind_another_is_a_run(tmp_path: Path, suffix: str, again: list[float]) -> None:
    runs = appended(FIRST, again, tmp_path=tmp_path, suffix=suffix).runs
    assert [values(run, "total_loss") for run in runs] == [FIRST, again]
    assert [run.name.rpartition("#")[2] for run in runs] == ["training 1", "training 2"]
    assert any("2 trainings are in this file" in note.message for note in runs[0].notes)


def test_a_header_that_is_repeated_parts_them_as_well(tmp_path: Path) -> None:
    runs = appended(FIRST, FIRST, FIRST, tmp_path=tmp_path, header=True).runs
    assert [values(run, "total_loss") for run in runs] == [FIRST] * 3


@pytest.mark.parametrize("again", [[107.0, 105.0, 104.0, 103.0], [112.0, 100.0, 96.0], [100.0, 99.0, 98.0, 97.0]])
def test_a_model_that_goes_on_with_a_counter_begun_anew_is_one_run(tmp_path: Path, again: list[float]) -> None:
    assert len(appended(FIRST, again, tmp_path=tmp_path).runs) == 1


def test_a_start_that_failed_is_no_training(tmp_path: Path) -> None:
    whole = [200.0 / (at + 1) for at in range(8)] * 5
    rows = [(0, 190.0), (20, 180.0), (40, 170.0), *((20 * at, value) for at, value in enumerate(whole))]
    text = "step,loss\n" + "".join(f"{at},{value}\n" for at, value in rows)
    assert len(read(write(tmp_path / "log.csv", text)).runs) == 1
