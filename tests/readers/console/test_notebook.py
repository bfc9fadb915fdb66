"""Notebooks are read by what their cells printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loglens.errors import LogLensError
from loglens.readers import read


def write(folder: Path, *outputs: dict[str, Any]) -> Path:
    path = folder / "train.ipynb"
    cells = [{"cell_type": "code", "source": ["model.fit()"], "outputs": [one]} for one in outputs]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}), encoding="utf-8")
    return path


def stream(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}


def test_streams_of_several_cells(tmp_path: Path) -> None:
    text = "".join(f"Epoch {at} | train loss {2 / at:.3f} | val loss {2.5 / at:.3f}\n" for at in range(1, 8))
    (run,) = read(write(tmp_path, stream("hello\n"), stream(text))).runs
    train = run.role("train_loss")
    assert train is not None
    assert train.steps.tolist() == list(range(1, 8))
    assert train.values[0] == 2.0


@pytest.mark.parametrize("columns", [("Step", "Training Loss"), ("Step", "Training Loss", "Validation Loss")])
def test_the_table_that_a_trainer_draws(tmp_path: Path, columns: tuple[str, ...]) -> None:
    head = "".join(f"<th>{name}</th>" for name in columns)
    rows = "".join(
        f"<tr><td>{step}</td>" + "".join(f"<td>{1000 / step:.6f}</td>" for _ in columns[1:]) + "</tr>"
        for step in range(100, 1100, 100)
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    html = f"<div><progress value='3'></progress></div>{table}"
    drawn = {"output_type": "display_data", "data": {"text/html": [html], "text/plain": ["<IPython.core>"]}}
    (run,) = read(write(tmp_path, drawn)).runs
    train = run.role("train_loss")
    assert train is not None
    assert (train.tag, train.steps.tolist()) == ("Training Loss", list(range(100, 1100, 100)))


def test_a_notebook_that_printed_nothing(tmp_path: Path) -> None:
    with pytest.raises(LogLensError):
        read(write(tmp_path, stream("")))
