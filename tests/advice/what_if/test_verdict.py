"""Which recommendation gets a curve, and what the others are told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loglens.advice.what_if import what_if
from loglens.advice.what_if.verdict import has_decay, later_decay
from loglens.model.actions import Action
from loglens.model.diagnosis import Recommendation
from loglens.model.run import FloatArray
from tests.advice.what_if.curves import STEPS, cosine, course_at, end_of, held, lawful, signals_at, stepped


def advice(action: Action, factor: float | None = None) -> Recommendation:
    return Recommendation(action=action, current_peak_lr=3e-4, peak_lr=3e-4, lr_factor=factor, why="")


def falling(steps: int = 2_000, *, noise: float = 0.01) -> FloatArray:
    rng = np.random.default_rng(4)
    return np.asarray(1 + 2 * np.exp(-np.arange(steps) / 700) + noise * rng.standard_normal(steps))


def test_a_raise_reaches_the_end_sooner() -> None:
    got = what_if(signals_at(np.ones(2_000), falling()), advice("raise_lr", 4.0))
    assert got is not None
    assert got.law == "time_rescale"
    assert got.reached_at == pytest.approx(500, abs=1)
    assert got.steps_saved == pytest.approx(1_500, abs=1)
    assert got.ended_at == pytest.approx(float(falling()[-50:].mean()), abs=0.02)
    assert got.loss[-1] == pytest.approx(got.ended_at)
    assert bool(np.all(got.low <= got.loss)) and bool(np.all(got.loss <= got.high))
    assert bool(np.all(np.diff(got.steps) > 0))


@pytest.mark.parametrize(("steps", "factor", "drawn"), [(2_000, 800.0, 40.0), (60, 30.0, 59 / 8), (60, 3.0, 3.0)])
def test_of_a_step_larger_than_can_be_told_a_part_is_drawn(steps: int, factor: float, drawn: float) -> None:
    got = what_if(signals_at(np.ones(steps), falling(steps)), advice("raise_lr", factor))
    assert got is not None
    assert got.factor == pytest.approx(drawn)
    assert got.reached_at == pytest.approx((steps - 1) / drawn, abs=1)


def test_a_rate_is_not_needed_to_raise_it() -> None:
    from tests.advice.runs import signals_of

    got = what_if(signals_of(falling(), lr=None), advice("raise_lr", 2.0))
    assert got is not None
    assert got.reached_at == pytest.approx(1_000, abs=1)


def test_a_later_decay_ends_where_the_law_says() -> None:
    early = stepped(0.45, 0.02)
    got = what_if(signals_at(early), advice("decay_later"))
    assert got is not None
    assert got.law == "annealing"
    assert got.low[-1] <= end_of(held(0.8)) <= got.high[-1]
    assert got.decay_from == pytest.approx(0.8 * STEPS, abs=2)
    assert got.ended_at is not None
    assert got.loss[-1] < got.ended_at


@pytest.mark.parametrize(
    ("action", "rates", "loss", "factor", "said"),
    [
        ("lower_lr", np.ones(500), falling(500), 0.3, "would call every higher rate better"),
        ("lengthen_warmup", np.ones(500), falling(500), 1.0, "longer warm-up"),
        ("remove_lr_jump", np.ones(500), falling(500), 1.0, "without the jump"),
        ("raise_lr", np.ones(500), np.append(falling(499), np.nan), 2.0, "not finite"),
        ("fix_numerics", np.ones(500), np.append(falling(499), np.inf), 1.0, "not finite"),
        ("raise_lr", np.ones(5), falling(5), 2.0, "holds 5 finite losses"),
        ("raise_lr", np.ones(12), falling(12), 30.0, "and it is logged every step"),
        ("raise_lr", np.ones(500), 2 + 0.0 * falling(500), 2.0, "did not fall"),
        ("raise_lr", np.ones(500), np.append(falling(300), np.linspace(2, 4, 200)), 2.0, "rose again after step"),
        ("raise_lr", np.ones(500), 1e40 * falling(500), 2.0, "exploded"),
        ("keep", np.ones(STEPS), lawful(np.ones(STEPS)), 1.0, "does not decay in this log"),
        ("decay_later", stepped(0.02, 1e-4), None, 1.0, "No curve is drawn"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_reason(
    action: Action, rates: FloatArray, loss: FloatArray | None, factor: float, said: str
) -> None:
    got = what_if(signals_at(rates, loss), advice(action, factor))
    assert got is not None
    assert got.law is None
    assert said in got.refused
    assert got.refused.endswith(".")
    assert not len(got.steps)


def test_a_schedule_without_a_rate_is_refused() -> None:
    from tests.advice.runs import signals_of

    got = what_if(signals_of(falling(), lr=None), advice("decay_later"))
    assert got is not None
    assert "holds no learning rate" in got.refused
    assert got.lacks is None


@pytest.mark.parametrize(
    ("action", "rates"),
    [
        ("keep", cosine()),
        ("inspect_data", np.ones(STEPS)),
        ("regularize_or_stop_early", cosine()),
        ("fix_resume", cosine()),
    ],
)
def test_where_neither_rate_nor_schedule_is_to_change_there_is_nothing_to_ask(
    action: Action, rates: FloatArray
) -> None:
    assert what_if(signals_at(rates), advice(action, 1.0)) is None


def test_a_bug_costs_the_curve_and_not_the_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise ZeroDivisionError("no reason")

    monkeypatch.setattr("loglens.advice.what_if.verdict.course_of", broken)
    monkeypatch.delenv("LOGLENS_ON_ERROR", raising=False)
    got = what_if(signals_at(np.ones(500), falling(500)), advice("raise_lr", 2.0))
    assert got is not None
    assert "ZeroDivisionError" in got.refused
    monkeypatch.setenv("LOGLENS_ON_ERROR", "raise")
    with pytest.raises(ZeroDivisionError):
        what_if(signals_at(np.ones(500), falling(500)), advice("raise_lr", 2.0))


def test_the_later_decay_keeps_the_warmup_and_ends_at_zero() -> None:
    rates = np.minimum(1.0, np.arange(1, STEPS + 1) / 300) * cosine()
    got = later_decay(course_at(rates))
    assert got[0] == pytest.approx(0, abs=0.02)
    assert got[len(got) // 2] == 1
    assert got[-1] == 0
    assert has_decay(course_at(rates))
    assert not has_decay(course_at(np.minimum(1.0, np.arange(1, STEPS + 1) / 300)))
