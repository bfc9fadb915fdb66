"""The advice end to end on curves whose cause is beyond doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.advice import advise
from loglens.judging import diagnose_run
from loglens.model.run import Rewind
from tests.advice.runs import STEPS, falling, run_of, signals_of
from tests.diagnoses import spike


def test_a_run_that_learnt_quietly_is_left_alone() -> None:
    val = falling(9, noise=0.0)[::25] + 0.02
    advice = advise(signals_of(falling(7, pace=8), lr=0.01 * np.linspace(1, 0.02, STEPS)), ())
    assert len(val)
    assert advice.causes[0].cause == "healthy"
    assert advice.verdict == "healthy"
    assert advice.recommendation.action == "keep"


def test_an_early_blow_up_to_chance_level_is_the_rate() -> None:
    rng = np.random.default_rng(0)
    loss = 2.3 + 0.03 * rng.standard_normal(STEPS)
    loss[3:25] += 40 * np.exp(-np.arange(22) / 5)
    advice = advise(signals_of(loss, lr=1.0), (spike(3),))
    assert advice.causes[0].cause == "lr_too_high"
    assert advice.recommendation.action == "lower_lr"
    assert advice.recommendation.lr_factor is not None
    assert advice.recommendation.lr_factor < 0.6


def test_a_straight_line_is_a_rate_far_too_low() -> None:
    rng = np.random.default_rng(1)
    advice = advise(signals_of(np.linspace(2.3, 2.0, STEPS) + 0.02 * rng.standard_normal(STEPS), lr=1e-5), ())
    assert advice.causes[0].cause == "lr_too_low"
    assert advice.recommendation.action == "raise_lr"


def test_a_resume_is_named_where_it_did_harm() -> None:
    loss = falling(2, pace=8)
    loss[500:530] += 1.5 * np.exp(-np.arange(30) / 8)
    back = Rewind(resumed_at=500, last_step=560, rewritten=61, how="step went back")
    advice = advise(signals_of(loss, rewinds=(back,)), ())
    assert advice.causes[0].cause == "resume_discontinuity"


def test_single_bad_batches_are_the_data_and_own_their_spikes() -> None:
    loss = falling(3, pace=8)
    norms = np.abs(0.5 + 0.05 * np.random.default_rng(3).standard_normal(STEPS))
    for at in (300, 620, 840):
        loss[at] += 6.0
        norms[at] *= 30
    advice = advise(signals_of(loss, grad_norm=norms), (spike(300),))
    assert advice.causes[0].cause == "bad_data"
    assert advice.findings[0].cause == "bad_data"
    assert advice.recommendation.peak_lr == pytest.approx(0.01)


def test_a_log_too_short_is_not_judged() -> None:
    advice = advise(signals_of(falling()[:8]), ())
    assert advice.causes[0].cause in ("unknown", "healthy")
    assert advice.recommendation.action in ("collect_more", "keep")
    assert advice.verdict == "healthy"


def test_a_run_that_is_no_number_from_the_third_step_on_is_the_rate() -> None:
    loss = np.full(200, np.nan)
    loss[:3] = (4.9, 2.5e28, 2.6e28)
    advice = advise(signals_of(loss, lr=10.0), ())
    assert advice.causes[0].cause == "lr_too_high"
    assert advice.recommendation.lr_factor is not None
    assert advice.recommendation.lr_factor < 1


def test_a_loss_that_is_only_scatter_is_not_judged_without_a_finding() -> None:
    rng = np.random.default_rng(8)
    flat = 0.3 * np.exp(rng.standard_normal(2000))
    advice = advise(signals_of(flat, lr=1e-5), ())
    assert advice.causes[0].cause in ("unknown", "healthy")
    assert sum(one.probability for one in advice.causes) == pytest.approx(1.0)
    assert advice.verdict == "healthy"
    assert advice.recommendation.peak_lr == pytest.approx(1e-5)
    seen = advise(signals_of(flat, lr=1e-5), (spike(severity="warning"),))
    assert seen.verdict == "warning"


def test_the_same_log_gives_the_same_advice() -> None:
    one, two = (advise(signals_of(falling(4)), ()) for _ in range(2))
    assert one.causes == two.causes
    assert one.recommendation == two.recommendation


def test_a_rate_that_was_logged_and_never_jumped_is_not_blamed_for_jumping() -> None:
    loss = falling(3)
    loss[600:] += 1.5
    jumped = advise(signals_of(loss, lr=np.where(np.arange(STEPS) < 600, 0.01, 0.5)), ())
    assert jumped.causes[0].cause == "lr_jump"
    logged = advise(signals_of(loss, lr=0.01), ())
    assert all(one.cause != "lr_jump" for one in logged.causes)
    unknown = advise(signals_of(loss, lr=None), ())
    assert all(one.cause != "lr_jump" for one in unknown.causes)


def test_a_lost_run_has_a_critical_finding_for_every_gate_to_see() -> None:
    loss = falling(3)
    loss[500:] += 40.0
    weighty = replace(spike(500), severity="warning", cause=None)
    advice = advise(signals_of(loss, lr=np.where(np.arange(STEPS) < 500, 0.01, 1.0)), (weighty,))
    assert advice.verdict == "critical"
    assert [one.severity for one in advice.findings] == ["critical"]


@pytest.mark.parametrize(("lr", "cause"), [(6.0, "lr_too_high"), (0.01, "healthy")])
def test_a_resume_that_did_no_harm_leaves_the_cause_as_it_was(lr: float, cause: str) -> None:
    loss = falling(7, pace=8)
    if cause == "lr_too_high":
        loss[3:] = 2.3 + 0.03 * np.random.default_rng(0).standard_normal(STEPS - 3)
        loss[3:25] += 40 * np.exp(-np.arange(22) / 5)
    back = Rewind(resumed_at=500, last_step=560, rewritten=61, how="step went back")
    rates = lr * np.linspace(1, 0.02, STEPS)
    whole, resumed = (advise(signals_of(loss.copy(), lr=rates, rewinds=gone), ()) for gone in ((), (back,)))
    assert whole.causes[0].cause == resumed.causes[0].cause == cause
    assert abs(whole.causes[0].probability - resumed.causes[0].probability) < 0.1


def test_no_finding_of_a_run_that_is_well_fails_a_gate() -> None:
    loss = falling(7, pace=8)
    loss[400] *= 1.6
    advice = advise(
        signals_of(loss, lr=0.01 * np.linspace(1, 0.02, STEPS)), (replace(spike(400, severity="warning"), score=0.35),)
    )
    assert advice.verdict == "healthy"
    assert {finding.severity for finding in advice.findings} == {"info"}


def test_a_validation_that_goes_up_and_down_over_ten_epochs_is_not_too_short_to_tell() -> None:
    val = np.array([0.224, 0.214, 0.22, 0.22, 0.32, 0.28, 0.23, 0.22, 0.28, 0.29])
    train = np.geomspace(0.225, 0.047, 10)
    advice = advise(signals_of(train, lr=None, val_loss=val), ())
    assert advice.causes[0].cause in ("healthy", "overfitting")
    assert advice.recommendation.action != "collect_more"


def test_nan_here_and_there_in_a_training_that_learns_is_a_warning_with_advice_of_its_own() -> None:
    loss = falling()
    loss[50::20] = np.nan
    told = diagnose_run(run_of(loss))
    assert told.verdict == "warning" and "a mean over nothing" in told.recommendation.why
