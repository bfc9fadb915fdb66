"""The course of a loss at any length: ran away, stuck, at chance level, scattering, settled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.model.run import Event, Run, Series
from loglens.signals.core import Signals
from tests.advice.runs import falling, run_of, signals_of
from tests.factories import make_run


def kinds(loss: np.ndarray, lr: float | None = 1e-3) -> dict[str, str]:
    return {one.kind: one.text for one in establish(signals_of(np.asarray(loss, dtype=float), lr=lr), ())}


@pytest.mark.parametrize("classes", [2, 7, 10, 100, 1000])
def test_the_loss_of_guessing_names_the_classes(classes: int) -> None:
    rng = np.random.default_rng(classes)
    said = kinds(np.log(classes) * (1 + 0.002 * rng.standard_normal(200)))["at_chance"]
    assert f"ln {classes:,}," in said


def test_a_level_that_is_no_logarithm_of_a_usual_number_is_not_chance() -> None:
    rng = np.random.default_rng(0)
    assert "at_chance" not in kinds(1.85 * (1 + 0.002 * rng.standard_normal(200)))


@pytest.mark.parametrize(("start", "told"), [(10.95, True), (11.7, False)])
def test_the_chance_of_a_whole_vocabulary_is_told_only_of_a_loss_that_began_there(start: float, told: bool) -> None:
    level = np.log(50257)
    loss = level + (start - level) * np.exp(-np.arange(400) / 3)
    found = kinds(loss * (1 + 0.0005 * np.random.default_rng(3).standard_normal(400)))
    assert ("at_chance" in found) is told


def test_a_network_thrown_back_to_chance_had_learned() -> None:
    rng = np.random.default_rng(1)
    loss = np.concatenate([np.linspace(2.3, 0.4, 100), [5.0], 2.3026 + 0.004 * rng.standard_normal(80)])
    assert "had learned to" in kinds(loss)["collapsed_to_chance"]


def test_a_window_has_no_start_to_be_judged() -> None:
    steps = 300_000 + 5 * np.arange(200)
    loss = 2.3 + 0.05 * np.random.default_rng(2).standard_normal(200)
    run = make_run({"loss": (steps, loss), "lr": (steps, np.full(200, 1e-4))})
    found = {one.kind for one in establish(Signals(run), ())}
    assert {"starts_late", "flat_noise"} <= found
    assert not found & {"at_chance", "ran_away"}


def test_a_loss_that_rises_and_stays_lost_ground() -> None:
    rng = np.random.default_rng(3)
    loss = np.concatenate([np.linspace(10.9, 6.8, 22), np.linspace(6.9, 7.8, 8), np.full(60, 7.8)])
    assert "lost_ground" in kinds(loss + 0.1 * rng.standard_normal(len(loss)))
    assert "lost_ground" not in kinds(falling())


def test_a_loss_that_creeps_up_is_told() -> None:
    assert "drifts_up" in kinds(np.linspace(1.45, 1.63, 13))


def window(first: int, last: int, every: int = 10, *, level: float = 2.5, noise: float = 0.02) -> Signals:
    steps = np.arange(first, last + 1, every)
    rng = np.random.default_rng(first)
    loss = level + noise * rng.standard_normal(len(steps))
    return Signals(make_run({"loss": (steps, loss), "lr": (steps, np.full(len(steps), 3e-4))}))


@pytest.mark.parametrize(("first", "last", "narrow"), [(5790, 5900, True), (20_000, 21_900, True), (5000, 8000, False)])
def test_a_window_is_narrow_beside_what_was_trained_before_it(first: int, last: int, narrow: bool) -> None:
    found = {one.kind: one.text for one in establish(window(first, last), ())}
    assert ("narrow_window" in found) is narrow
    if narrow:
        assert f"steps {first:,} to {last:,} only" in found["narrow_window"]


def test_a_narrow_window_in_which_the_loss_runs_away_is_no_quiet_one() -> None:
    signals = window(20_000, 20_400)
    steps = signals.loss.steps
    loss = 2.5 * np.exp(np.maximum(0.0, (steps - 20_200) / 40))
    found = {one.kind for one in establish(Signals(make_run({"loss": (steps, loss)})), ())}
    assert "narrow_window" not in found and "ran_away" in found


@pytest.mark.parametrize(("beside", "told"), [("", True), ("epoch", False), ("acc", False)])
def test_a_few_single_steps_at_chance_level_show_nothing_of_a_network(beside: str, told: bool) -> None:
    """Two epochs of four batches are a dry run; eight rows that may be epochs are not."""
    loss = np.log(7) * (1 + 0.004 * np.random.default_rng(2).standard_normal(8))
    columns: dict[str, Any] = {"loss": loss, "lr": np.full(8, 0.01)}
    if beside == "acc":
        columns["acc"] = (np.array([4, 8]), np.array([0.14, 0.14]))
    if beside == "epoch":
        columns["epoch"] = np.arange(1, 9) / 4
    found = {one.kind for one in establish(Signals(make_run(columns)), ())}
    assert ("at_chance" in found) is told


@pytest.mark.parametrize(("points", "low", "told"), [(20, 1.6, True), (20, 9.0, False), (200, 1.6, False)])
def test_a_handful_of_points_that_scatter_by_as_much_as_their_level_show_none(
    points: int, low: float, told: bool
) -> None:
    rng = np.random.default_rng(8)
    loss = np.where(np.arange(points) % 3 == 2, low, np.linspace(15, 7, points) + rng.standard_normal(points))
    found = kinds(loss, lr=None)
    assert ("swings" in found) is told
    assert not (told and "settled" in found)


def test_a_loss_that_begins_saturated_and_stands_still_never_learned() -> None:
    rest = 8.26 + 0.015 * np.random.default_rng(2).standard_normal(20)
    assert "saturated outputs" in kinds(np.array([87.3366, *rest]), lr=0.001)["at_chance"]
    assert "at_chance" not in kinds(np.array([41.0, *rest]), lr=0.001)
    assert "at_chance" not in kinds(np.array([87.3366, *np.linspace(8.26, 5, 20)]), lr=0.001)


@pytest.mark.parametrize(
    ("first", "later", "format_", "told"),
    [
        (15.0, 15.0, "hf_trainer_state", True),
        (12.7, 12.7, "hf_trainer_state", True),
        (12.5, 12.5, "hf_trainer_state", False),
        (2.3, 15.0, "hf_trainer_state", False),  # thrown up at once
        (150.0, 150.0, "hf_trainer_state", False),
        (15.0, 15.0, "csv", False),
    ],
)
def test_a_language_model_that_starts_above_any_vocabulary(
    first: float, later: float, format_: str, told: bool
) -> None:
    loss = np.array([first, *np.linspace(later, 0.9 * later, 60)])
    run = replace(make_run({"loss": loss}), format=format_)
    said = {one.kind: one.text for one in establish(Signals(run), ())}
    assert ("high_start" in said) == told
    if told:
        assert said["high_start"].startswith(f"The loss starts at {first:g}")


def test_a_loss_that_never_moves_learned_nothing_at_whatever_level() -> None:
    rng = np.random.default_rng(13)
    still = 3.61 * (1 + 0.0015 * rng.standard_normal(60))
    assert "never moves by more than" in kinds(still)["stands_still"]
    assert "stands_still" not in kinds(still * np.linspace(1.0, 0.985, 60))
    assert "stands_still" not in kinds(3.61 * (1 + 0.03 * rng.standard_normal(60)))
    assert "stands_still" not in kinds(still, lr=0.0)


def test_a_validation_loss_below_chance_shows_that_something_was_learned() -> None:
    rng = np.random.default_rng(14)
    loss = np.log(5) * (1 + 0.01 * rng.standard_normal(60))
    for level, told in ((1.0, True), (0.92, False)):
        found = {one.kind for one in establish(signals_of(loss, val_loss=np.log(5) * np.linspace(1.0, level, 60)), ())}
        assert ("at_chance" in found) is told


def test_a_rate_of_zero_leaves_no_ground_to_lose() -> None:
    loss = np.concatenate([np.linspace(2.0, 1.0, 60), np.linspace(1.0, 1.6, 60)])
    assert "lost_ground" in kinds(loss)
    assert "lost_ground" not in kinds(loss, lr=0.0)


def test_wide_scatter_from_the_first_point_on_is_its_nature_where_no_rate_is_known() -> None:
    loss = 0.1 * np.exp(0.6 * np.random.default_rng(15).standard_normal(400))
    assert "flat_noise" in kinds(loss, lr=None)
    assert "flat_noise" not in kinds(loss, lr=0.05)
    assert "flat_noise" not in kinds(2.3 * (1 + 0.02 * np.random.default_rng(16).standard_normal(400)), lr=None)


@pytest.mark.parametrize(("level", "told"), [(np.log(1000), True), (np.log(1000) + 0.05, False), (np.log(10), False)])
def test_a_window_is_at_chance_where_it_lies_exactly_there_among_many_classes(level: float, told: bool) -> None:
    loss = level + 0.002 * np.random.default_rng(0).standard_normal(200)
    run = Run.from_arrays({"loss": loss}, roles={"train_loss": "loss"}, steps=np.arange(72_000, 78_000, 30))
    found = {fact.kind for fact in establish(Signals(run), ())}
    assert ("at_chance" in found) is told


@pytest.mark.parametrize(("word", "step", "told"), [("checkpoint_loaded", None, False), ("started", None, True)])
def test_a_few_steps_from_a_checkpoint_on_begin_late(word: Any, step: int | None, told: bool) -> None:
    loss = np.log(20) * (1 + 0.004 * np.random.default_rng(2).standard_normal(12))
    run = replace(run_of(loss, lr=None), events=(Event(kind=word, step=step, time=None, text="Loading", line=3),))
    found = {fact.kind for fact in establish(Signals(run), ())}
    assert ("starts_late" in found) is not told


@pytest.mark.parametrize(("level", "told"), [(0.98709265, True), (0.5, False)])
def test_losses_that_are_the_same_to_the_last_digit_are_those_of_weights_that_stay(level: float, told: bool) -> None:
    assert ("stands_still" in kinds(np.full(5, level))) is told
    assert "stands_still" not in kinds(np.full(3, level))


@pytest.mark.parametrize(("last", "told"), [(3e-5, False), (3e-3, True)])
def test_a_loss_at_chance_at_the_foot_of_a_warm_up_shows_nothing(last: float, told: bool) -> None:
    rng = np.random.default_rng(0)
    loss = np.log(50257) + 0.01 * rng.standard_normal(200)
    run = run_of(loss, lr=np.linspace(last / 200, last, 200))
    assert ("at_chance" in {one.kind for one in establish(Signals(replace(run, x_axis="epoch")), ())}) is told


@pytest.mark.parametrize(("losses", "told"), [([2.30259, 2.30258, 2.30259], True), ([2.30259, 2.28, 2.31], False),
                                              ([2.30259, 2.30258], False)])  # fmt: skip
def test_a_handful_of_losses_at_chance_to_three_digits(losses: list[float], told: bool) -> None:
    assert ("at_chance" in kinds(np.array(losses))) is told


@pytest.mark.parametrize(("epochs", "told"), [(4, True), (2, True)])
def test_a_few_single_steps_that_are_several_epochs_show_a_network(epochs: int, told: bool) -> None:
    run = run_of(np.full(48, np.log(10)), lr=1e-3)
    epoch = Series(tag="epoch", steps=np.arange(48), values=np.floor(np.arange(48) * epochs / 48).astype(np.float64))
    found = establish(Signals(replace(run, x_axis="step", series=(*run.series, epoch))), ())
    assert ("at_chance" in {one.kind for one in found}) is told
