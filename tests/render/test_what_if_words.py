"""The sentences of a what-if: what is said, where, and where nothing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.model.actions import Action
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.results.what_if import Lost, WhatIf
from loglens.render.what_if_words import basis, hours, lost_line, short_line, what_if_line
from tests.diagnoses import run_diagnosis
from tests.model.documents.test_what_if import ANNEALED, RAISED, REFUSED


def with_action(action: Action, what_if: WhatIf | None = None, lost: Lost | None = None) -> RunDiagnosis:
    run = run_diagnosis()
    told = replace(run.recommendation, action=action, lr_factor=4.0 if action == "raise_lr" else 1.0)
    return replace(run, recommendation=told, what_if=what_if, lost=lost)


def test_a_raise_says_when_the_end_is_reached_and_on_what_condition() -> None:
    said = what_if_line(replace(with_action("raise_lr", RAISED), first_step=0, last_step=20))
    assert said.startswith(
        "At ×4 the rate the loss of 1.667 at which this run ended is reached after about 5 steps instead of 20"
    )
    assert "(80% interval of the loss there: 1.25 to 2.5)" in said
    assert "15 minutes less" in said
    assert "if that rate still trains" in said


def test_a_part_of_the_step_says_that_it_is_one() -> None:
    run = with_action("raise_lr", RAISED)
    run = replace(run, recommendation=replace(run.recommendation, lr_factor=700.0))
    assert what_if_line(run).startswith("At ×4 the rate, a part of the recommended step, the loss of 1.667")


def test_a_schedule_that_is_not_constant_is_squeezed() -> None:
    assert "schedule squeezed" in what_if_line(with_action("raise_lr", RAISED))
    constant = with_action("raise_lr", RAISED)
    constant = replace(constant, schedule=replace(constant.schedule, kind="constant"))
    assert "squeezed" not in what_if_line(constant)


def test_a_later_decay_says_where_it_ends_and_who_lent() -> None:
    said = what_if_line(with_action("decay_later", ANNEALED))
    assert "held until step 4 and then taken to zero in a straight line by step 5" in said
    assert "ends at about 5 (4 to 6) instead of 6" in said
    assert "a/cosine" in said
    assert "2408.11029" in basis(ANNEALED)


@pytest.mark.parametrize(
    ("action", "page", "terminal"),
    [("decay_later", True, True), ("lower_lr", True, False), ("keep", False, False), ("collect_more", False, False)],
)
def test_a_refusal_is_said_where_a_curve_is_missed(action: Action, page: bool, terminal: bool) -> None:
    run = with_action(action, REFUSED)
    assert bool(what_if_line(run)) == page
    assert bool(short_line(run)) == terminal


def test_a_curve_for_a_run_that_needs_nobody_is_still_shown() -> None:
    assert what_if_line(with_action("keep", ANNEALED))


def test_what_was_lost_has_steps_hours_and_a_share() -> None:
    run = with_action("lower_lr", lost=Lost(since=1_200, steps=800, regained=False, hours=2.4, of=2_000))
    assert (
        lost_line(run) == "Lost since step 1,200: 800 steps, 2.4 hours, 40% of the run, and the loss did not come back."
    )
    back = with_action("lower_lr", lost=Lost(since=None, steps=1, regained=True))
    assert lost_line(back) == "Lost: 1 step, until the loss was back."
    assert lost_line(with_action("keep")) == ""
    assert lost_line(with_action("inspect_data", lost=Lost(since=9, steps=3, regained=True, of=900))) == ""


def test_epochs_are_called_epochs() -> None:
    run = replace(with_action("raise_lr", RAISED, Lost(since=3, steps=4, regained=False, of=20)), x_axis="epoch")
    assert "epochs" in what_if_line(run)
    assert lost_line(run) == "Lost since epoch 3: 4 epochs, 20% of the run, and the loss did not come back."


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "less than a second"),
        (0.01, "36 seconds"),
        (0.0167, "1 minute"),
        (0.5, "30 minutes"),
        (1.0, "1 hour"),
        (41.27, "41 hours"),
    ],
)
def test_times_are_told_as_people_tell_them(value: float, said: str) -> None:
    assert hours(value) == said


def test_every_number_is_finite_words() -> None:
    run = with_action("raise_lr", replace(RAISED, loss=np.array([1e-9, 1e-9, 1e-9])))
    assert "nan" not in what_if_line(run).lower()
