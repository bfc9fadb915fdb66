"""Frames in memory are read like files of the same shape."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from loglens.errors import ReadError
from loglens.readers.frames import read_frame

COLUMNS = {"step": [0, 10, 20], "train_loss": [3.0, 2.0, float("nan")], "lr": [0.1, 0.1, 0.05], "note": ["a", "b", "c"]}


@pytest.mark.parametrize("frame", [pl.DataFrame(COLUMNS), pd.DataFrame(COLUMNS)], ids=["polars", "pandas"])
def test_a_wide_frame(frame: pd.DataFrame | pl.DataFrame) -> None:
    (run,) = read_frame(frame).runs
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == [0, 10, 20]
    assert np.isnan(loss.values[2])
    rate = run.role("learning_rate")
    assert rate is not None
    assert rate.values.tolist() == [0.1, 0.1, 0.05]


def test_a_pandas_index_is_the_step() -> None:
    (run,) = read_frame(pd.DataFrame({"loss": [1.0, 0.5]}, index=pd.Index([100, 200], name="step"))).runs
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == [100, 200]


def test_the_long_form_round_trips() -> None:
    (run,) = read_frame(pl.DataFrame(COLUMNS)).runs
    (again,) = read_frame(run.frame()).runs
    assert {one.tag: one.steps.tolist() for one in again.series} == {one.tag: one.steps.tolist() for one in run.series}


def test_several_runs_in_one_long_frame() -> None:
    frame = pl.DataFrame(
        {"run": ["a", "a", "b", "b"], "tag": ["loss"] * 4, "step": [0, 1, 0, 1], "value": [2.0, 1.0, 4.0, 3.0]}
    )
    assert [run.name.rsplit("#")[-1] for run in read_frame(frame).runs] == ["a", "b"]


def test_a_frame_without_numbers_says_so() -> None:
    with pytest.raises(ReadError, match="frame"):
        read_frame(pl.DataFrame({"text": ["a", "b"]}))
