"""Fewer points for a chart without losing what a chart is looked at for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from loglens.model.run import FloatArray, IntArray, StepSpan

KEPT_SHARE = 0.5
"""At most half of the points go to the neighbourhoods that were asked for; the rest covers the whole run."""


def thin(steps: IntArray, values: FloatArray, *, points: int, keep: Iterable[StepSpan] = ()) -> IntArray:
    """The indices (m,) int64, increasing, of about `points` points that draw the same curve.

    The run is cut into bins of equal count; each keeps its lowest and its highest finite point (so every spike stays)
    and the first and last point of each stretch of non-finite ones. First and last point are always kept. Around the
    spans in `keep`, half a span to both sides, every point is kept as far as half of `points` allows.
    """
    n = len(steps)
    if n <= max(points, 4):
        return np.arange(n, dtype=np.int64)
    wanted = _neighbourhoods(steps, keep, budget=int(KEPT_SHARE * points))
    bins = max(1, (points - len(wanted)) // 2 - 1)
    edges = np.unique(np.linspace(0, n, bins + 1).astype(np.int64))[:-1]
    finite = np.isfinite(values)
    low = _extreme(np.where(finite, values, np.inf), edges, np.minimum)
    high = _extreme(np.where(finite, values, -np.inf), edges, np.maximum)
    gaps = np.flatnonzero(np.diff(finite.astype(np.int8)))
    return np.unique(np.concatenate(([0, n - 1], low, high, gaps[:points], gaps[:points] + 1, wanted))).astype(np.int64)


def _extreme(values: FloatArray, edges: IntArray, pick: np.ufunc) -> IntArray:
    """The index of the first extreme point of each bin."""
    best = pick.reduceat(values, edges)
    widths = np.diff(np.append(edges, len(values)))
    hits = np.flatnonzero(values == np.repeat(best, widths))
    owner = np.searchsorted(edges, hits, side="right") - 1
    _, first = np.unique(owner, return_index=True)
    return np.asarray(hits[first])


def _neighbourhoods(steps: IntArray, keep: Iterable[StepSpan], *, budget: int) -> IntArray:
    """The indices around each span, evenly thinned where they are more than `budget`."""
    parts = []
    for span in keep:
        margin = max(1, span.steps // 2, int(steps[-1] - steps[0]) // 200)
        first = np.searchsorted(steps, span.start - margin, side="left")
        last = np.searchsorted(steps, span.end + margin, side="right")
        parts.append(np.arange(first, last))
    if not parts:
        return np.zeros(0, dtype=np.int64)
    wanted = np.unique(np.concatenate(parts))
    if len(wanted) > budget:
        wanted = wanted[np.linspace(0, len(wanted) - 1, max(1, budget)).astype(int)]
    return wanted.astype(np.int64)
