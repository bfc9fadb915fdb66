from __future__ import annotations

import json

import numpy as np

from loglens.readers.console.programs.json_stats import options_apart
from loglens.readers.contract.base import Column
from tests.readers.text_lines import read


def test_json_stats() -> None:
    stats = [
        {"epoch": at, "loss": 2 / at, "lr": 0.1, "batchSize": 128, "test_acc": 50 + at, "dropout": 0}
        for at in (1, 2, 3)
    ]
    text = "".join(f"json_stats: {json.dumps(one)}\t\n" for one in stats) + 'json_stats: {"epoch": 4, "lo\n'
    points = read(text, "json-stats")
    assert points["loss"] == [(1, 2.0), (2, 1.0), (3, 2 / 3)]
    assert "epoch" not in points


def test_options_are_no_curves() -> None:
    def column(tag: str, *values: float) -> Column:
        return Column(tag=tag, steps=np.arange(len(values)), values=np.array(values))

    settled = options_apart(
        (column("loss", 1, 1), column("lr", 0.1, 0.1), column("batchSize", 128, 128), column("time", 1, 2))
    )
    assert [one.tag for one in settled.columns] == ["loss", "lr", "time"]
    assert settled.config == {"batchSize": 128}
