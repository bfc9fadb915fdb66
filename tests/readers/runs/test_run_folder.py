"""Folders that belong together, and folders that only look like it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loglens.readers.contract.base import Column, Fact, Log
from loglens.readers.runs.run_folder import in_run_folders

ROOT = Path("/runs")


def log(folder: str, *tags: str, points: int = 5, first: int = 0, format_id: str = "tensorboard") -> Log:
    steps = np.arange(first, first + points)
    columns = tuple(Column(tag=tag, steps=steps, values=steps.astype(float)) for tag in tags)
    home = ROOT / folder
    facts: frozenset[Fact] = frozenset({"output_folder" if format_id == "hf_trainer_state" else "nests_curves"})
    return Log(format=format_id, file=home / "events.out.tfevents.1", folder=home, columns=columns, facts=facts)


def names(*logs: Log) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in in_run_folders(logs):
        found.setdefault(one.folder.relative_to(ROOT).as_posix(), set()).update(column.tag for column in one.columns)
    return found


@pytest.mark.parametrize(
    ("train", "validation"), [("train", "validation"), ("train", "val"), ("training", "test"), ("train", "eval")]
)
def test_splits_become_one_run(train: str, validation: str) -> None:
    found = names(log(f"a/{train}", "epoch_loss"), log(f"a/{validation}", "epoch_loss"))
    assert found == {"a": {f"{train}/epoch_loss", f"{validation}/epoch_loss"}}


def test_a_split_that_holds_nothing_yet_is_still_one() -> None:
    assert names(log("a/train", "loss"), log("a/validation")) == {"a": {"train/loss"}}


def test_a_training_and_its_eval_folder() -> None:
    assert names(log("a", "loss"), log("a/eval", "loss")) == {"a": {"loss", "eval/loss"}}


def test_a_lone_train_folder_is_a_run_of_its_own() -> None:
    assert names(log("a/train", "loss"), log("a/other", "loss")) == {"a/train": {"loss"}, "a/other": {"loss"}}


def test_two_runs_with_splits_stay_two() -> None:
    found = names(*(log(f"{run}/{split}", "loss") for run in "ab" for split in ("train", "validation")))
    assert set(found) == {"a", "b"}


def test_add_scalars() -> None:
    found = names(log("a"), log("a/loss_train", "loss"), log("a/loss_val", "loss"), log("a/Acc_top_x", "Acc/top"))
    assert found == {"a": {"loss_train/loss", "loss_val/loss", "Acc_top_x/Acc/top"}}


def test_add_scalars_of_tensorboardx() -> None:
    found = names(log("a"), log("a/loss/train", "loss"), log("a/my loss/x", "my_loss"), log("a/Acc/top/x", "Acc/top"))
    assert found == {"a": {"loss/train/loss", "my loss/x/my_loss", "Acc/top/x/Acc/top"}}


def test_a_folder_called_like_a_tag_is_no_curve_of_a_run_that_is_not_there() -> None:
    assert set(names(log("loss/a", "loss"), log("loss/b", "loss"))) == {"loss/a", "loss/b"}


def test_runs_whose_names_end_like_splits_are_not_joined() -> None:
    found = names(log("model_train", "loss", "lr"), log("model_test", "loss", "lr"))
    assert set(found) == {"model_train", "model_test"}


def test_hparams_are_no_run() -> None:
    found = names(log("a", "loss"), log("a/1795328788.4780095", "hparam/accuracy", points=1))
    assert set(found) == {"a"}


def test_a_run_named_by_a_time_is_one() -> None:
    assert set(names(log("1795328788", "loss"))) == {"1795328788"}


def test_a_trainers_runs_belong_to_its_output() -> None:
    state = log("out", "loss", format_id="hf_trainer_state")
    found = names(state, log("out/runs/Nov22_host", "train/loss"), log("out/runs/Nov23_host", "train/loss"))
    assert set(found) == {"out"}


def test_a_trainers_resumed_runs_without_a_state_are_one() -> None:
    tags = ("train/loss", "train/epoch")
    found = names(log("out/runs/Nov22", *tags), log("out/runs/Nov23", *tags, first=3))
    assert set(found) == {"out"}


def test_summary_writers_runs_are_many() -> None:
    found = names(log("runs/Nov22_host", "loss"), log("runs/Nov23_host", "loss", first=3))
    assert set(found) == {"runs/Nov22_host", "runs/Nov23_host"}
    anew = names(log("out/runs/Nov22", "train/epoch"), log("out/runs/Nov23", "train/epoch"))
    assert set(anew) == {"out/runs/Nov22", "out/runs/Nov23"}


def test_vis_data() -> None:
    assert set(names(log("work/20260101/vis_data", "loss"))) == {"work/20260101"}
