"""CatBoost's folder, as CatBoost 1.2 writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loglens.readers import read
from tests.readers.written import only, role, steps, values, write

META = {
    "test_sets": ["test"],
    "test_metrics": [{"best_value": "Min", "name": "Logloss"}, {"best_value": "Max", "name": "AUC"}],
    "learn_metrics": [{"best_value": "Min", "name": "Logloss"}],
    "iteration_count": 3,
    "learn_sets": ["learn"],
    "name": "experiment",
}
ROWS = [
    {"learn": [0.6 - at / 10], "iteration": at, "passed_time": 0.1, "test": [0.7 - at / 10, 0.9]} for at in range(3)
]


def info(folder: Path, *, text: str | None = None) -> Path:
    write(folder / "catboost_training.json", text or json.dumps({"meta": META, "iterations": ROWS}))
    return tables(folder)


def tables(folder: Path) -> Path:
    write(folder / "learn_error.tsv", "iter\tLogloss\n0\t0.6\n1\t0.5\n2\t0.4\n")
    write(folder / "test_error.tsv", "iter\tLogloss\tAUC\n0\t0.7\t0.9\n1\t0.6\t0.9\n2\t0.5\t0.9\n")
    write(folder / "time_left.tsv", "iter\tPassed\tRemaining\n0\t3\t9\n1\t6\t6\n2\t9\t3\n")
    return folder


def test_the_folder_is_one_run(tmp_path: Path) -> None:
    info(tmp_path / "catboost_info")
    run = only(read(tmp_path))
    assert (run.name, run.format) == ("catboost_info", "catboost")
    assert {one.tag for one in run.series} == {"learn/Logloss", "test/Logloss", "test/AUC"}
    assert values(run, "test/Logloss") == pytest.approx([0.7, 0.6, 0.5])
    assert [role(run, one) for one in ("train_loss", "val_loss", "val_accuracy")] == [
        "learn/Logloss", "test/Logloss", "test/AUC"]  # fmt: skip


def test_the_tables_where_there_is_no_json(tmp_path: Path) -> None:
    run = only(read(tables(tmp_path)))
    assert {one.tag for one in run.series} == {"learn/Logloss", "test/Logloss", "test/AUC"}
    assert steps(run, "learn/Logloss") == [0, 1, 2]


def test_a_training_that_was_stopped(tmp_path: Path) -> None:
    text = json.dumps({"meta": META, "iterations": ROWS})
    path = write(tmp_path / "catboost_training.json", text[: text.rindex('{"learn"')])
    result = read(path)
    assert steps(only(result), "learn/Logloss") == [0, 1]
    assert result.problems[0].offset is not None
