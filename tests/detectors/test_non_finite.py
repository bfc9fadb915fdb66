"""Non-finite values, open and hidden."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.non_finite import NonFinite, _counted
from loglens.model.finding import Finding
from loglens.model.run import RoleChoice, Run, Series
from loglens.signals.core import Signals
from tests.factories import diverging, falling, make_run


def found(run: Run) -> list[Finding]:
    return list(NonFinite().detect(Signals(run)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [2, 150])
def test_a_run_that_dies(value: float, at: int) -> None:
    values = falling(200)
    values[at:] = value
    (one,) = found(make_run({"loss": values}))
    assert one.severity == "critical"
    assert one.score == 1.0
    assert one.steps.start == at
    assert one.evidence_value("count") == 200 - at


def test_what_led_up_to_it_is_told() -> None:
    planted = diverging(at=900, rate=0.3, nan=True)
    (one,) = found(planted.run)
    assert (one.evidence_value("warning_steps") or 0) > 5
    assert "after it rose" in one.summary


def test_a_few_that_pass_are_a_warning() -> None:
    values = falling(200)
    values[[50, 120]] = np.nan
    (one,) = found(make_run({"loss": values}))
    assert one.severity == "warning"
    assert one.evidence_value("count") == 2


def test_zero_in_place_of_nan() -> None:
    values, grad = falling(40), np.ones(40)
    values[25:] = 0.0
    grad[24:] = np.nan
    (one,) = found(make_run({"loss": values, "grad": grad}))
    assert one.severity == "critical"
    assert one.steps.start == 25
    assert one.evidence_value("hidden") == 15


def test_zeros_out_of_nowhere_hide_a_nan_without_a_gradient_too() -> None:
    values = falling(40)
    values[30:] = 0.0
    (one,) = found(make_run({"loss": values}))
    assert one.evidence_value("hidden") == 10


def test_a_gradient_that_is_not_finite_alone() -> None:
    grad = np.ones(100)
    grad[10::20] = np.inf
    (one,) = found(make_run({"loss": falling(100), "grad": grad}))
    assert one.series == "grad"
    assert one.severity == "warning"


@pytest.mark.parametrize(("values", "count"), [([0, 0, 1, 3, 3], 3), ([0, 1, 0, 1, 0], 2)])
def test_counters_of_skipped_steps(values: list[float], count: int) -> None:
    run = make_run({"loss": falling(50)})
    steps = np.arange(0, 50, 10)
    counter = Series(tag="skipped", steps=steps, values=np.array(values, dtype=float))
    run = Run(
        name=".",
        source="",
        format="arrays",
        series=(*run.series, counter),
        roles=(*run.roles, RoleChoice(role="skipped_or_nan_steps", series="skipped")),
    )
    (one,) = found(run)
    assert one.evidence_value("count") == count


# stays quiet


def test_a_loss_on_its_way_to_zero_may_reach_it() -> None:
    values = np.geomspace(1, 1e-8, 60)
    values[55:] = 0.0
    assert found(make_run({"loss": values})) == []


def test_finite_runs_are_quiet() -> None:
    assert found(make_run({"loss": falling(100), "grad": np.ones(100)})) == []


def test_a_counter_that_never_counts_is_quiet() -> None:
    run = make_run({"loss": falling(50)})
    counter = Series(tag="skipped", steps=np.arange(50), values=np.zeros(50))
    roles = (*run.roles, RoleChoice(role="skipped_or_nan_steps", series="skipped"))
    assert found(Run(name=".", source="", format="", series=(*run.series, counter), roles=roles)) == []


@pytest.mark.parametrize(
    ("counts", "first", "count"),
    [
        ([0, 0, 1, 1, 3], 2, 3),  # a running total
        ([2, 2, 2, 3, 3], 3, 3),  # one that went on from an earlier part of the training
        ([2, 2, 2, 2, 2], 0, 2),  # which saw no more since
        ([0, 1, 0, 2, 0], 1, 3),  # a count a line
        ([3, 0, 0, 0, 1], 0, 4),
        ([5], 0, 5),
    ],
)
def test_a_counter_is_a_total_where_it_only_grows(counts: list[int], first: int, count: int) -> None:
    counter = Series(tag="skipped", steps=10 * np.arange(len(counts)), values=np.array(counts, dtype=float))
    assert _counted(counter) == (10 * first, count)
    assert _counted(Series(tag="skipped", steps=np.arange(3), values=np.zeros(3))) is None
