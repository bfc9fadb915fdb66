"""The run without units: its spikes are those the page shows."""

from __future__ import annotations

import numpy as np

from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.scaled import ScaledRun, read
from tests.factories import falling, make_run


def noisy(points: int = 600) -> FloatArray:
    return falling(points) * np.exp(0.03 * np.random.default_rng(4).standard_normal(points))


def both(loss: FloatArray, grad: FloatArray) -> tuple[Signals, ScaledRun]:
    signals = Signals(make_run({"loss": loss, "grad": grad}))
    scaled = read(signals)
    assert scaled is not None
    return signals, scaled


def test_a_spike_told_only_with_the_gradient_counts_too() -> None:
    loss, grad = noisy(), np.exp(0.05 * np.random.default_rng(5).standard_normal(600))
    local = Signals(make_run({"loss": loss})).local
    # between the lower limit, which holds where the gradient jumps, and the usual one
    height = 0.9 * float(local.limit * local.noise[400])
    loss[400] = float(local.to_values(local.base[400] + height))
    grad[400] = 20.0
    signals, scaled = both(loss, grad)
    assert [spike.peak for spike in signals.excursions] == [400]
    assert signals.excursions[0].height < local.limit
    assert scaled.excursions == signals.excursions


def test_spikes_are_found_anew_where_absurd_losses_are_left_out() -> None:
    loss = noisy()
    loss[300] *= 8
    loss[450] = 1e35
    _, scaled = both(loss, np.ones(600))
    assert len(scaled) == 599
    assert [spike.peak for spike in scaled.spikes] == [300]
