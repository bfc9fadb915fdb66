"""Whole curves printed at once as lists."""

from __future__ import annotations

import pytest

from tests.readers.text_lines import grammar_name, read

LOSS = [(1, 0.69), (2, 0.5), (3, 0.4)]


@pytest.mark.parametrize(
    "line",
    [
        "{'loss': [0.69, 0.5, 0.4], 'val_loss': [0.7, 0.6, 0.65]}",
        "loss = [0.69, 0.5, 0.4]\nval_loss = [0.7, 0.6, 0.65]",
        "loss: [tensor(0.69), tensor(0.5), tensor(0.4)] val_loss: np.array([0.7, 0.6, 0.65])",
        "loss: [0.69, 0.5, 0.3]\nloss: [0.69, 0.5, 0.4]\nval_loss: [0.7, 0.6, 0.65]",
    ],
)
def test_the_lists_are_the_curves(line: str) -> None:
    assert read(line, "histories") == {"loss": LOSS, "val_loss": [(1, 0.7), (2, 0.6), (3, 0.65)]}


@pytest.mark.parametrize(
    "line",
    [
        "loss: [0.69, 0.5]",
        "betas = [0.9, 0.999, 0.5]",
        "loss: [a, b, c]",
        "shape: [3, 224, 224]",
    ],
)
def test_other_lists_are_none(line: str) -> None:
    assert grammar_name(line) is None
