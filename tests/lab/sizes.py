"""The size of the recommended change for a whole table at once, by the rule of `loglens.advice.recommend`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loglens.advice.recommend import change
from tests.lab.fit import CAUSES

Floats = NDArray[np.float64]


def octaves(probability: Floats, down: Floats, up: Floats) -> Floats:
    """(n,) log2 of the factor for the peak rate, from the causes' probabilities (n, causes) and the sizes (n,)."""
    out = np.zeros(len(probability))
    for place, row in enumerate(probability):
        named = dict(zip(CAUSES, row.tolist(), strict=True))
        out[place] = change(max(named, key=named.__getitem__), named, float(down[place]), float(up[place]))
    return out
