"""The words all outputs share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from loglens.model.actions import Action
from loglens.model.causes import CAUSES, CauseName
from loglens.model.diagnosis import Cause, Curve, Recommendation, ReplayOutcomeName, Verdict, Weight
from loglens.model.kinds import KINDS, FindingKind
from loglens.model.schedule import UNKNOWN_SCHEDULE, EventKind, LrSchedule, PhaseKind, ScheduleKind
from loglens.readers.registry import readers
from loglens.render import titles, words, words_doubt
from tests.diagnoses import healthy, run_diagnosis
from tests.growth import LIMIT, growth


@pytest.mark.parametrize(
    ("named", "titled"),
    [
        (FindingKind, titles.KINDS), (CauseName, titles.CAUSES), (Action, titles.ACTIONS), (Verdict, titles.VERDICTS),
        (PhaseKind, titles.PHASES), (EventKind, titles.LR_EVENTS), (ScheduleKind, titles.SCHEDULES),
        (ReplayOutcomeName, titles.REPLAYS), (FindingKind, KINDS), (CauseName, CAUSES),
    ],
)  # fmt: skip
def test_every_name_of_the_model_has_its_words(named: object, titled: dict[str, str]) -> None:
    assert set(get_args(named)) == set(titled)


def advice(**fields: object) -> Recommendation:
    given: dict[str, object] = {"action": "lower_lr", "current_peak_lr": 3e-3, "peak_lr": 8e-4, "why": ""}
    return Recommendation(**(given | fields))  # type: ignore[arg-type]


SCHEDULE = LrSchedule(kind="cosine", peak_lr=3e-3, warmup_steps=200)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (advice(peak_lr_low=5e-4, peak_lr_high=1.2e-3, warmup_steps=1000),
         "peak_lr 3e-3 → 8e-4 (5e-4 … 1.2e-3), warm-up 200 → 1000"),
        (advice(action="keep", peak_lr=3e-3), "keep peak_lr 3e-3"),
        (advice(action="keep", peak_lr=4.2e-3), "keep peak_lr 3e-3"),
        (advice(action="keep", peak_lr=6e-3), "keep peak_lr 3e-3, or try 6e-3"),
        (advice(action="keep", peak_lr=None, current_peak_lr=None), "keep the learning rate"),
        (advice(current_peak_lr=None, peak_lr=None, lr_factor=0.3), "peak_lr ×0.3"),
        (advice(current_peak_lr=None), "peak_lr 8e-4"),
        (advice(action="inspect_data", peak_lr=3e-3), "inspect the data of the flagged steps, keep peak_lr 3e-3"),
        (advice(action="lengthen_warmup", peak_lr=3e-3, warmup_steps=1000), "keep peak_lr 3e-3, warm-up 200 → 1000"),
        (advice(warmup_steps=200), "peak_lr 3e-3 → 8e-4"),
        (advice(gradient_clip=0.5), "peak_lr 3e-3 → 8e-4, clip gradients at 0.5"),
        (advice(action="fix_network", peak_lr=None, current_peak_lr=None), "fix the network before the learning rate"),
    ],
)  # fmt: skip
def test_the_recommendation_in_a_line(given: Recommendation, line: str) -> None:
    assert words.action_line(given, SCHEDULE) == line


def test_an_unknown_warm_up_is_said_without_an_arrow() -> None:
    assert words.action_line(advice(warmup_steps=500)).endswith(", warm-up 500 steps")


def test_the_headline_is_the_worst_finding_or_that_there_is_none() -> None:
    assert words.headline(run_diagnosis()).startswith("The loss jumps")
    assert "no fault" in words.headline(healthy())
    quiet = replace(run_diagnosis(), findings=(), causes=(Cause(cause="bad_data", probability=1.0, because=("Two.",)),))
    assert words.headline(quiet) == "Two."


def test_a_cause_without_a_verdict_is_called_a_hint() -> None:
    hint = replace(
        healthy(), causes=(Cause(cause="lr_too_high", probability=0.6), Cause(cause="healthy", probability=0.4))
    )
    assert "hint" in words.headline(hint)
    untold = replace(
        healthy(), causes=(Cause(cause="unknown", probability=0.6), Cause(cause="healthy", probability=0.4))
    )
    assert "does not tell more" in words.headline(untold)


def test_unknown_names_are_shown_as_words() -> None:
    assert words.kind_title("new_kind_of-fault") == "New kind of fault"
    assert words.detector_title("loss-spike") == "Loss spike"
    assert words.lowered("Loss spike") == "loss spike"
    assert words.lowered("NaN or infinity") == "NaN or infinity"
    assert words.format_title("my-own") == "my-own"
    assert words.axis_noun("epoch") == "epochs"


def test_what_is_left_without_the_strongest_evidence() -> None:
    cause = Cause(
        cause="lr_too_high", probability=0.8, weights=(Weight(name="gradient_lead", points=1.386294, text=""),)
    )
    assert "gradient lead" in words_doubt.without_strongest(cause)
    assert "about 50%" in words_doubt.without_strongest(cause)
    assert words_doubt.without_strongest(replace(cause, weights=())) == ""
    assert words_doubt.without_strongest(replace(cause, probability=1.0)) == ""


def test_every_reader_has_a_name_for_people() -> None:
    untitled = [one.meta.id for one in readers() if one.meta.id not in titles.FORMATS]
    assert untitled == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps 23–99", "epochs 23–99"),
        ("It turns at step 23 and comes back within 1 step.", "It turns at epoch 23 and comes back within 1 epoch."),
        ("The loss is back within 12 steps.", "The loss is back within 12 epochs."),
        ("The steps go back, in step with the epoch.", "The steps go back, in step with the epoch."),
    ],
)
def test_numbered_steps_are_epochs_where_the_log_counts_epochs(text: str, says: str) -> None:
    assert words.on_axis(text, "epoch") == says
    assert words.on_axis(text, "step") == text


def test_a_rate_that_is_kept_is_never_said_to_change() -> None:
    unknown = advice(action="keep", current_peak_lr=None, peak_lr=None, lr_factor=1.4)
    assert words.action_line(unknown) == "keep the learning rate"
    assert words.action_line(advice(action="keep", peak_lr=None, lr_factor=1.4)) == "keep peak_lr 3e-3"


def test_the_brief_line_has_no_interval() -> None:
    run = replace(run_diagnosis(), recommendation=advice(peak_lr_low=5e-4, peak_lr_high=1.2e-3, gradient_clip=1.0))
    assert words.brief_line(run) == "peak_lr 3e-3 → 8e-4"
    later = replace(run, recommendation=advice(action="decay_later", peak_lr=None))
    assert words.brief_line(later) == "decay later"


def test_steps_that_are_not_finite_are_counted_as_logged() -> None:
    run = run_diagnosis()
    assert words.steps_logged(run) == f"steps {run.first_step}–{run.last_step}"
    values = [1.0] * 29 + [float("nan")] * 371
    broken = Curve(role="train_loss", series="loss", steps=np.arange(400), values=np.array(values), points=400)
    ended = replace(run, curves=(broken,), first_step=0, last_step=399)
    assert words.steps_logged(ended) == "steps 0–399 (finite to 28)"


def test_long_numbers_are_grouped_but_not_in_names_rates_or_decimals() -> None:
    said = "At step 68250 'loss_2024' is 5106, at a rate of 1.2345e-4 or 0.12345, “line 12345”, 1e10, 2024-06-01."
    assert words.on_axis(said, "step") == said.replace("68250", "68,250").replace("5106", "5,106")


@pytest.mark.parametrize(
    ("low", "high", "said"), [(5e-4, 1.2e-3, "5e-4 … 1.2e-3"), (1.6e-4, 29.0, ""), (None, 1e-3, "")]
)
def test_an_interval_that_leaves_everything_open_is_not_shown(low: float | None, high: float, said: str) -> None:
    assert words.lr_range(low, high) == said


def test_a_schedule_without_a_warm_up_is_not_named_after_one() -> None:
    schedule = LrSchedule(kind="wsd", peak_lr=2e-4, warmup_steps=0, source="logged")
    assert words.schedule_line(schedule) == "stable, then decay, peak 2e-4, no warm-up, as logged"
    assert words.schedule_line(replace(schedule, warmup_steps=50)).startswith("warm-up, stable, decay")


def test_a_window_does_not_say_that_there_was_no_warm_up() -> None:
    run = replace(
        run_diagnosis(),
        starts_late=False,
        schedule=LrSchedule(kind="constant", peak_lr=1e-3, warmup_steps=0, source="logged"),
    )
    assert "no warm-up" in words.schedule_of(run)
    assert "warm-up" not in words.schedule_of(replace(run, starts_late=True))


@pytest.mark.parametrize(
    "name", ["'run 20240131'", "“step 20240131”", '"it\'s 20240131, step 5"', "'a \"20240131\" step 5'", "'20240131'"]
)
def test_a_name_in_quotes_stays_as_it_is(name: str) -> None:
    assert words.on_axis(f"The log's {name} ends at step 68250.", "epoch") == f"The log's {name} ends at epoch 68,250."


@pytest.mark.parametrize(
    "said",
    [
        "The log's end is step 68250, and the run's last is 68250.",
        "The runs' 68250 steps don't reach 68250 of the arms' own.",
        "It's 68250.",
    ],
)
def test_an_apostrophe_opens_no_quote(said: str) -> None:
    assert words.on_axis(said, "step") == said.replace("68250", "68,250")


def test_a_number_that_no_counter_reaches_stays_as_it_is() -> None:
    said = f"It ends at step {'1' * 5_000}."
    assert words.on_axis(said, "step") == said


@pytest.mark.parametrize("piece", ["“", "1"])
def test_a_foreign_sentence_costs_what_its_length_costs(piece: str) -> None:
    def work(size: int) -> Callable[[], object]:
        text = piece * size + "x"
        return lambda: words.on_axis(text, "epoch")

    assert growth(work, 4_000) <= LIMIT


def test_a_rate_that_only_the_settings_tell_is_said_to_be_theirs() -> None:
    run = replace(run_diagnosis(), schedule=UNKNOWN_SCHEDULE, config={"lr": 1e-3})
    assert words.schedule_of(run) == "learning rate 1e-3 by its settings"
    assert words.schedule_of(replace(run, config={})) == "no learning rate in the log"


def test_a_fault_that_only_notes_stand_beside_leads_with_its_own_reason() -> None:
    run = run_diagnosis()
    note = replace(run.findings[0], severity="info", summary="The log holds 15 points, 100 steps apart.")
    fault = Cause(cause="numerical_failure", probability=0.9, because=("Only one part is NaN.",))
    run = replace(run, findings=(note,), causes=(fault,), verdict="warning")
    assert words.headline(run) == "Only one part is NaN."
    assert words.headline(replace(run, causes=(replace(fault, because=()),))) == note.summary
