"""What comes back with the epochs: an order of the data, or stairs of what is remembered."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.facts import establish
from loglens.advice.judge import advise
from loglens.detectors import DETECTORS
from loglens.detectors.running import detected
from loglens.signals.core import Signals
from tests.factories import make_run

EPOCH = 100


def run(loss: np.ndarray, *, clock: bool = True) -> Signals:
    steps = np.arange(len(loss))
    lr = 2e-5 * 0.5 * (1 + np.cos(np.pi * steps / len(loss)))
    columns = {"loss": (steps, loss), "lr": (steps, lr)}
    return Signals(make_run(columns | ({"epoch": (steps, np.round(steps / EPOCH, 2))} if clock else {})))


def kinds(signals: Signals) -> set[str]:
    return {one.kind for one in establish(signals, detected(signals, DETECTORS).findings)}


def stairs(epochs: int = 4) -> np.ndarray:
    rng = np.random.default_rng(2)
    at = np.arange(epochs * EPOCH)
    return np.asarray(1.3 * 0.7 ** (at // EPOCH) * np.exp(0.03 * rng.standard_normal(len(at))) + 0.4 * np.exp(-at / 6))


def test_stairs_at_the_epochs_are_memorising_and_no_fault() -> None:
    signals = run(stairs())
    assert "epoch_stairs" in kinds(signals)
    judged = advise(signals, detected(signals, DETECTORS).findings)
    assert judged.causes[0].cause in ("healthy", "unknown")
    assert judged.verdict == "healthy"


@pytest.mark.parametrize(("clock", "told"), [(True, True), (False, False)])
def test_only_a_pattern_in_step_with_the_epoch_is_an_order_of_the_data(clock: bool, told: bool) -> None:
    rng = np.random.default_rng(3)
    at = np.arange(800)
    loss = 1.0 + 0.3 * np.sin(2 * np.pi * at / EPOCH) + 0.5 * np.exp(-at / 80) + 0.03 * rng.standard_normal(800)
    signals = run(loss, clock=clock)
    findings = detected(signals, DETECTORS).findings
    assert any(finding.kind == "periodic_pattern" for finding in findings)
    assert ("repeats" in kinds(signals)) is told
    assert (advise(signals, findings).causes[0].cause == "data_order") is told
