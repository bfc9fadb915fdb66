"""What the recommended rate or schedule would have given, and what was lost since a fault began."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from loglens.model.run import FloatArray, frozen_array

WhatIfLaw = Literal["time_rescale", "annealing"]
LackedByLaw = Literal["decay"]


DIGITS = 7
"""Significant digits of a prediction: more would only say how a machine rounds. Rounded here, so that a document holds
the same numbers as the diagnosis it was made from."""


def _told(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


_DIGITS = f"{{:.{DIGITS}g}}"


def _all_told(values: object) -> FloatArray:
    given = np.asarray(values, dtype=np.float64)
    # steps hold no more digits than that, mostly
    whole = bool((np.abs(given) < 10**DIGITS).all() and (given == np.rint(given)).all())
    return frozen_array(given if whole else list(map(float, map(_DIGITS.format, given.tolist()))), np.float64)


def _none() -> FloatArray:
    return np.zeros(0, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WhatIf:
    """The curve under the recommendation, or why there is none.

    `law`: what it rests on, None where it was refused; `refused`: the reason as a sentence, '' where there is a curve.
    `lacks`: what another run of the same folder could supply. `steps`, `loss`, `low`, `high` (n,): the predicted level
    of the loss with its 80 % interval. `ended_at`: the level at which the run itself ended.

    Time rescale: `factor` of the rate (a part of the recommended step where that is larger than was ever measured),
    `reached_at`: the step at which the run's own end would have been reached, `steps_saved`, `hours_saved`: what is
    left over then. Annealing: the peak rate is held until `decay_from` and falls to zero in a straight line by the last
    of `steps`; `sibling`: the run that showed what a decay does here, '' where the log itself did.
    """

    law: WhatIfLaw | None = None
    refused: str = ""
    lacks: LackedByLaw | None = None
    steps: FloatArray = field(default_factory=_none)
    loss: FloatArray = field(default_factory=_none)
    low: FloatArray = field(default_factory=_none)
    high: FloatArray = field(default_factory=_none)
    ended_at: float | None = None
    factor: float | None = None
    reached_at: int | None = None
    steps_saved: int | None = None
    hours_saved: float | None = None
    decay_from: int | None = None
    sibling: str = ""

    def __post_init__(self) -> None:
        for name in ("steps", "loss", "low", "high"):
            object.__setattr__(self, name, _all_told(getattr(self, name)))
        for name in ("ended_at", "factor", "hours_saved"):
            object.__setattr__(self, name, _told(getattr(self, name)))
        if not len(self.steps) == len(self.loss) == len(self.low) == len(self.high):
            raise ValueError("steps, loss, low and high of a what-if must be of one length")
        if (self.law is None) == (not self.refused):
            raise ValueError("a what-if either rests on a law or says why it was refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What ran in vain since a fault began.

    `since`: the step of its onset, None where a document does not tell; `steps`: those from there until the run had its
    level back, or to its end where it never had (`regained` tells which), summed over the faults of the leading cause;
    `hours`: training time in them, without pauses, None where the log has no clock; `of`: steps of the whole run.
    """

    since: int | None
    steps: int
    regained: bool
    hours: float | None = None
    of: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "hours", _told(self.hours))
