"""The verdict: a healthy run is never critical, and ruin is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from loglens.advice.admissible import admissible
from loglens.advice.regret.prior import is_planned
from loglens.advice.verdict import verdict_of
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause
from loglens.model.fact import Fact
from loglens.model.kinds import KINDS
from loglens.model.schedule import LrSchedule
from loglens.signals.scaled import read
from tests.advice.runs import falling, signals_of
from tests.diagnoses import spike


def ranked(cause: CauseName, probability: float) -> tuple[Cause, ...]:
    return (Cause(cause=cause, probability=probability), Cause(cause="unknown", probability=1 - probability))


@pytest.mark.parametrize("severity", ["info", "warning", "critical"])
def test_healthy_is_never_critical(severity: str) -> None:
    verdict = verdict_of(ranked("healthy", 0.99), (spike(severity=severity),), read(signals_of(falling())))
    assert verdict == ("warning" if severity == "critical" else "healthy")


@pytest.mark.parametrize(
    ("probability", "score", "verdict"), [(0.4, 0.8, "warning"), (0.4, 0.3, "healthy"), (0.9, 0.8, "healthy")]
)
def test_a_weighty_warning_speaks_against_a_run_that_is_not_surely_well(
    probability: float, score: float, verdict: str
) -> None:
    seen = replace(spike(severity="warning"), score=score)
    assert verdict_of(ranked("healthy", probability), (seen,), read(signals_of(falling()))) == verdict


@pytest.mark.parametrize("cause", [one for one in get_args(CauseName) if one not in ("healthy", "unknown")])
def test_any_other_cause_is_worth_a_warning_where_it_is_sure_or_seen(cause: CauseName) -> None:
    found = read(signals_of(falling()))
    assert verdict_of(ranked(cause, 0.9), (), found) == "warning"
    owned = cause in KINDS["loss_spike"].owners
    assert verdict_of(ranked(cause, 0.4), (spike(severity="warning"),), found) == ("warning" if owned else "healthy")
    assert verdict_of(ranked(cause, 0.4), (spike(severity="info"),), found) == "healthy"


def test_a_run_that_lost_everything_to_its_rate_is_critical() -> None:
    lost = read(signals_of(np.concatenate([falling()[:300], np.full(700, 2.31)])))
    seen = (spike(severity="warning"),)
    assert verdict_of(ranked("lr_too_high", 0.9), seen, lost) == "critical"
    assert verdict_of(ranked("lr_too_high", 0.4), seen, lost) == "warning"
    assert verdict_of(ranked("lr_too_high", 0.9), (), lost) == "warning"


def test_a_loss_that_is_no_number_is_critical() -> None:
    loss = falling()
    loss[800:] = np.nan
    found = read(signals_of(loss))
    assert verdict_of(ranked("lr_too_high", 0.45), (spike(severity="critical"),), found) == "critical"


def test_not_knowing_without_any_finding_is_no_alarm() -> None:
    assert verdict_of(ranked("unknown", 0.9), (), None) == "healthy"


def test_too_low_a_rate_is_worth_a_warning_from_the_probability_that_is_asked_of_it() -> None:
    low = (Cause(cause="lr_too_low", probability=0.82), Cause(cause="healthy", probability=0.18))
    assert verdict_of(low, (), None) == "warning"
    assert verdict_of(low, (), None, sure=0.85) == "healthy"
    assert verdict_of((replace(low[0], probability=0.9), low[1]), (), None, sure=0.85) == "warning"


@pytest.mark.parametrize(
    ("kind", "peak", "warmup", "planned"),
    [
        ("constant", 3e-4, 0, False), ("constant", 3e-4, 100, True), ("cosine", 3e-4, 0, True),
        ("cosine", 3e-1, 0, True), ("cosine", 3.0, 0, False), ("cosine", 1e-8, 0, False), ("unknown", 3e-4, 0, False),
    ],
)  # fmt: skip
def test_a_schedule_is_planned_where_a_usual_rate_moves(kind: Any, peak: float, warmup: int, planned: bool) -> None:
    assert is_planned(LrSchedule(kind=kind, peak_lr=peak, warmup_steps=warmup, source="logged")) is planned


@pytest.mark.parametrize(("cycles", "verdict"), [(False, "warning"), (True, "healthy")])
def test_a_loss_that_goes_up_and_down_with_its_rate_needs_a_surer_cause(cycles: bool, verdict: str) -> None:
    facts = (Fact(kind="lr_cycles", text="The rate goes up and down."),) if cycles else ()
    assert verdict_of(ranked("lr_too_high", 0.7), (), read(signals_of(falling())), facts) == verdict
    assert verdict_of(ranked("lr_too_high", 0.9), (), read(signals_of(falling())), facts) == "warning"


@pytest.mark.parametrize(("severity", "named"), [("info", False), ("warning", True)])
def test_odd_batches_are_named_where_one_was_seen_as_more_than_a_note(severity: str, named: bool) -> None:
    assert ("bad_data" in admissible((), (spike(severity=severity),))) is named
    assert "bad_data" in admissible((Fact(kind="part_non_finite", text="Only one part is NaN."),))
