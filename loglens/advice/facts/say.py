"""How facts are put into words, and how one is made: numbers rounded, spans closed."""

from __future__ import annotations

from loglens.model.fact import Fact, FactKind
from loglens.model.figures import loss, rate
from loglens.model.run import StepSpan

__all__ = ["fact", "loss", "part", "points", "quoted", "rate", "times"]


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
