"""Every reader has a small log in the repository, and every value in it is read exactly."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.registry import readers

SAMPLES = Path(__file__).parent / "samples"
EXPECTED: dict[str, dict[str, list[tuple[int, float | None]]]] = json.loads(
    (SAMPLES / "expected.json").read_text(encoding="utf-8")
)
WITHOUT = {
    "unreadable": "stores that only their own packages read: named, not read",
    "mlflow-sqlite": "an empty database of MLflow is 900 kB; `trackers/test_mlflow_db.py` makes its tables",
}
LARGER = {"trackio-sqlite": 40_000}
"""A page of a database for each of its indexes."""


def test_every_reader_has_a_sample() -> None:
    ids = {reader.meta.id for reader in readers()}
    assert ids - set(EXPECTED) == set(WITHOUT)
    assert set(EXPECTED) <= ids
    assert {path.name for path in SAMPLES.iterdir() if path.is_dir()} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_is_small_and_read_exactly(name: str) -> None:
    size = sum(path.stat().st_size for path in (SAMPLES / name).rglob("*") if path.is_file())
    assert size <= LARGER.get(name, 6_000)
    result = read(SAMPLES / name)
    assert result.problems == ()
    (run,) = result.runs
    assert run.format == {"wandb-parquet": "wandb-history"}.get(name, name)
    for tag, points in EXPECTED[name].items():
        series = run.get(tag)
        assert series is not None, [one.tag for one in run.series]
        got = zip(series.steps.tolist(), series.values.tolist(), strict=True)
        assert [(step, None if math.isnan(value) else value) for step, value in got] == [tuple(one) for one in points]
