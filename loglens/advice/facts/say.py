"""How facts are put into words, and how one is made: numbers rounded, spans closed."""

from __future__ import annotations

from loglens.model.fact import Fact, FactKind
from loglens.model.run import StepSpan


def loss(value: float) -> str:
    """A loss with three or four digits: 2.303, 0.162, 1.6e18."""
    return f"{value:.4g}" if 1e-3 <= abs(value) < 1e5 or value == 0 else f"{value:.2e}".replace("e+", "e")


def rate(value: float) -> str:
    """A learning rate with two digits, as people write them: 0.06, 2e-5, 0."""
    if value == 0:
        return "0"
    if 0.01 <= abs(value) < 1000:
        return f"{value:.2g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"


def part(share: float) -> str:
    """A small share as one of so many: a 20th, a 700th."""
    return f"1/{1 / max(share, 1e-9):,.0f}" if share > 0 else "0"


def points(count: int) -> str:
    return "1 point" if count == 1 else f"{count:,} points"


def times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count:,} times"


def quoted(line: str) -> str:
    """A line of the log, short enough for a sentence."""
    line = " ".join(line.split()).strip("| ").rstrip(".")
    return f"“{line if len(line) <= 100 else line[:99] + '…'}”"


def fact(
    kind: FactKind, text: str, first: float | None = None, last: float | None = None, series: str | None = None,
    **values: float | str,
) -> Fact:  # fmt: skip
    """A fact that holds from step `first` to `last` (`first` alone where that is None; the whole run without both)."""
    span = None
    if first is not None:
        span = StepSpan(start=int(first), end=max(int(first), int(first if last is None else last)))
    return Fact(kind=kind, text=text, steps=span, series=series, values=values)
