"""A curve in characters: for the terminal and for comments, where no picture can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loglens.model.diagnosis import Curve
from loglens.model.finding import SEVERITIES, Finding, Severity
from loglens.signals.numerics.robust import median, quantiles

BLOCKS = " ▁▂▃▄▅▆▇█"
NOT_A_NUMBER = "×"
LOG_FROM = 30.0
"""Ratio of the largest to the smallest value from which a logarithmic height tells more."""
HEADROOM = 3.0
"""On a linear height, a peak may stand this many times the ordinary range above it; beyond that it is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """A curve in `width` columns. `heights` (width,) 0..1, NaN where nothing was logged; `broken` (width,): nothing but
    NaN or infinity; `flags`: the worst severity of the findings that touch the column, None elsewhere."""

    heights: NDArray[np.float64]
    broken: NDArray[np.bool_]
    flags: tuple[Severity | None, ...]


def columns(curve: Curve, *, width: int, first: int, last: int, findings: Iterable[Finding] = ()) -> Columns:
    """`curve` between the steps `first` and `last`. A column shows the median of its points, but their highest where a
    spike was found: one of one step would not be seen otherwise."""
    span = max(1, last - first)
    # counted from the first before they become floats, which cannot tell huge steps apart
    place = ((curve.steps - first).astype(np.float64) / span * width).astype(np.int64)
    inside = (curve.steps >= first) & (curve.steps <= last)
    place = np.clip(place, 0, width - 1)[inside]
    points = curve.values[inside]
    findings = tuple(findings)
    flags = _flags(findings, width=width, first=first, span=span)
    sudden = _flags((item for item in findings if item.kind == "loss_spike"), width=width, first=first, span=span)
    values = np.full(width, np.nan)
    broken = np.zeros(width, dtype=np.bool_)
    edges = np.searchsorted(place, np.arange(width + 1))
    for column in range(width):
        own = points[edges[column] : edges[column + 1]]
        finite = own[np.isfinite(own)]
        if len(finite):
            values[column] = finite.max() if sudden[column] else median(finite)
        broken[column] = len(own) > 0 and len(finite) == 0
    return Columns(heights=_heights(_joined(values, broken)), broken=broken, flags=flags)


def rows(columns: Columns, height: int = 1) -> tuple[str, ...]:
    """The columns as `height` lines of text, the top one first."""
    whole = len(BLOCKS) - 1
    lines = []
    for row in reversed(range(height)):
        line = []
        for at, broken in zip(columns.heights, columns.broken, strict=True):
            if broken or np.isnan(at):
                line.append(NOT_A_NUMBER if broken and row == 0 else " ")
                continue
            filled = 1 + round(float(at) * (height * whole - 1))
            line.append(BLOCKS[min(whole, max(0, filled - row * whole))])
        lines.append("".join(line))
    return tuple(lines)


def sparkline(curve: Curve, *, width: int, first: int, last: int, findings: Sequence[Finding] = ()) -> str:
    """One line of blocks; see `columns`."""
    return rows(columns(curve, width=width, first=first, last=last, findings=findings))[0]


def _flags(findings: Iterable[Finding], *, width: int, first: int, span: int) -> tuple[Severity | None, ...]:
    flags: list[Severity | None] = [None] * width
    for finding in sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        if finding.severity == "info":
            continue
        start, end = (int((step - first) / span * width) for step in (finding.steps.start, finding.steps.end))
        for column in range(max(0, min(start, width - 1)), min(end, width - 1) + 1):
            flags[column] = finding.severity
    return tuple(flags)


def _joined(values: NDArray[np.float64], broken: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Columns between two points of a sparse curve take a straight line; nothing is drawn before or after, or across
    what was logged as NaN."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 2:
        return values
    filled = np.interp(np.arange(len(values)), known, values[known], left=np.nan, right=np.nan)
    filled[broken] = np.nan
    return filled


def _heights(values: NDArray[np.float64]) -> NDArray[np.float64]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return values
    # the largest is made 1: the difference of two huge values, or a quotient by a tiny one, may be no number
    scale = float(np.abs(finite).max()) or 1.0
    values, finite = values / scale, finite / scale
    low, high = float(finite.min()), float(finite.max())
    if low > 0 and high / low > LOG_FROM:
        values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
    else:
        ordinary = quantiles(finite, 0.05, 0.95)
        cut = float(ordinary[1] + HEADROOM * (ordinary[1] - ordinary[0]))
        high = min(high, cut) if cut > low else high
    if not high > low:
        return np.where(np.isfinite(values), 0.5, np.nan)
    return np.clip((values - low) / (high - low), 0, 1)
