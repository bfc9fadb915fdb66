"""What can be seen in a run, one kind of fault a file. `DETECTORS` is the registry, in alphabetical order."""

from __future__ import annotations

from loglens.detectors.base import Detector
from loglens.detectors.divergence import Divergence
from loglens.detectors.gradient import Gradient
from loglens.detectors.log_artefacts import LogArtefacts
from loglens.detectors.loss_spike import LossSpike
from loglens.detectors.lr_jump import LrJump
from loglens.detectors.non_finite import NonFinite
from loglens.detectors.oscillation import Oscillation
from loglens.detectors.overfitting import Overfitting
from loglens.detectors.periodic_pattern import PeriodicPattern
from loglens.detectors.resume import Resume
from loglens.detectors.slow_progress import SlowProgress
from loglens.detectors.stagnation import Stagnation

DETECTORS: tuple[Detector, ...] = (
    Divergence(),
    Gradient(),
    LogArtefacts(),
    LossSpike(),
    LrJump(),
    NonFinite(),
    Oscillation(),
    Overfitting(),
    PeriodicPattern(),
    Resume(),
    SlowProgress(),
    Stagnation(),
)
