from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from loglens.model.run import Series
from loglens.readers import read as read_path
from loglens.readers.naming.roles import choose_roles
from tests.readers.text_lines import read
from tests.readers.written import only, role, steps, write


def test_xgboost_with_a_time_before_it() -> None:
    rows = [f"[12:00:00] [{at}]\ttrain-rmse:{2 - at / 10:.5f}\teval-rmse:{2.1:.5f}" for at in range(3)]
    points = read("\n".join(rows), "boosting")
    assert points["train-rmse"] == [(0, 2.0), (1, 1.9), (2, 1.8)]
    assert points["eval-rmse"] == [(0, 2.1), (1, 2.1), (2, 2.1)]


def test_lightgbm_prints_its_best_round_once_more() -> None:
    rows = [f"[{at}]\ttraining's l2: {2 - at / 10}\tvalid_1's l2: 2.5" for at in (1, 2, 3)]
    rows[1:1] = ["Training until validation scores don't improve for 30 rounds"]
    rows += ["Early stopping, best iteration is:", "[2]\ttraining's l2: 1.8\tvalid_1's l2: 2.5"]
    points = read("\n".join(rows), "boosting")
    assert points["training's l2"] == [(1, 1.9), (2, 1.8), (3, 1.7)]
    assert set(points) == {"training's l2", "valid_1's l2"}


def test_means_over_folds() -> None:
    rows = [f"[{at}]\ttrain-rmse:0.5+0.1\ttest-rmse:0.6+0.02" for at in range(3)]
    assert read("\n".join(rows), "boosting")["test-rmse"] == [(0, 0.6), (1, 0.6), (2, 0.6)]


def test_catboost(tmp_path: Path) -> None:
    rows = [
        f"{at}:\tlearn: {2 - at / 10}\ttest: 2.5\tbest: 2.5 (0)\ttotal: 48.2ms\tremaining: 1m 2s" for at in range(4)
    ]
    run = only(read_path(write(tmp_path / "out.log", "Learning rate set to 0.085926\n" + "\n".join(rows) + "\n")))
    assert {one.tag for one in run.series} == {"learn", "test"}
    assert steps(run, "learn") == [0, 1, 2, 3]
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("learn", "test")


def test_xgboosts_first_evaluation_set_is_the_training_where_there_are_two(tmp_path: Path) -> None:
    two = "".join(
        f"[{at}]\tvalidation_0-logloss:0.5\tvalidation_0-auc:0.9\tvalidation_1-logloss:0.6\n" for at in range(4)
    )
    run = only(read_path(write(tmp_path / "two" / "out.log", two)))
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("validation_0-logloss", "validation_1-logloss")
    one = "".join(f"[{at}]\tvalidation_0-logloss:0.5\n" for at in range(4))
    run = only(read_path(write(tmp_path / "one" / "out.log", one)))
    assert (role(run, "train_loss"), role(run, "val_loss")) == (None, "validation_0-logloss")


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("training's binary_logloss", "valid_1's binary_logloss"),
        ("training's multi_logloss", "valid_0's multi_logloss"),
        ("train's multiclass_logloss", "test's multiclass_logloss"),
        ("training's cross_entropy", "valid_1's cross_entropy"),
        ("training's l2", "valid_1's l2"),
        ("training's rmse", "valid_0's rmse"),
        ("training's l1", "valid_1's l1"),
        ("train-logloss", "eval-logloss"),
        ("train-mlogloss", "eval-mlogloss"),
        ("validation_0-logloss", "validation_1-logloss"),
        ("train-rmse", "eval-rmse"),
    ],
)
def test_what_is_minimised_is_the_loss_of_each_split(tmp_path: Path, train: str, val: str) -> None:
    rows = [f"[{at}]\t{train}: {1 / (at + 1):.5f}\t{val}: {1.5 / (at + 2):.5f}" for at in range(1, 15)]
    run = only(read_path(write(tmp_path / "out.log", "\n".join(rows) + "\n")))
    assert (role(run, "train_loss"), role(run, "val_loss")) == (train, val)


def test_a_log_loss_goes_before_an_error_and_an_area() -> None:
    tags = ["training's auc", "training's binary_error", "training's binary_logloss", "valid_1's binary_logloss"]
    curves = [Series(tag=tag, steps=np.arange(9), values=np.linspace(0.7, 0.4, 9)) for tag in tags]
    chosen = {choice.role: choice.series for choice in choose_roles(curves)}
    assert (chosen["train_loss"], chosen["val_loss"]) == (tags[2], tags[3])


def test_a_loss_that_rises_by_the_same_each_round_is_no_clock(tmp_path: Path) -> None:
    rows = [
        f"[{at}]\ttraining's binary_logloss: {0.7 + at / 50:.6f}\tvalid_1's binary_logloss: {0.71 + at / 50:.6f}"
        for at in range(1, 30)
    ]
    run = only(read_path(write(tmp_path / "out.log", "\n".join(rows) + "\n")))
    assert role(run, "train_loss") == "training's binary_logloss"
    assert role(run, "val_loss") == "valid_1's binary_logloss"


@pytest.mark.parametrize(("best", "rises"), [(max, True), (min, False)])
def test_what_catboost_calls_best_tells_a_score_from_a_loss(
    best: Callable[..., float], rises: bool, tmp_path: Path
) -> None:
    test = [0.8311, 0.8357, 0.8237, 0.8218]
    rows = [
        f"{at}:\tlearn: {0.92 + at / 100}\ttest: {value}\tbest: {best(test[: at + 1])} (1)\ttotal: 0.4s"
        for at, value in enumerate(test)
    ]
    run = only(read_path(write(tmp_path / "out.log", "\n".join(rows) + "\n")))
    assert (run.role("train_loss") is None) is rises
    assert (run.role("val_accuracy") is not None) is rises


def test_lightgbm_in_r() -> None:
    text = "[1]:\ttrain's l2:0.0974898\tvalid's l2:0.101927\n[2]:\ttrain's l2:0.0968898\tvalid's l2:0.101527\n"
    assert read(text, "boosting")["train's l2"] == [(1, 0.0974898), (2, 0.0968898)]


def test_the_first_versions_of_catboost() -> None:
    text = "".join(f"{at}:     learn {0.6 / (at + 1):.6f}passed: 17.6 sec\ttotal: 3m 13s\n" for at in range(4))
    text += "4:     learn nanpassed: 17 sec\ttotal: 4m\n"
    found = read(text, "boosting")["learn"]
    assert found[1] == (1, 0.3) and len(found) == 5
