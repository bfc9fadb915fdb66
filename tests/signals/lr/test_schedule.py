"""Schedules recognised from logged rates: every family, in the ways logs distort them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from loglens.model.run import FloatArray, StepSpan
from loglens.model.schedule import LrSchedule
from loglens.signals.lr.schedule import planned_peak, recognise
from loglens.signals.track import Track
from tests.factories import lr_curve

KINDS = (
    "constant", "step", "linear", "cosine", "exponential", "polynomial", "inverse_sqrt", "one_cycle", "cyclic",
    "restarts", "wsd",
)  # fmt: skip


def schedule(values: FloatArray, *, every: int = 1, **more: object) -> LrSchedule:
    taken = values[every - 1 :: every]
    track = Track(tag="lr", steps=np.arange(every - 1, len(values), every), values=taken)
    return recognise(track, **more)  # type: ignore[arg-type]


def events(found: LrSchedule, kind: str) -> list[int]:
    return [event.step for event in found.events if event.kind == kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_family_is_recognised(kind: str) -> None:
    assert schedule(lr_curve(kind, 1500)).kind == kind


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("one_cycle", "cyclic")])
@pytest.mark.parametrize("every", [1, 10])
def test_a_warm_up_does_not_change_the_family(kind: str, every: int) -> None:
    found = schedule(lr_curve(kind, 3000, warmup=200, peak=0.1), every=every)
    assert found.kind == kind
    assert found.warmup_steps is not None
    assert abs(found.warmup_steps - 200) <= every
    assert found.peak_lr == pytest.approx(0.1, rel=1e-3)
    assert events(found, "warmup_end")


@pytest.mark.parametrize("kind", KINDS)
def test_float32_does_not_change_the_family(kind: str) -> None:
    assert schedule(lr_curve(kind, 1500).astype(np.float32).astype(float)).kind == kind


@pytest.mark.parametrize("kind", ["linear", "cosine", "exponential", "inverse_sqrt", "wsd", "step"])
def test_three_written_digits_do_not_change_the_family(kind: str) -> None:
    values = np.array([float(f"{value:.2e}") for value in lr_curve(kind, 6000, warmup=200)])
    found = schedule(values)
    assert found.kind == kind
    assert abs((found.warmup_steps or 0) - 200) <= 5


@pytest.mark.parametrize("kind", ["linear", "cosine", "step", "wsd", "restarts"])
def test_window_means_do_not_change_the_family(kind: str) -> None:
    values = lr_curve(kind, 1500, warmup=75).reshape(-1, 10).mean(axis=1)
    track = Track(tag="lr", steps=np.arange(9, 1500, 10), values=values)
    assert recognise(track).kind == kind


@pytest.mark.parametrize("kind", ["linear", "cosine", "exponential"])
def test_a_schedule_that_moves_once_an_epoch_is_still_smooth(kind: str) -> None:
    values = np.repeat(lr_curve(kind, 30), 100)
    assert schedule(values).kind == kind


@pytest.mark.parametrize("kind", ["linear", "cosine", "exponential", "inverse_sqrt"])
def test_half_a_schedule_is_enough(kind: str) -> None:
    assert schedule(lr_curve(kind, 1500)[:900]).kind == kind


@pytest.mark.parametrize("points", [10, 15, 30, 60])
def test_short_logs_are_read_too(points: int) -> None:
    assert schedule(lr_curve("cosine", points)).kind == "cosine"
    assert schedule(lr_curve("constant", points)).kind == "constant"
    assert schedule(lr_curve("step", points)).kind == "step"


def test_step_downs_are_listed_where_they_are() -> None:
    found = schedule(lr_curve("step", 1000))
    assert events(found, "step_down") == [500, 800]
    assert [phase.kind for phase in found.phases] == ["peak", "decay", "floor"]


def test_irregular_step_downs_of_a_plateau_rule_are_steps() -> None:
    values = np.full(200, 0.1)
    for at in (70, 95, 160):
        values[at:] *= 0.5
    found = schedule(values)
    assert found.kind == "step"
    assert events(found, "step_down") == [70, 95, 160]


def test_restarts_are_listed_and_are_no_jumps() -> None:
    found = schedule(lr_curve("restarts", 1000))
    assert events(found, "restart") == [250, 500, 750]
    assert not events(found, "step_up")


def test_a_resume_where_the_schedule_restarts_anyway_resets_nothing() -> None:
    found = schedule(lr_curve("restarts", 1000), resumed_at=(500,))
    assert events(found, "restart") == [250, 500, 750]
    assert not events(found, "reset")
    odd = np.concatenate((lr_curve("restarts", 1000)[:620], lr_curve("restarts", 1000)))
    assert events(schedule(odd, resumed_at=(620,)), "reset") == [620]


def test_restarts_that_shrink_are_restarts() -> None:
    cycle = 0.5 * (1 + np.cos(np.pi * np.arange(200) / 200)) + 0.01
    found = schedule(np.concatenate((cycle, 0.7 * cycle, 0.49 * cycle)))
    assert found.kind == "restarts"
    assert events(found, "restart") == [200, 400]


@pytest.mark.parametrize("kind", ["constant", "linear", "cosine", "exponential", "step", "inverse_sqrt"])
@pytest.mark.parametrize("every", [1, 5])
def test_a_jump_inside_a_regular_schedule_is_a_step_up(kind: str, every: int) -> None:
    values = lr_curve(kind, 1500, warmup=50)
    values[870:] *= 8
    found = schedule(values, every=every)
    assert found.kind == kind
    assert len(events(found, "step_up")) == 1
    assert abs(events(found, "step_up")[0] - 870) < every
    jump = next(event for event in found.events if event.kind == "step_up")
    assert jump.to_lr / jump.from_lr == pytest.approx(8, rel=0.1)
    assert planned_peak(found) == pytest.approx(1e-3, rel=0.02)


def test_a_jump_in_a_window_mean_is_found_within_its_window() -> None:
    values = lr_curve("cosine", 1500)
    values[873:] *= 10
    means = values.reshape(-1, 5).mean(axis=1)
    found = recognise(Track(tag="lr", steps=np.arange(4, 1500, 5), values=means))
    assert found.kind == "cosine"
    assert [abs(step - 873) <= 5 for step in events(found, "step_up")] == [True]


def test_a_return_to_the_start_of_the_warm_up_is_a_reset() -> None:
    values = lr_curve("linear", 1000, warmup=100)
    resumed = np.concatenate((values[:600], values[:400]))
    found = schedule(resumed)
    assert events(found, "reset") == [600]
    assert found.kind == "linear"


def test_a_jump_at_a_resume_is_a_reset() -> None:
    values = lr_curve("cosine", 1000)
    found = schedule(np.concatenate((values[:600], values[:400])), resumed_at=(600,))
    assert events(found, "reset") == [600]


def test_a_floor_is_a_place_of_its_own() -> None:
    values = np.maximum(lr_curve("linear", 1000), 2e-4)
    found = schedule(values)
    assert found.kind == "linear"
    assert abs(events(found, "floor")[0] - 800) <= 2
    assert found.phase_at(900) is not None
    assert found.phase_at(900).kind == "floor"  # type: ignore[union-attr]


def test_phases_cover_the_run_without_gaps_or_overlaps() -> None:
    for kind in KINDS:
        found = schedule(lr_curve(kind, 900, warmup=60), every=7, run_span=StepSpan(start=0, end=920))
        assert found.phases[0].span.start == 0
        assert found.phases[-1].span.end >= 899
        ends = [phase.span.end + 1 for phase in found.phases[:-1]]
        assert ends == [phase.span.start for phase in found.phases[1:]], kind
        assert all(found.phase_at(step) is not None for step in range(0, 900, 13))


def test_warm_up_phase_and_decay_phase() -> None:
    found = schedule(lr_curve("cosine", 1000, warmup=100))
    assert found.phase_at(50).kind == "warmup"  # type: ignore[union-attr]
    assert found.phase_at(500).kind == "decay"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], "unknown"),
        ([1e-3], "unknown"),
        ([1e-3, 1e-3], "constant"),
        ([1e-3, 2e-3], "unknown"),
        ([0.0] * 40, "constant"),
    ],
)
def test_next_to_nothing(values: list[float], kind: str) -> None:
    found = recognise(Track(tag="lr", steps=np.arange(len(values)), values=np.array(values, dtype=float)))
    assert found.kind == kind
    assert found.peak_lr is None or math.isfinite(found.peak_lr)


def test_noise_is_no_schedule_and_no_crash() -> None:
    values = 1e-3 * np.exp(np.random.default_rng(0).standard_normal(200))
    assert schedule(values).kind in ("piecewise", "unknown", "cyclic", "restarts")


def test_a_window_in_which_the_rate_hardly_moves_is_constant() -> None:
    rising, falling = np.linspace(7.488e-5, 7.5e-5, 11), np.linspace(1.997e-4, 1.996e-4, 11)
    for rates in (rising, falling):
        found = recognise(Track(tag="lr", steps=np.arange(5790, 5801), values=rates))
        assert (found.kind, found.warmup_steps, found.events) == ("constant", 0, ())
    warming = recognise(Track(tag="lr", steps=np.arange(11), values=np.linspace(7e-5, 7.5e-5, 11)))
    assert warming.warmup_steps == 10


def test_a_burn_in_printed_from_zero_on_in_stairs_is_read() -> None:
    """Six digits make stairs of the first steps of a burn-in: 0.000000, 0.000000, 0.000001, ..."""
    values = np.round(0.0013 * np.minimum(1.0, (np.arange(1, 140) * 9 / 1000) ** 4), 6)
    assert schedule(values).peak_lr == pytest.approx(0.0013)


@pytest.mark.parametrize(("length", "kind"), [(1000, "reset"), (420, "restart")])
def test_a_warm_up_that_begins_anew_is_a_reset_where_the_decay_was_cut(length: int, kind: str) -> None:
    """Logged every ten steps the fall back is one of two large steps in a row, and no jump."""
    at = np.arange(420)
    decay = 3e-3 * 0.5 * (1 + np.cos(np.pi * np.clip((at - 100) / (length - 100), 0, 1)))
    cycle = np.where(at < 100, 3e-4 + 2.7e-3 * at / 100, np.maximum(decay, 3e-4))
    found = schedule(np.concatenate([cycle, cycle]), every=10)
    assert [event.step for event in found.events if event.kind in ("reset", "restart")] == [pytest.approx(425, abs=10)]
    assert events(found, kind)


@pytest.mark.parametrize("lost", [0.0, 0.1, 0.25])
@pytest.mark.parametrize("at", [0.3, 0.45, 0.6])
@pytest.mark.parametrize("kind", ["constant", "linear", "cosine", "exponential", "polynomial", "inverse_sqrt"])
def test_a_reset_is_seen_where_lines_of_the_log_are_missing(kind: str, at: float, lost: float) -> None:
    planned = lr_curve(kind, 2000, warmup=200)
    begins = int(2000 * at)
    values = np.concatenate((planned[:begins], planned[: 1800 - begins]))
    kept = np.flatnonzero(np.random.default_rng(begins).random(len(values) // 10) >= lost) * 10
    found = recognise(Track(tag="lr", steps=kept, values=values[kept]))
    (step,) = events(found, "reset")
    assert step - begins <= kept[kept >= begins][0] - begins
    assert not events(found, "restart")


@pytest.mark.parametrize("lost", [0.1, 0.25])
@pytest.mark.parametrize("kind", KINDS)
def test_missing_lines_reset_nothing(kind: str, lost: float) -> None:
    planned = lr_curve(kind, 2000, warmup=100)
    kept = np.flatnonzero(np.random.default_rng(3).random(400) >= lost) * 5
    assert not events(recognise(Track(tag="lr", steps=kept, values=planned[kept])), "reset")


def test_stairs_down_to_a_rate_of_zero_are_no_division_by_it() -> None:
    """As a schedule that moves once an epoch ends; a warning of NumPy's would reach the user, and fails here."""
    found = schedule(np.repeat(np.linspace(1e-3, 0.0, 20), 10))
    assert (found.kind, found.peak_lr) == ("linear", 1e-3)
