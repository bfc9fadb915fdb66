"""The size of the recommended change for a whole table at once, by the rule of `loglens.advice.recommend`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loglens.advice.finding_features import OF_WEIGHT
from loglens.advice.recommend import RAN_AWAY, change
from loglens.model.causes import CauseName
from tests.lab.evaluate.metrics import OUTCOMES
from tests.lab.table.build import FOUND_NAMES, Table

Floats = NDArray[np.float64]


def octaves(table: Table, probability: Floats, down: Floats, up: Floats) -> Floats:
    """(n,) log2 of the factor for the peak rate, from the outcomes' probabilities (n, outcomes) and the sizes (n,)."""
    out = np.zeros(len(probability))
    ran_away = np.any([table.found[:, FOUND_NAMES.index(name)] >= OF_WEIGHT for name in RAN_AWAY], axis=0)
    for place, (facts, row) in enumerate(zip(table.rows, probability, strict=True)):
        named: dict[CauseName, float] = dict(zip(OUTCOMES, row.tolist(), strict=True))
        top = max(named, key=named.__getitem__)
        # a jump is taken out by going back to the rate that was planned
        size = change(top, named, float(down[place]), float(up[place]), ran_away=bool(ran_away[place]))
        out[place] = facts["planned"] if top == "lr_jump" else size
    return out
