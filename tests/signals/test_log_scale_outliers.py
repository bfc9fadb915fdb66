"""Points that a logarithm hides, and those it shows as they are."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.local import local_statistics
from loglens.signals.log_scale_outliers import LogScaleOutliers, log_scale_outliers
from tests.factories import falling

NONE = np.zeros(0, dtype=np.int64)


def near_the_floor(points: int = 800, seed: int = 0) -> FloatArray:
    """From 2.3 down to about 0.05, where single batches scatter over two decades."""
    rng = np.random.default_rng(seed)
    level = 0.05 + 2.25 * np.exp(-np.arange(points) / 40)
    return level * np.exp(np.minimum(1.1 * rng.standard_normal(points), 1.4))


def of(values: FloatArray, *, initial: float = 2.3, support: list[int] | None = None) -> LogScaleOutliers:
    return log_scale_outliers(
        values, local_statistics(values), initial=initial, support=NONE if support is None else np.array(support)
    )


def test_a_batch_worse_than_an_untrained_model_stands_out_though_the_logarithm_hides_it() -> None:
    values = near_the_floor()
    values[500] = 4.0
    local = local_statistics(values)
    assert local.log
    assert local.z[500] < local.limit
    outliers = of(values)
    assert outliers.at.tolist() == [500]
    assert outliers.z[500] > 2 * outliers.limit[500]


def test_a_hard_batch_is_not_tall() -> None:
    values = near_the_floor()
    values[500] = 0.8
    assert len(of(values).at) == 0


def test_a_gradient_that_jumps_too_halves_what_it_takes() -> None:
    values = near_the_floor()
    values[500] = 1.2
    assert len(of(values).at) == 0
    assert of(values, support=[500]).at.tolist() == [500]


def test_a_point_that_undoes_all_gains_twice_is_tall_in_any_noise() -> None:
    rng = np.random.default_rng(4)
    values = (0.1 + 2.2 * np.exp(-np.arange(800) / 80)) * np.exp(np.minimum(4.0 * rng.standard_normal(800), 1.0))
    values[700] = 8.0
    local = local_statistics(values)
    assert local.z[700] < 0.5 * local.limit
    assert 700 in of(values).at.tolist()


@pytest.mark.parametrize("sigma", [0.25, 1.0, 2.0])
def test_heavy_tails_of_a_model_that_learns_nothing_are_not_tall(sigma: float) -> None:
    values = 0.01 * np.exp(sigma * np.random.default_rng(1).standard_normal(4000))
    assert len(of(values, initial=0.015).at) <= 1


def test_on_a_linear_scale_and_in_a_short_log_there_is_nothing_to_add() -> None:
    linear = 2.0 - 0.001 * np.arange(400) + 0.1 * np.random.default_rng(2).standard_normal(400)
    assert not local_statistics(linear).log
    assert len(of(linear).at) == 0
    assert len(of(falling(20)).at) == 0
