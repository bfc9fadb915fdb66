"""Long tables: one row a point."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from loglens.readers import read
from loglens.readers.tables.csv.read import read_csv
from loglens.readers.tables.long_table import LongNames, long_columns, long_form, long_names
from tests.readers.written import write


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("run", "tag", "step", "value"), LongNames("tag", "value", "step", "run", None)),
        (("Metric", "Value", "Epoch"), LongNames("Metric", "Value", "Epoch", None, None)),
        (("key", "value", "timestamp", "step"), LongNames("key", "value", "step", None, "timestamp")),
        (("metric", "variant", "iter", "y"), LongNames("metric", "y", "iter", None, None, "variant")),
        (("step", "loss", "val_loss"), None),
        (("tag", "value", "a", "b", "c"), None),
    ],
)
def test_columns_are_known_by_their_names(names: tuple[str, ...], expected: LongNames | None) -> None:
    assert long_names(names) == expected


def test_each_tag_is_a_column_in_order_of_writing(tmp_path: Path) -> None:
    text = (
        "split,metric,step,value\ntrain,loss,1,3.0\nval,loss,1,3.5\ntrain,loss,2,nan\ntrain,lr,2,\ntrain,loss,3,2.0\n"
    )
    table = read_csv(write(tmp_path / "log.csv", text))
    names = long_form(table)
    assert names is not None
    found = {one.tag: (one.steps.tolist(), one.values.tolist()) for one in long_columns(table, names)}
    assert set(found) == {"train/loss", "val/loss"}
    assert found["val/loss"] == ([1], [3.5])
    steps, values = found["train/loss"]
    assert steps == [1, 2, 3] and values[::2] == [3.0, 2.0] and math.isnan(values[1])


def test_a_long_table_is_known_by_what_it_holds_under_any_names(tmp_path: Path) -> None:
    rows = "".join(f"{step},loss,{3 - 0.1 * step}\n{step},lr,0.1\n" for step in range(6))
    table = read_csv(write(tmp_path / "log.csv", f"step,what,measured\n{rows}"))
    names = long_form(table)
    assert names is not None and (names.tag, names.value, names.step) == ("what", "measured", "step")


def test_comet_exports_its_metrics_with_values_as_text(tmp_path: Path) -> None:
    told = [(step, pair) for step, said in enumerate(["3.34", "3.1", "NaN"])
            for pair in (("train_loss", said), ("lr", "0.1"))]  # fmt: skip
    rows = [{"metricName": name, "metricValue": value, "step": step, "epoch": 0} for step, (name, value) in told]
    path = tmp_path / "metrics.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    (run,) = read(path).runs
    assert {series.tag: len(series) for series in run.series}["train_loss"] == 3
