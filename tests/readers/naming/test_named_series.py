"""What a name says of its series, and what it does not."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import Series
from loglens.readers.naming.named_series import with_meaning


def filled(tag: str) -> Series:
    return with_meaning([Series(tag=tag, steps=np.arange(3) * 500, values=np.ones(3))])[0]


@pytest.mark.parametrize("tag", ["acc", "accuracy", "valid_loss", "val_accuracy", "val_loss"])
def test_a_name_that_some_framework_logs_by_epoch_says_nothing_of_the_axis(tag: str) -> None:
    assert filled(tag).axis == "step"


@pytest.mark.parametrize(("tag", "axis"), [("train/epoch_loss", "epoch"), ("lm loss vs samples", "samples")])
def test_a_name_that_says_its_axis_is_believed(tag: str, axis: str) -> None:
    assert filled(tag).axis == axis


def test_the_aggregate_is_filled_in() -> None:
    assert filled("val_loss").aggregate == "epoch"
