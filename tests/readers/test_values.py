"""Losses in memory: dicts of columns and plain lists, and a sentence for what is neither."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.errors import ReadError
from loglens.readers.values import is_values, read_values
from tests.readers.written import only, steps, values


@pytest.mark.parametrize("target", [[3.0, 2.0], (3, 2), np.array([3.0, 2.0]), [None, 2.0], {"loss": [1]}, {}])
def test_what_counts_as_values(target: object) -> None:
    assert is_values(target)


@pytest.mark.parametrize("target", ["runs", b"runs", [], ["runs/a", "runs/b"], 3.0, None])
def test_what_does_not(target: object) -> None:
    assert not is_values(target)


def test_a_list_is_the_loss_counted_from_zero() -> None:
    run = only(read_values([3.0, None, 1.0], mapping={}))
    assert (steps(run, "loss"), values(run, "loss")) == ([0, 2], [3.0, 1.0])


def test_columns_of_unlike_length_begin_together() -> None:
    run = only(read_values({"step": [10, 20, 30], "loss": [3.0, 2.0, 1.0], "val_loss": [3.5, 2.5]}, mapping={}))
    assert steps(run, "loss") == [10, 20, 30]
    assert (steps(run, "val_loss"), values(run, "val_loss")) == ([10, 20], [3.5, 2.5])


@pytest.mark.parametrize(
    ("target", "said"),
    [({}, "the dict is empty"), ({"loss": 3.0}, "'loss' is float"), ({"loss": [1, "x"]}, "'x' at 1")],
)
def test_what_is_wrong_is_said_with_its_place(target: dict[str, object], said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_values(target, mapping={})  # type: ignore[arg-type]
