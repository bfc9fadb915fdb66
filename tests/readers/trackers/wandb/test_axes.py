from __future__ import annotations

from collections.abc import Mapping

from loglens.readers.trackers.wandb.axes import AxisChoice, columns_of
from loglens.readers.trackers.wandb.contents import Contents, HistoryRow
from loglens.readers.trackers.wandb.records import MetricDefinition


def contents(*rows: Mapping[str, float], metrics: list[MetricDefinition] | None = None) -> Contents:
    return Contents(rows=[HistoryRow(at, dict(row)) for at, row in enumerate(rows)], metrics=metrics or [])


def test_an_exact_definition_goes_before_a_glob() -> None:
    defined = [MetricDefinition("", "val/*", "epoch", 0), MetricDefinition("val/acc", "", "iter", 0)]
    choice = AxisChoice(
        contents({"epoch": 1.0, "iter": 5.0, "val/acc": 1.0, "val/loss": 2.0}, metrics=defined), "_step"
    )
    assert (choice("val/acc"), choice("val/loss"), choice("other")) == ("iter", "epoch", "_step")


def test_a_glob_over_everything_leaves_the_axis_to_itself() -> None:
    defined = [MetricDefinition("", "*", "epoch", 0)]
    choice = AxisChoice(contents({"epoch": 1.0, "loss": 2.0}, metrics=defined), "_step")
    assert (choice("loss"), choice("epoch")) == ("epoch", "_step")


def test_an_axis_that_was_never_logged_is_none() -> None:
    defined = [MetricDefinition("loss", "", "epoch", 0)]
    assert AxisChoice(contents({"loss": 2.0}, metrics=defined), "_step")("loss") == "_step"


def test_a_row_without_its_axis_stands_where_the_axis_stood() -> None:
    rows = ({"early": 1.0}, {"step": 10.0, "loss": 2.0}, {"step": 20.0, "loss": 1.0}, {"late": 3.0})
    columns = {one.tag: one.steps.tolist() for one in columns_of(contents(*rows, {"step": 30.0, "loss": 0.5}))}
    assert columns == {"early": [10], "loss": [10, 20, 30], "late": [20]}


def test_times_are_kept_and_internal_names_are_not() -> None:
    (column,) = columns_of(
        contents({"loss": 1.0, "_timestamp": 100.0, "_runtime": 1.0}, {"loss": 0.5, "_timestamp": 101.0})
    )
    assert column.tag == "loss"
    assert column.wall_times is not None and column.wall_times.tolist() == [100.0, 101.0]
