"""A run that cannot be judged is refused with a command that works on it."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.errors import NotJudgeable
from loglens.model.run import RoleChoice, Run, Series
from loglens.signals.judgeable import check_judgeable


def test_the_way_on_names_a_series_of_this_log() -> None:
    run = Run.from_arrays({"step time": [1.0, 2.0, 3.0], "my value": [3.0, 1.0, 2.0]}, name="a log.csv")
    with pytest.raises(NotJudgeable) as raised:
        check_judgeable(run)
    assert "loglens diagnose 'a log.csv' --map 'train_loss=my value'" in str(raised.value)


def test_where_nothing_moves_inspect_is_the_way_on() -> None:
    with pytest.raises(NotJudgeable, match=r"loglens inspect log\.csv"):
        check_judgeable(Run.from_arrays({"step": [1.0, 2.0, 3.0]}, name="log.csv"))


def test_one_point_and_none_that_is_finite() -> None:
    for values, said in (([1.0], "a single finite point"), ([float("nan")], "no finite point")):
        with pytest.raises(NotJudgeable, match=said):
            check_judgeable(Run.from_arrays({"loss": values}, roles={"train_loss": "loss"}))


def test_losses_that_are_no_numbers_are_judged_beside_a_single_validation_that_is_none_either() -> None:
    check_judgeable(_losses(train=[np.nan] * 12, val=[np.nan]))
    with pytest.raises(NotJudgeable, match="no finite point in 'val'"):
        check_judgeable(_losses(train=[np.nan], val=[np.nan]))


def _losses(*, train: list[float], val: list[float]) -> Run:
    series = tuple(
        Series(tag=tag, steps=np.arange(len(values)), values=np.array(values))
        for tag, values in (("train", train), ("val", val))
    )
    roles = tuple(
        RoleChoice(role=role, series=tag, reason="given")
        for role, tag in (("train_loss", "train"), ("val_loss", "val"))
    )
    return Run(name=".", source="planted", format="csv", series=series, roles=roles)
