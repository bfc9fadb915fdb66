"""The rule by which an arm ends early (`loglens.replay.judging.settled` says which), over its losses as they come."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import FloatArray, IntArray

PAST = 15
"""Points whose median a new point is compared with."""
WIDTH = 5
"""Points whose mean is one level of the loss."""
HOLD = 5
"""Means of `WIDTH` losses in a row that must lie that high: a spike that is over by then does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """An arm is settled when its loss stays over its own level before `onset` plus `rise`, and over `floor`."""

    onset: int
    rise: float
    floor: float | None = None

    def begin(self) -> RuleState:
        return RuleState(self)

    def kept(self, steps: IntArray, losses: FloatArray) -> int | None:
        """How many of these points there are up to where the arm is settled; None where it is not."""
        state = self.begin()
        for place, (step, loss) in enumerate(zip(steps.tolist(), losses.tolist(), strict=True)):
            if state.settled(step, loss):
                return place + 1
        return None


@dataclass(slots=True)
class RuleState:
    """A rule over the losses of one arm as they come."""

    rule: StopRule
    _before: deque[float] = field(default_factory=lambda: deque(maxlen=PAST))
    _late: deque[float] = field(default_factory=lambda: deque(maxlen=WIDTH))
    _limit: float | None = None
    _held: int = 0

    def settled(self, step: int, loss: float) -> bool:
        """Takes a loss in; whether the arm is settled now."""
        if step < self.rule.onset:
            self._before.append(loss)
            return False
        if self._limit is None:
            if not self._before:
                return False  # no level of its own to climb from
            own = float(np.median(self._before)) + self.rule.rise
            self._limit = max(own, self.rule.floor if self.rule.floor is not None else own)
        self._late.append(loss)
        over = len(self._late) == WIDTH and math.fsum(self._late) / WIDTH > self._limit
        self._held = self._held + 1 if over else 0
        return self._held >= HOLD
