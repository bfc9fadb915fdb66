"""The shape of a detector: one file, one kind of fault, what is seen and never why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from loglens.model.finding import DetectorMeta, Finding
from loglens.signals.core import Signals


class Detector(Protocol):
    """A detector is a frozen dataclass whose fields are its limits. The docstring of its module is the page that
    `loglens explain NAME` prints. It never checks whether its inputs exist: the pipeline does, from `meta`."""

    @property
    def meta(self) -> DetectorMeta: ...

    def detect(self, signals: Signals) -> Iterator[Finding]: ...
