"""The figures that README tells, where the data lie beside the checkout: the aims hold, and the interval is as told."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.what_if.rescale import HIGH, LOW
from tests.lab.what_if import schedules, sweeps
from tests.lab.what_if.places import CURVES, SWEEPS, missing


@pytest.mark.skipif(bool(missing(CURVES)), reason=missing(CURVES) or "-")
def test_one_curve_tells_where_other_schedules_end() -> None:
    models = schedules.curves(CURVES)
    rows = schedules.scored(models)
    for model in models:
        own = [one for one in rows if one.model == model]
        assert schedules.ratio(own) <= 0.25
        for source in {one.source for one in own}:
            assert schedules.ratio([one for one in own if one.source == source]) <= 0.3, (model, source)
    drawn = [one for one in rows if one.answered]
    assert len(drawn) >= 0.9 * len(rows)
    assert 0.75 <= schedules.coverage(drawn) <= 0.88


@pytest.mark.skipif(bool(missing(CURVES)), reason=missing(CURVES) or "-")
def test_a_borrowed_decay_is_far_better_than_none() -> None:
    models = schedules.curves(CURVES)
    for same, bar in ((True, 0.15), (False, 0.25)):
        rows = schedules.borrowed(models, same=same)
        assert schedules.ratio(rows) <= bar
        assert schedules.coverage(rows) >= 0.75


@pytest.mark.skipif(bool(missing(SWEEPS)), reason=missing(SWEEPS) or "-")
def test_a_higher_rate_reaches_the_loss_sooner_by_its_factor() -> None:
    pairs = sweeps.pairs(*sweeps.courses(SWEEPS))
    small = np.abs(pairs.error[pairs.factor <= 4.1])
    assert np.median(small) <= 0.015
    assert np.quantile(small, 0.9) <= 0.05
    assert 0.75 <= pairs.left_out()[""] <= 0.85
    assert pairs.quantiles(np.ones(len(pairs.error), dtype=bool)) == pytest.approx((LOW, HIGH), abs=0.01)
