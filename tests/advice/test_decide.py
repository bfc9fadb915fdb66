"""From scores to probabilities: one rule for one run and for a table of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from loglens.advice.decide import DOUBT, UNSURE, converged, never_jumped, probabilities, scatters
from loglens.model.run import FloatArray
from loglens.signals.scaled import ScaledRun, read
from tests.advice.runs import STEPS, falling, signals_of
from tests.diagnoses import spike

OUTCOMES = ("healthy", "lr_too_high", "lr_jump", "bad_data", "lr_too_low")


def said(scores: list[float], *, jump: bool = True, scatter: bool = False, done: bool = False) -> dict[str, float]:
    facts = {"never_jumped": not jump, "scatters": scatter, "converged": done}
    padded = np.array([*scores, -99.0][: len(OUTCOMES)])
    made = probabilities(padded, OUTCOMES, **{name: np.array(one) for name, one in facts.items()})
    return dict(zip((*OUTCOMES, "unknown"), made.tolist(), strict=True))


def reading_of(loss: FloatArray, **columns: Any) -> ScaledRun:
    found = read(signals_of(loss, **columns))
    assert found is not None
    return found


def test_sure_scores_leave_nothing_to_unknown() -> None:
    made = said([3.0, 0.0, 0.0, 0.0])
    assert made["unknown"] == 0
    assert made["healthy"] == pytest.approx(np.exp(3) / (np.exp(3) + 3))


def test_scores_spread_over_all_causes_are_a_guess() -> None:
    made = said([0.1, 0.0, 0.0, 0.0])
    assert made["unknown"] == UNSURE == max(made.values())
    assert sum(made.values()) == pytest.approx(1.0)


def test_what_is_ruled_out_gives_its_probability_to_the_others() -> None:
    made = said([1.0, 0.0, 5.0, 0.0], jump=False)
    assert made["lr_jump"] == 0
    assert max(made, key=made.__getitem__) == "healthy"
    assert sum(made.values()) == pytest.approx(1.0)


def test_scatter_puts_a_rate_too_high_in_doubt_and_nothing_else() -> None:
    high, bad = said([0.0, 5.0, 0.0, 0.0], scatter=True), said([0.0, 0.0, 0.0, 5.0], scatter=True)
    assert high["unknown"] == DOUBT == max(high.values())
    assert bad["unknown"] == 0


def test_scatter_puts_a_rate_too_low_in_doubt_where_the_loss_had_arrived() -> None:
    low = [0.0, 0.0, 0.0, 0.0, 5.0]
    assert said(low, scatter=True, done=True)["unknown"] == DOUBT
    assert said(low, scatter=True)["unknown"] == said(low, done=True)["unknown"] == 0
    assert converged(0.1)
    assert not converged(0.4)
    assert not converged(None)


def test_a_table_is_judged_row_by_row_as_one_run_is() -> None:
    rng = np.random.default_rng(0)
    scores = 3 * rng.standard_normal((50, len(OUTCOMES)))
    jump, scatter, done = rng.random((3, 50)) < 0.5
    whole = probabilities(scores, OUTCOMES, never_jumped=~jump, scatters=scatter, converged=done)
    for row, one in enumerate(whole):
        alone = said(scores[row].tolist(), jump=bool(jump[row]), scatter=bool(scatter[row]), done=bool(done[row]))
        assert one.tolist() == pytest.approx(list(alone.values()))


def test_a_loss_that_only_scatters_widely() -> None:
    rng = np.random.default_rng(8)
    wide = np.exp(rng.standard_normal(STEPS))
    assert scatters(reading_of(wide), ())
    assert scatters(reading_of(wide), (spike(severity="info"),))
    assert not scatters(reading_of(wide), (spike(severity="warning"),))
    assert not scatters(reading_of(2.3 + 0.02 * rng.standard_normal(STEPS)), ())  # a quiet loss that is stuck
    assert not scatters(reading_of(falling()), ())


def test_a_loss_that_climbs_for_good_without_diverging() -> None:
    rng = np.random.default_rng(9)
    climbs = np.linspace(1.0, 4.0, STEPS) + 0.05 * rng.standard_normal(STEPS)
    assert scatters(reading_of(climbs), ())
    assert not scatters(reading_of(climbs / 4 + 3), ())


def test_a_rate_never_jumped_only_where_it_was_logged() -> None:
    assert never_jumped(signals_of(falling()), 0.0)
    assert never_jumped(signals_of(falling()), None)
    assert not never_jumped(signals_of(falling()), 0.5)
    assert not never_jumped(signals_of(falling(), lr=None), 0.0)
    up = np.where(np.arange(STEPS) < 600, 0.01, 0.5)
    assert not never_jumped(signals_of(falling(), lr=up), 0.0)
