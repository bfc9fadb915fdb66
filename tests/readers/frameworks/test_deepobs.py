from __future__ import annotations

import json
import math
from pathlib import Path

from loglens.readers.contract.base import Column, Probe
from loglens.readers.frameworks.deepobs import DeepObs
from tests.readers.shared_samples import shared

READER = DeepObs()


def read(path: Path, result: object) -> tuple[dict[str, Column], Path]:
    path.write_text(result if isinstance(result, str) else json.dumps(result))
    assert READER.recognises(Probe(path=path, size=path.stat().st_size))
    (log,) = READER.read([path])
    return {one.tag: one for one in log.columns}, path


RESULT = {
    "train_losses": [2.0, 1.0, 0.5],
    "test_losses": [2.1, 1.2, math.nan],
    "minibatch_train_losses": [2.0, 1.9, 1.8, 1.7, 1.6, 1.5, 1.4, 1.3],
    "optimizer": "SGD",
    "num_epochs": 2,
    "learning_rate": 0.1,
    "lr_sched_epochs": [1],
    "lr_sched_factors": [0.01],
    "train_log_interval": 1,
    "hyperparams": {"momentum": 0.9},
}


def test_epochs_are_placed_among_the_batches(tmp_path: Path) -> None:
    columns, path = read(tmp_path / "r.json", RESULT)
    assert columns["minibatch_train_losses"].steps.tolist() == list(range(8))
    assert columns["test_losses"].steps.tolist() == [0, 4, 8]
    assert math.isnan(columns["test_losses"].values[2])
    assert columns["learning_rate"].values.tolist() == [0.1, 0.001, 0.001]
    (log,) = READER.read([path])
    assert log.config["hyperparams.momentum"] == 0.9
    assert log.own_file


def test_the_logging_interval_counts(tmp_path: Path) -> None:
    columns, _ = read(tmp_path / "r.json", {**RESULT, "train_log_interval": 10})
    assert columns["minibatch_train_losses"].steps.tolist() == list(range(0, 80, 10))
    assert columns["train_losses"].steps.tolist() == [0, 40, 80]


def test_without_batches_the_epoch_is_the_axis(tmp_path: Path) -> None:
    columns, _ = read(tmp_path / "r.json", {"train_losses": [2, 1, 0], "optimizer_hyperparams": {"lr": 0.5}})
    assert (columns["train_losses"].steps.tolist(), columns["train_losses"].axis) == ([0, 1, 2], "epoch")
    assert columns["learning_rate"].values.tolist() == [0.5, 0.5, 0.5]


def test_a_cut_file(tmp_path: Path) -> None:
    columns, path = read(tmp_path / "r.json", json.dumps(RESULT)[:80])
    assert columns["train_losses"].values.tolist() == [2.0, 1.0, 0.5]
    (log,) = READER.read([path])
    assert log.problems[0].offset == 66  # where the name that was cut begins


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ('{"loss": [1, 2]}', '{"train_losses": 5}', "[]", "{}"):
        path.write_text(text)
        assert not READER.recognises(Probe(path=path, size=path.stat().st_size))


def test_shared_runs() -> None:
    (path,) = shared("real_logs", "deepobs_allcnnc_adam_1e1").glob("*.json")
    (log,) = READER.read([path])
    losses = next(one for one in log.columns if one.tag == "minibatch_train_losses")
    assert (len(losses.steps), sum(map(math.isfinite, losses.values))) == (68250, 3)
