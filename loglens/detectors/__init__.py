"""What can be seen in a run, one kind of fault a file. `DETECTORS` is the registry, in alphabetical order."""

from __future__ import annotations

from loglens.detectors.base import Detector
from loglens.detectors.divergence import Divergence
from loglens.detectors.loss_spike import LossSpike
from loglens.detectors.non_finite import NonFinite
from loglens.detectors.stagnation import Stagnation

DETECTORS: tuple[Detector, ...] = (Divergence(), LossSpike(), NonFinite(), Stagnation())
