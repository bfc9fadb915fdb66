"""TensorBoard's downloads of single tags as JSON, and which of them are one run."""

from __future__ import annotations

import json
import math
from pathlib import Path

from loglens.readers import read
from tests.readers.written import only, role, steps, values, write


def points(count: int, every: int = 10) -> str:
    return json.dumps([[1700000000.5 + at, at * every, 1 / (at + 1)] for at in range(count)])


def test_tags_of_one_run(tmp_path: Path) -> None:
    write(tmp_path / "run-exp1-tag-Loss_train.json", points(5))
    write(tmp_path / "run-exp1-tag-lr.json", points(3))
    run = only(read(tmp_path))
    assert (run.name, run.format) == (".", "tensorboard-json")
    assert steps(run, "Loss_train") == [0, 10, 20, 30, 40]
    loss = run.get("Loss_train")
    assert loss is not None and loss.wall_times is not None and loss.wall_times[1] == 1700000001.5
    assert role(run, "learning_rate") == "lr"


def test_train_and_validation_folders_of_keras(tmp_path: Path) -> None:
    write(tmp_path / "run-fit_train-tag-epoch_loss.json", points(5, 1))
    write(tmp_path / "run-fit_validation-tag-epoch_loss.json", points(5, 1))
    run = only(read(tmp_path))
    assert (run.name, role(run, "train_loss"), role(run, "val_loss")) == (
        ".", "train/epoch_loss", "validation/epoch_loss")  # fmt: skip


def test_two_runs(tmp_path: Path) -> None:
    for name in ("a_train", "a_validation", "b_train", "b_validation"):
        write(tmp_path / f"run-{name}-tag-epoch_loss.json", points(4, 1))
    assert [run.name for run in read(tmp_path).runs] == ["a", "b"]


def test_a_renamed_file_with_values_that_are_no_numbers(tmp_path: Path) -> None:
    text = (
        '[[1700000000.1, 0, 2.0], [1700000001.1, 10, NaN], [1700000002.1, 20, "Infinity"], [1, "x", 1.0], [1700000003'
    )
    result = read(write(tmp_path / "loss.json", text))
    run = only(result)
    assert steps(run, "loss") == [0, 10, 20]
    assert math.isnan(values(run, "loss")[1]) and values(run, "loss")[2] == math.inf
    assert len(result.problems) == 2


def test_other_arrays_are_no_download(tmp_path: Path) -> None:
    write(tmp_path / "boxes.json", "[[1, 2, 3], [4, 5, 6]]")
    write(tmp_path / "log.csv", "step,loss\n0,1.0\n1,0.5\n")
    assert only(read(tmp_path)).format == "csv"
