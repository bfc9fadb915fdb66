"""Oddities of the log itself."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.detectors.log_artefacts import LogArtefacts
from loglens.model.finding import Finding
from loglens.model.run import RoleChoice, Run, Series
from loglens.signals.core import Signals
from tests.factories import falling, healthy, make_run


def found(run: Run) -> dict[object, Finding]:
    seen = list(LogArtefacts().detect(Signals(run)))
    return {next(e.value for e in one.evidence if e.name == "form"): one for one in seen}


def noisy(points: int, seed: int = 0) -> np.ndarray:
    return falling(points) * np.exp(0.05 * np.random.default_rng(seed).standard_normal(points))


def test_a_constant_loss_is_a_warning() -> None:
    assert found(make_run({"loss": np.full(50, 2.0)}))["constant"].severity == "warning"


def test_a_stretch_of_one_value() -> None:
    values = noisy(300)
    values[100:150] = values[100]
    one = found(make_run({"loss": values}))["repeated"]
    assert (one.steps.start, one.steps.end) == (100, 149)


def test_zeros_among_losses() -> None:
    values = noisy(300)
    values[[50, 120]] = 0.0
    assert found(make_run({"loss": values}))["zeros"].steps.start == 50


def test_a_last_row_that_is_the_mean_of_all() -> None:
    values = noisy(300)
    values[-1] = values[:-1].mean()
    assert found(make_run({"loss": values}))["summary_row"].steps.start == 299


def test_a_gap() -> None:
    steps = np.concatenate((np.arange(200), np.arange(900, 1100)))
    one = found(make_run({"loss": (steps, noisy(400))}))["gap"]
    assert (one.steps.start, one.steps.end) == (199, 900)


@pytest.mark.parametrize("points", [2, 10, 29])
def test_few_points_are_named(points: int) -> None:
    assert set(found(make_run({"loss": noisy(points)}))) <= {"sparse"}
    assert "sparse" in found(make_run({"loss": noisy(points)}))


def test_uneven_points_are_a_thinned_export() -> None:
    steps = np.cumsum(np.random.default_rng(0).integers(2, 30, 400))
    assert set(found(make_run({"loss": (steps, noisy(400))}))) == {"thinned"}


def test_a_file_still_being_written() -> None:
    assert "live" in found(make_run({"loss": noisy(100)}, live=True))


def test_axes_that_count_different_things() -> None:
    run = Run(
        name=".",
        source="",
        format="",
        series=(
            Series(tag="loss", steps=np.arange(5000), values=noisy(5000)),
            Series(tag="val", steps=np.arange(10), values=falling(10), axis="epoch"),
        ),
        roles=(RoleChoice(role="train_loss", series="loss"), RoleChoice(role="val_loss", series="val")),
    )
    assert set(found(run)) == {"axes"}


def test_ordinary_logs_are_quiet() -> None:
    for seed in range(5):
        assert found(healthy(seed).run) == {}
        assert found(healthy(seed, points=150, interval=10).run) == {}


def test_a_rounded_loss_that_repeats_itself_is_quiet() -> None:
    assert found(make_run({"loss": np.round(noisy(300), 1)})) == {}


def test_a_loss_on_its_way_to_zero_is_quiet() -> None:
    values = np.geomspace(1, 1e-9, 300)
    values[290] = 0.0
    assert "zeros" not in found(make_run({"loss": values}))


@pytest.mark.parametrize(("points", "told"), [(7, False), (8, True)])
def test_one_value_throughout_is_told_from_eight_points_on(points: int, told: bool) -> None:
    assert ("constant" in found(make_run({"loss": np.full(points, 2.0)}))) is told


@pytest.mark.parametrize(("points", "count", "told"), [(40, 9, False), (40, 10, True), (30, 10, True),
                                                       (200, 20, True), (200, 19, False)])  # fmt: skip
def test_a_value_repeats_from_ten_points_and_a_tenth_of_the_log_on(points: int, count: int, told: bool) -> None:
    loss = noisy(points)
    loss[5 : 5 + count] = loss[5]
    one = found(make_run({"loss": loss})).get("repeated")
    assert (one is not None) is told
    if one is not None:
        assert (one.steps.start, one.steps.end, one.evidence_value("repeated")) == (5, 4 + count, count)


@pytest.mark.parametrize(("gap", "told"), [(20, False), (21, True)])
def test_a_gap_is_longer_than_twenty_lines(gap: int, told: bool) -> None:
    steps = np.concatenate((np.arange(100), np.arange(100) + 99 + gap))
    one = found(make_run({"loss": (steps, noisy(200))})).get("gap")
    assert (one is not None) is told
    if one is not None:
        assert (one.steps.start, one.steps.end) == (99, 99 + gap)
        assert "(every step elsewhere)" in one.summary


@pytest.mark.parametrize(("points", "told"), [(29, True), (30, False)])
def test_a_log_is_sparse_below_thirty_points(points: int, told: bool) -> None:
    one = found(make_run({"loss": noisy(points)}, interval=7)).get("sparse")
    assert (one is not None) is told
    if one is not None:
        assert one.summary == f"The log holds {points} points, 7 steps apart: what is shorter cannot be seen."


def test_a_summary_row_is_looked_for_from_twelve_points_on() -> None:
    for points, told in ((11, False), (12, True)):
        loss = noisy(points)
        loss[-1] = loss[:-1].mean()
        assert ("summary_row" in found(make_run({"loss": loss}))) is told


@pytest.mark.parametrize(("last", "told"), [(10, True), (19, True), (20, True), (21, False), (150, False)])
def test_validations_that_count_epochs_end_far_before_the_steps(last: int, told: bool) -> None:
    """Ten validations: up to two counts apart they may be epochs."""
    steps = np.linspace(last / 10, last, 10).astype(int)
    steps[-1] = last
    run = make_run({"loss": noisy(400), "val": (np.unique(steps), noisy(len(np.unique(steps))))})
    assert ("axes" in found(run)) is told
