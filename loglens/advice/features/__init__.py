"""Evidence: named numbers from a log, each a pure function of a `ScaledRun` with its source in its docstring.

A number is None where the log cannot tell (no rate, no gradient norm, no validation, too few points). None of them
looks at the size of the learning rate alone, at names, or at the number of steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from loglens.advice.features import (
    blowup,
    descent,
    gradient,
    noise,
    pace,
    periodicity,
    progress,
    rate,
    restart,
    spikes,
    steadiness,
    val_fall,
    validation,
)
from loglens.advice.features.measure import Measure
from loglens.signals.scaled import ScaledRun

MEASURES: tuple[Measure, ...] = (
    *progress.MEASURES, *blowup.MEASURES, *noise.MEASURES, *spikes.MEASURES, *gradient.MEASURES, *rate.MEASURES,
    *periodicity.MEASURES, *validation.MEASURES, *restart.MEASURES, *pace.MEASURES, *descent.MEASURES,
    *steadiness.MEASURES, *val_fall.MEASURES,
)  # fmt: skip


def gather(reading: ScaledRun) -> Mapping[str, float | None]:
    """All evidence of a run by name; a number that is not finite counts as None."""
    out: dict[str, float | None] = {}
    with np.errstate(all="ignore"):
        for item in MEASURES:
            value = item.of(reading)
            out[item.name] = value if value is not None and math.isfinite(value) else None
    return out


_BY_NAME: Mapping[str, Measure] = {item.name: item for item in MEASURES}


def measure(name: str) -> Measure:
    """The measure of that name; KeyError where there is none."""
    return _BY_NAME[name]
