"""Excursions of the loss above its own level, with their shape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray
from loglens.signals.local import Local

FROM = 0.03
"""The first 3 % of a run are its start, not a spike."""


@dataclass(frozen=True, slots=True)
class Spike:
    """One excursion above the level, by index: `start`..`peak`..`end`, `height` in sigmas, `share` of the gain."""

    start: int
    peak: int
    end: int
    height: float
    share: float


def find_spikes(loss: FloatArray, local: Local, *, gain: float) -> tuple[Spike, ...]:
    """Excursions above the outlier limit of the run, highest first; `gain` is what heights are measured against."""
    z = (local.x - local.level) / local.noise
    limit = max(local.limit, 6.0)
    above = np.flatnonzero(z > limit)
    above = above[above >= max(3, int(FROM * len(loss)))]
    out: list[Spike] = []
    for at in above.tolist():
        if out and at <= out[-1].end + 1:
            continue
        start = at
        end = at
        while end + 1 < len(z) and z[end + 1] > 3:
            end += 1
        peak = start + int(np.argmax(z[start : end + 1]))
        while start > 0 and z[start - 1] > 3:
            start -= 1
        rise = float(loss[peak] - local.to_values(local.level[peak]))
        out.append(Spike(start, peak, end, float(z[peak]), rise / gain))
    return tuple(sorted(out, key=lambda one: -one.height))
