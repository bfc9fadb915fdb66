# ruff: noqa: E501 - lines as the programs print them
"""SAS' notes in columns."""

from __future__ import annotations

import pytest

from tests.readers.text_lines import read

WITH = "NOTE:  Epoch Learning Rate        Loss  Fit Error Validation Loss Validation Error   Time(s)\nNOTE:      0         0.001       3.962     0.9733            4.27           0.9829     11.52\nNOTE:      1         0.001       3.124     0.7493           3.326           0.7842     11.42\n"
WITHOUT = "NOTE:  Epoch Learning Rate        Loss  Fit Error   Time(s)\nNOTE:      0         0.001       3.962     0.9733     11.52\nNOTE:      1         0.001       3.124     0.7493     11.42\n"


@pytest.mark.parametrize("text", [WITH, WITHOUT])
def test_sas(text: str) -> None:
    found = read(
        f"NOTE: Added action set 'deepLearn'.\n{text}NOTE: The optimization reached the maximum number of epochs.\n",
        "sas",
    )
    assert found["loss"] == [(0, 3.962), (1, 3.124)]
    assert found["learning_rate"] == [(0, 0.001), (1, 0.001)]
    assert found.get("val_loss", [(0, 4.27), (1, 3.326)]) == [(0, 4.27), (1, 3.326)]
    assert ("val_loss" in found) is (text == WITH)
