"""Slow, obvious versions of the vectorised signals: the truth their tests compare with."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from loglens.model.run import FloatArray


def lower_median(values: FloatArray) -> float:
    """The lower of the two middle values where their number is even."""
    return float(sorted(values.tolist())[(len(values) - 1) // 2])


def rolling_median(values: FloatArray, window: int) -> FloatArray:
    """Centred medians; the window shrinks on both sides alike towards the ends, to two points a side at least."""
    n, half = len(values), window // 2
    if n <= 2 or half < 1:
        return values.copy()
    out = []
    for i in range(n):
        reach = max(2, min(half, i, n - 1 - i)) if min(i, n - 1 - i) < half else half
        out.append(lower_median(values[max(0, i - reach) : i + reach + 1]))
    return np.array(out)


def trailing_median(values: FloatArray, window: int) -> FloatArray:
    """The median of what came before, `window` points at most; the first point stands in for its own past."""
    return np.array([values[0]] + [lower_median(values[max(0, i - window) : i]) for i in range(1, len(values))])


def kendall_z(values: FloatArray) -> float:
    """Mann and Kendall's statistic, pair by pair."""
    n = len(values)
    score = sum(int(np.sign(values[j] - values[i])) for i in range(n) for j in range(i + 1, n))
    return score / math.sqrt(n * (n - 1) * (2 * n + 5) / 18)


def theil_sen(steps: FloatArray, values: FloatArray) -> float:
    """The median of all pairwise slopes."""
    n = len(values)
    return float(
        np.median([(values[j] - values[i]) / (steps[j] - steps[i]) for i in range(n) for j in range(i + 1, n)])
    )


def autocorrelation(values: FloatArray, lag: int) -> float:
    """Correlation of a series about zero with itself `lag` points later, unbiased for the overlap."""
    n = len(values)
    raw = sum(values[i] * values[i + lag] for i in range(n - lag)) / (n - lag)
    return float(raw / (sum(v * v for v in values) / n))


def extremes_by_bin(values: FloatArray, edges: list[int]) -> list[tuple[int, int]]:
    """Index of the first lowest and first highest value of each bin."""
    bounds = [*edges, len(values)]
    return [(a + int(np.argmin(values[a:b])), a + int(np.argmax(values[a:b]))) for a, b in pairwise(bounds)]
