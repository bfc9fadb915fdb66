"""AllenNLP writes a file of metrics an epoch."""

from __future__ import annotations

import json
from pathlib import Path

from loglens.readers import read
from tests.readers.written import only, role, steps, values, write


def epoch(folder: Path, number: int) -> None:
    metrics = {"best_epoch": 0, "peak_worker_0_memory_MB": 1234.5, "training_duration": "0:01:23", "epoch": number,
               "training_start_epoch": 0, "training_epochs": number, "training_loss": 1 / (number + 1),
               "validation_loss": 2.0, "best_validation_loss": 0.3}  # fmt: skip
    write(folder / f"metrics_epoch_{number}.json", json.dumps(metrics, indent=2))


def test_epochs_in_order(tmp_path: Path) -> None:
    for number in range(12):
        epoch(tmp_path / "out", number)
    write(tmp_path / "out" / "metrics.json", '{"best_epoch": 11, "training_loss": 0.1}')
    run = only(read(tmp_path))
    assert (run.name, run.x_axis) == ("out", "epoch")
    assert steps(run, "training_loss") == list(range(12))
    assert values(run, "training_loss")[11] == 1 / 12
    assert {one.tag for one in run.series} == {"training_loss", "validation_loss"}
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("training_loss", "validation_loss")


def test_an_epoch_that_was_cut_is_told(tmp_path: Path) -> None:
    for number in range(3):
        epoch(tmp_path, number)
    write(tmp_path / "metrics_epoch_1.json", '{"training_loss": 0.5, "valid')
    result = read(tmp_path)
    assert steps(only(result), "training_loss") == [0, 2]
    assert [problem.path for problem in result.problems] == ["metrics_epoch_1.json"]
