"""When to judge a running training: rarely by the clock, at once where a loss leaves its level."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEWEST = 30
"""Points before the first judgement that nothing in particular asks for."""
GROWTH = 1.1
"""How much longer the log is at the next one."""
RESERVE = 0.5
"""Seconds of judging that are allowed beyond the share of the time: a run that breaks in its first seconds is judged
as well."""
PACE = 0.05
"""Share of a new point in the running level and spread."""
FAR, FARTHEST = 8.0, 40.0
"""Spreads above the level that make a point high, and so high that one is enough."""
NEAR = 2.0
"""Spreads that a point may count for at most."""
IN_A_ROW = 3
EARLY = 20
"""Points before level and spread mean anything; until then only a multiple of the first loss counts."""
TIMES_FIRST = 3.0
YOUNG = 64
"""Points in which a training can blow up within a step or two: each is looked at as it comes."""


@dataclass(slots=True)
class Alarm:
    """Notices in constant time that a loss leaves its level upwards. It asks for a judgement; it is none."""

    points: int = 0
    first: float = math.nan
    level: float = 0.0
    spread: float = 0.0
    high: int = 0

    def rings(self, loss: float) -> bool:
        """Take the next loss in; whether to look now."""
        self.points += 1
        if not math.isfinite(loss):
            return True
        if self.points == 1:
            self.first = self.level = loss
            self.spread = abs(loss) * 0.1
            return False
        above = loss - self.level
        unit = max(self.spread, 1e-3 * abs(self.level), 1e-300)
        far = above > FAR * unit
        self.high = self.high + 1 if far else 0
        # what is far off moves level and spread hardly at all: a blow-up must not raise its own limit
        taken = min(above, NEAR * unit)
        self.level += PACE * taken
        self.spread += PACE * (min(abs(taken), NEAR * unit) - self.spread)
        if self.points <= EARLY:
            return loss > TIMES_FIRST * abs(self.first) and loss > self.first
        return self.high >= IN_A_ROW or above > FARTHEST * unit

    @property
    def limit(self) -> float:
        """A loss up to here needs no look at once; below every loss while the level is still young."""
        return self.level + FAR * self.spread if self.points > YOUNG else -math.inf


@dataclass(slots=True)
class StepBudget:
    """Seconds that judging may take: `share` of the time since the start, and a small reserve for alarms.

    `expected`: what the next judgement will take; one that nothing asks for waits until there is room for it.
    """

    share: float
    spent: float = 0.0
    expected: float = 0.05
    next_points: int = FEWEST
    alarm_from: int = 2
    patience: int = 1

    def due(self, points: int, elapsed: float, *, alarmed: bool) -> bool:
        """Whether a judgement with so many points may be made now."""
        if alarmed and points >= self.alarm_from:
            return self.spent < RESERVE + self.share * elapsed
        return points >= self.next_points and self.spent + self.expected < self.share * elapsed

    def judged(self, points: int, seconds: float, *, alarmed: bool, found: bool) -> None:
        """Take a judgement into account. Alarms that lead to nothing are answered at ever longer intervals."""
        self.spent += seconds
        self.expected = GROWTH * seconds
        self.next_points = max(FEWEST, math.ceil(points * GROWTH))
        if alarmed:
            self.patience = 1 if found else min(2 * self.patience, 256)
            self.alarm_from = points + self.patience
