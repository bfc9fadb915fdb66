"""The shape of a piece of evidence: a name, a pure function of a reading, and the sentence a user is shown."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from loglens.advice.reading import Reading


@dataclass(frozen=True, slots=True)
class Measure:
    """`of(reading)` is the number, None where the log cannot tell. Its docstring says where the idea comes from.

    `text`: the sentence, with `{value}` where the number goes; numbers on a log scale are given as they are read by
    people through `shown`.
    """

    name: str
    of: Callable[[Reading], float | None]
    text: str
    shown: Callable[[float], str] = "{:.2f}".format

    def sentence(self, value: float) -> str:
        return self.text.format(value=self.shown(value))


def percent(value: float) -> str:
    return f"{100 * value:.0f} %" if abs(value) >= 0.1 or value == 0 else f"{100 * value:.1f} %"


def times(value: float) -> str:
    """A natural logarithm of a ratio, as a factor."""
    factor = math.exp(max(-30.0, min(30.0, value)))
    return f"{factor:.0f}×" if factor >= 10 else f"{factor:.2g}×"


def whole(value: float) -> str:
    return f"{value:.0f}"


def unlog1p(value: float) -> str:
    """ln(1 + x), as x."""
    return f"{math.expm1(min(value, 60.0)):.3g}"


def log_ratio(above: float, below: float, *, least: float = 1e-12) -> float:
    """ln(above / below) with both kept away from zero."""
    return math.log(max(above, least) / max(below, least))
