from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.regret import outlook as outlooks
from loglens.advice.regret import rate_outlook
from loglens.advice.regret.forest import model
from loglens.advice.regret.outlook import FAR_BY_CURVE, FAR_SURE, LEAP, RateOutlook
from loglens.advice.regret.posterior import RIGHT_KEPT
from loglens.model.run import FloatArray
from tests.advice.runs import falling, signals_of


def outlook(loss: np.ndarray, lr: FloatArray | float | None = 0.01) -> RateOutlook:
    found = rate_outlook(signals_of(loss, lr=lr))
    assert found is not None
    return found


def lost_at_once(points: int = 200) -> np.ndarray:
    return np.append(2.3, np.full(points - 1, np.nan))


@pytest.mark.parametrize("rate", [0.5, 3.0, 30.0])
def test_a_run_lost_at_once_is_too_high_and_comes_down_by_decades(rate: float) -> None:
    found = outlook(lost_at_once(), rate)
    assert found.verdict == "too_high"
    assert found.probability > 0.9
    assert found.recommended is not None
    assert found.recommended < rate / 10


def test_the_advice_for_a_lost_run_hardly_depends_on_how_far_too_high_it_was() -> None:
    advised = [outlook(lost_at_once(), rate).recommended or 0.0 for rate in (3.0, 30.0, 100.0)]
    assert max(advised) < 10 * min(advised)


def test_a_loss_that_hardly_moves_at_a_tiny_rate_is_too_low() -> None:
    loss = np.linspace(2.3, 2.2, 2000) + 0.005 * np.random.default_rng(0).standard_normal(2000)
    found = outlook(loss, 1e-6)
    assert found.verdict == "too_low"
    assert found.factor > 4


def test_the_same_curve_at_a_higher_rate_is_more_likely_too_high() -> None:
    loss = falling(noise=0.2, floor=0.6)
    shares = [outlook(loss, rate).probabilities[2] for rate in (1e-5, 1e-3, 1e-1, 10.0)]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0] + 0.2


def test_without_a_rate_the_answer_is_in_factors() -> None:
    found = outlook(falling(), None)
    assert found.rate is None
    assert found.recommended is None
    assert found.prior_line == ""
    assert found.factor > 0


def test_a_rate_of_zero_is_not_judged() -> None:
    assert rate_outlook(signals_of(falling(), lr=0.0)) is None


def test_a_raise_by_decades_needs_a_sure_curve() -> None:
    found = outlook(falling(steps=200, pace=20), 1e-6)
    if found.probabilities[0] < FAR_SURE or found.by_curve[0] < FAR_BY_CURVE:
        assert found.factor <= 2 ** (LEAP / 2) + 1e-9


def test_probabilities_and_regrets_are_in_order() -> None:
    found = outlook(falling())
    assert sum(found.probabilities) == pytest.approx(1.0)
    assert np.all(found.regret_low <= found.regret_high + 1e-12)
    assert np.all((found.p_usable >= 0) & (found.p_usable <= 1 + 1e-9))
    assert found.factor_low <= found.factor <= found.factor_high
    assert [abs(one.points) for one in found.evidence] == sorted(
        (abs(one.points) for one in found.evidence), reverse=True
    )


def test_every_leaf_holds_trainings_and_every_path_ends() -> None:
    forest = model().forest
    leaves = forest.feature < 0
    held = np.diff(forest.start)
    assert np.all(held[leaves] > 0)
    assert np.all(held[~leaves] == 0)
    assert np.all(forest.right[~leaves] > np.flatnonzero(~leaves))
    assert forest.members.max() < len(model().weight)


COSINE = 0.005 * (1 + np.cos(np.linspace(0, np.pi, 1000)))


@pytest.mark.parametrize(("rate", "kept"), [(0.01, RIGHT_KEPT), (None, 1.0), (COSINE, 1.0)])
def test_of_a_right_rate_that_is_known_and_constant_a_part_is_kept(
    rate: FloatArray | float | None, kept: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = falling(noise=0.2, floor=0.6)
    corrected = outlook(loss, rate)
    low, right, high = corrected.probabilities
    monkeypatch.setattr(outlooks, "RIGHT_KEPT", 1.0)
    whole = outlook(loss, rate).probabilities
    assert corrected.right_before == pytest.approx(whole[1])
    assert low + right + high == pytest.approx(1.0)
    assert right / (low + high) == pytest.approx(kept * whole[1] / (whole[0] + whole[2]))
    assert low / high == pytest.approx(whole[0] / whole[2])
