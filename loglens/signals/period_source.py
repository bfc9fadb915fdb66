"""What a period of the loss is in step with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from loglens.signals.numerics.robust import median
from loglens.signals.numerics.spectrum import Periodicity

if TYPE_CHECKING:
    from loglens.signals.core import Signals

PeriodSource = Literal["epoch", "epoch_multiple", "lr", "none"]
NEAR = 0.03
"""A period is taken for a known one within 3 %: a Fourier bin at thirty cycles."""


def source_of(signals: Signals, periodicity: Periodicity) -> PeriodSource:
    """The epoch (or a whole part or multiple of it), a cycle of the learning rate, or neither."""
    epoch = signals.epochs.steps_per_epoch
    tolerance = max(NEAR, 0.5 / max(1.0, periodicity.cycles))
    if epoch is not None:
        ratio = periodicity.period / epoch
        if abs(ratio - 1) < tolerance:
            return "epoch"
        if ratio > 1.5 and abs(ratio - round(ratio)) < tolerance * ratio:
            return "epoch_multiple"
        if ratio < 0.75 and abs(1 / ratio - round(1 / ratio)) < tolerance / ratio and 1 / ratio < 8:
            return "epoch"
    cycle = lr_cycle(signals)
    if cycle is not None and abs(periodicity.period / cycle - 1) < max(tolerance, 0.1):
        return "lr"
    return "none"


def lr_cycle(signals: Signals) -> float | None:
    """The length of a cycle of the learning rate in steps: between restarts, or between tops of a cyclic schedule."""
    tops = [event.step for event in signals.schedule.events if event.kind == "restart"]
    if len(tops) < 2:
        tops = [phase.span.start for phase in signals.schedule.phases if phase.kind == "decay"]
    if len(tops) < 2 or signals.schedule.kind not in ("cyclic", "restarts"):
        return None
    return median(np.diff(tops))
