"""The shape of a detector: one file, one kind of fault, what is seen and never why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from loglens.model.finding import DetectorMeta, Finding, Severity
from loglens.signals.core import Signals


class Detector(Protocol):
    """A detector is a frozen dataclass whose fields are its limits. The docstring of its module is the page that
    `loglens explain NAME` prints. It never checks whether its inputs exist: the pipeline does, from `meta`. The role
    'train_loss' stands for the judged loss, be it the validation loss where no train loss is logged."""

    @property
    def meta(self) -> DetectorMeta: ...

    def detect(self, signals: Signals) -> Iterator[Finding]: ...


def capped(severity: Severity, signals: Signals) -> Severity:
    """The severity, but no more than 'info' where the loss is not what tells how training goes (RL, GANs)."""
    return severity if signals.is_objective else "info"


def clip01(value: float) -> float:
    """A score or confidence, kept within 0..1 and free of the last bits of rounding."""
    return round(min(1.0, max(0.0, value)), 6)
