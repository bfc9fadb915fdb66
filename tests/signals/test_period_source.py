"""What a period is in step with."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.spectrum import Periodicity
from loglens.signals.period_source import lr_cycle, source_of
from tests.factories import falling, lr_curve, make_run


def periodicity(period: float, *, cycles: float | None = None) -> Periodicity:
    return Periodicity(
        period=period, share=0.5, chance=1e-9, amplitude=1.0, cycles=cycles or 1000 / period, phase_step=0.0
    )


def signals(*, epoch: float | None = None, lr: str | None = None) -> Signals:
    columns: dict[str, FloatArray] = {"loss": falling(1000)}
    if epoch is not None:
        columns["epoch"] = np.arange(1000) / epoch
    if lr is not None:
        columns["lr"] = lr_curve(lr, 1000)
    return Signals(make_run(columns))


@pytest.mark.parametrize(
    ("period", "source"), [(50.0, "epoch"), (50.6, "epoch"), (25.0, "epoch"), (100.0, "epoch_multiple"), (71.0, "none")]
)
def test_the_epoch_and_its_relatives(period: float, source: str) -> None:
    assert source_of(signals(epoch=50), periodicity(period)) == source


@pytest.mark.parametrize(
    ("period", "cycles", "source"),
    [
        (51.4, 100, "epoch"), (51.6, 100, "none"), (48.6, 100, "epoch"), (48.4, 100, "none"),
        (102.5, 100, "epoch_multiple"), (104.0, 100, "none"), (153.0, 100, "epoch_multiple"),
        (50 / 7, 100, "epoch"), (50 / 8, 100, "none"), (50 / 2.05, 100, "epoch"), (50 / 2.2, 100, "none"),
        # a period that was seen five times is known within a tenth
        (54.5, 5, "epoch"), (56.0, 5, "none"), (65.0, 2, "none"), (65.0, 0.5, "epoch"),
    ],
)  # fmt: skip
def test_how_near_a_period_has_to_be(period: float, cycles: float, source: str) -> None:
    assert source_of(signals(epoch=50), periodicity(period, cycles=cycles)) == source


@pytest.mark.parametrize(("period", "source"), [(270.0, "lr"), (280.0, "none"), (228.0, "lr"), (220.0, "none")])
def test_a_cycle_of_the_rate_is_met_within_a_tenth(period: float, source: str) -> None:
    assert source_of(signals(lr="restarts"), periodicity(period, cycles=100)) == source


@pytest.mark.parametrize("lr", ["restarts", "cyclic"])
def test_a_cycle_of_the_rate(lr: str) -> None:
    assert lr_cycle(signals(lr=lr)) == pytest.approx(250, rel=0.02)
    assert source_of(signals(lr=lr), periodicity(250.0)) == "lr"
    assert source_of(signals(lr=lr), periodicity(90.0)) == "none"


@pytest.mark.parametrize("lr", [None, "constant", "cosine", "step"])
def test_rates_that_do_not_cycle(lr: str | None) -> None:
    assert lr_cycle(signals(lr=lr)) is None
    assert source_of(signals(lr=lr), periodicity(50.0)) == "none"
