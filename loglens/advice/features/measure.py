"""The shape of a piece of evidence: a name, a pure function of a reading, and the sentence a user is shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

from loglens.signals.scaled import ScaledRun

T = TypeVar("T")

ROUNDING = 1e-12
"""Of a loss, what is no change of it: the last digits of a double depend on the processor."""


def of_a_run(of: Callable[[ScaledRun], T]) -> Callable[[ScaledRun], T]:
    """Something that several measures ask of a run: computed once, and kept with the reading."""

    @wraps(of)
    def once(r: ScaledRun) -> T:
        if of not in r.asked:
            r.asked[of] = of(r)
        kept: T = r.asked[of]
        return kept

    return once


@dataclass(frozen=True, slots=True)
class Measure:
    """`of(reading)` is the number, None where the log cannot tell. Its docstring says where the idea comes from.

    `text`: the sentence, with `{value}` where the number goes; numbers on a log scale are given as they are read by
    people through `shown`. `absent`: the sentence where the number says that what it counts is not there, '' for a
    number that counts nothing. `ordinary`: between these two it is what most runs show, which may weigh in but is no
    reason. `unspoken`: it takes a paragraph to be understood; it weighs in and is listed, and is no reason either.
    """

    name: str
    of: Callable[[ScaledRun], float | None]
    text: str
    shown: Callable[[float], str] = "{:.2f}".format
    absent: str = ""
    ordinary: tuple[float, float] | None = None
    unspoken: bool = False

    def is_absent(self, value: float) -> bool:
        """Whether what the number counts is not there."""
        return bool(self.absent) and abs(value) < NOTHING

    def telling(self, value: float) -> bool:
        """Whether the number may be told as a reason."""
        usual = self.ordinary is not None and self.ordinary[0] <= value <= self.ordinary[1]
        return not (self.unspoken or usual or self.is_absent(value))

    def sentence(self, value: float) -> str:
        return self.absent if self.is_absent(value) else self.text.format(value=self.shown(value))


NOTHING = 0.005
"""Below this a number that counts something says that it is not there."""
MOST_PERCENT = 10.0
"""A share beyond ten times is a multiple, and nobody reads it as a percentage."""


def percent(value: float) -> str:
    """A share as a percentage, with one decimal below a tenth; what exceeds ten times is said to."""
    if abs(value) > MOST_PERCENT:
        return f"{'over' if value > 0 else 'below'} {100 * math.copysign(MOST_PERCENT, value):,.0f} %"
    return f"{100 * value:,.0f} %" if abs(value) >= 0.1 or abs(value) < 5e-4 else f"{100 * value:.1f} %"


def times(value: float) -> str:
    """A natural logarithm of a ratio, as a factor."""
    factor = math.exp(max(-30.0, min(30.0, value)))
    if factor > 10_000:
        return "over 10,000×"
    if factor < 1e-4:
        return "less than 0.0001×"
    return f"{factor:,.0f}×" if factor >= 10 else f"{factor:.2g}×"


def whole(value: float) -> str:
    return f"{value:.0f}"


def unlog1p(value: float) -> str:
    """ln(1 + x), as x."""
    number = math.expm1(min(value, 60.0))
    if number > 1e6:
        return "over a million"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def clipped(value: float, low: float, high: float) -> float:
    """`value` within its bounds, NaN where it is NaN. For a single number `np.clip` takes a hundred times as long."""
    return float(min(max(value, low), high))


def log_ratio(above: float, below: float, *, least: float = 1e-12) -> float:
    """ln(above / below) with both kept away from zero."""
    return math.log(max(above, least) / max(below, least))
