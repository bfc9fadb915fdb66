"""Medians, spreads and tails that a few wild points cannot move.

Everything takes plain arrays and returns plain arrays. Medians over moving windows are exact where windows are short
(windowed partition, O(n w)) and taken at knots where they are long, so that 100,000 points cost milliseconds.

SciPy has most of this (`ndimage.median_filter`, `stats.median_abs_deviation`) and is what the tests compare with; but
importing `scipy.ndimage` takes 0.2 s of CPU time and `scipy.stats` 0.7 s (`python -X importtime -c 'import
scipy.stats'`), where a whole diagnosis of one run takes half a second.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from loglens.model.run import FloatArray, IntArray

SIGMA_PER_MAD = 1.4826
"""The standard deviation of a normal distribution over its median absolute deviation (1 / 0.6745)."""
SIGMA_PER_DIFFERENCE = SIGMA_PER_MAD / math.sqrt(2)
"""The same for the median absolute difference of neighbours, whose variance is twice that of a point."""
MEDIAN_ERROR = 1.2533
"""The standard error of a median of m normal points is this over sqrt(m), in units of sigma."""
TAIL_SHARE, TAIL_POINTS = 0.02, 8
SHORTEST_END = 25
ROWS_AT_ONCE = 16_384


def middle(values: FloatArray) -> FloatArray:
    """Medians along the last axis; the lower of the two middle values where their number is even.

    An order statistic commutes with any rising transformation, so levels on a log scale and on a linear scale agree.
    """
    k = (values.shape[-1] - 1) // 2
    result: FloatArray = np.partition(values, k, axis=-1)[..., k]
    return result


def sigma(values: FloatArray, axis: int | None = None) -> FloatArray:
    """Robust standard deviation about the median (MAD x 1.4826); 0 for an empty array."""
    if not values.size:
        return np.zeros(())
    if axis is None and values.ndim == 1:
        return np.asarray(SIGMA_PER_MAD * median(np.abs(values - median(values))))
    deviation = np.abs(values - np.median(values, axis=axis, keepdims=axis is not None))
    return np.asarray(SIGMA_PER_MAD * np.median(deviation, axis=axis))


def row_medians(values: FloatArray) -> FloatArray:
    """(..., n) -> (...,) medians along the last axis as `np.median` has them, of n >= 1 values without NaN.

    `np.median` imports `numpy.ma` to look for NaN, which costs more than all of these.
    """
    ordered, half = np.sort(values, axis=-1), values.shape[-1] // 2
    upper: FloatArray = ordered[..., half]
    return upper if values.shape[-1] % 2 else (ordered[..., half - 1] + upper) / 2


def odd_window(points: int, share: float, *, least: int = 7, most: int = 101) -> int:
    """An odd window of about `share` of the points, within `least`..`most` and never longer than the series."""
    window = int(min(most, max(least, share * points)))
    return max(1, min(window, points) - (1 - min(window, points) % 2))


def rolling_median(values: FloatArray, window: int) -> FloatArray:
    """Centred medians of an odd `window`, (n,) -> (n,).

    Towards the ends the window shrinks on both sides alike (to five points at least), so that a falling curve keeps
    its slope instead of being flattened there.
    """
    n, half = len(values), window // 2
    if n <= 2 or half < 1:
        return values.copy()
    out = np.empty(n)
    if n >= window:
        windows = sliding_window_view(values, window)
        for first in range(0, len(windows), ROWS_AT_ONCE):
            rows = windows[first : first + ROWS_AT_ONCE]
            out[half + first : half + first + len(rows)] = middle(rows)
    for i in range(min(half, n)):
        reach = max(2, i)
        out[i] = middle(values[max(0, i - reach) : i + reach + 1])
        j = n - 1 - i
        out[j] = middle(values[max(0, j - reach) : j + reach + 1])
    if n < window:
        for i in range(n):
            reach = max(2, min(i, n - 1 - i, half))
            out[i] = middle(values[max(0, i - reach) : i + reach + 1])
    return out


def trailing_median(values: FloatArray, window: int, *, centred: FloatArray | None = None) -> FloatArray:
    """The median of the `window` values strictly before each point, (n,) -> (n,); of fewer at the start (the first
    point stands in for what comes before it).

    `centred`: `rolling_median` of the same odd window, where it is there already: it holds the same medians.
    """
    n, half = len(values), window // 2
    out = np.empty(n)
    if not n:
        return out
    out[0] = values[0]
    for i in range(1, min(window, n)):
        out[i] = middle(values[:i])
    if centred is not None:
        out[window:] = centred[half : n - half - 1]
    elif n > window:
        windows = sliding_window_view(values, window)[:-1]
        for first in range(0, len(windows), ROWS_AT_ONCE):
            rows = windows[first : first + ROWS_AT_ONCE]
            out[window + first : window + first + len(rows)] = middle(rows)
    return out


def knot_median(values: FloatArray, window: int, *, knots_per_window: int = 8) -> FloatArray:
    """A centred moving median for long windows: exact at knots, linear between them, (n,) -> (n,).

    Towards the ends half and quarter windows are taken (of 25 points at least): a start is unlike what comes after.
    """
    n = len(values)
    if n <= window:
        return np.full(n, middle(values)) if n else values.copy()
    spacing = max(1, window // knots_per_window)
    starts = np.arange(0, n - window + 1, spacing)
    centres = (starts + (window - 1) / 2).tolist()
    medians = middle(sliding_window_view(values, window)[starts]).tolist()
    for short in (window // 2, window // 4):
        if short >= SHORTEST_END:
            centres = [(short - 1) / 2, *centres, n - 1 - (short - 1) / 2]
            medians = [float(middle(values[:short])), *medians, float(middle(values[-short:]))]
    return np.asarray(np.interp(np.arange(n), centres, medians), dtype=np.float64)


def median(values: FloatArray | IntArray) -> float:
    """The median of n values as `np.median` has it, NaN where one is NaN and where there is none.

    A run asks for several hundred medians of short stretches; what `np.median` does around its partition takes 20 µs a
    call, half of a diagnosis.
    """
    n = len(values)
    half = n // 2
    if not n:
        return math.nan
    if n <= 512:
        ordered = np.sort(values)
        if ordered[-1] != ordered[-1]:
            return math.nan
    else:
        ordered = np.partition(values, (half - 1, half, n - 1))
        if math.isnan(ordered[-1]):
            return math.nan
    return float(ordered[half]) if n % 2 else 0.5 * (float(ordered[half - 1]) + float(ordered[half]))


def quantiles(values: FloatArray, *shares: float) -> tuple[float, ...]:
    """The quantiles of n >= 1 values as `np.quantile` has them, in a fifth of its time on a thousand points."""
    ordered = np.sort(values)
    if ordered[-1] != ordered[-1]:
        return (math.nan,) * len(shares)
    found = []
    for share in shares:
        place = share * (len(ordered) - 1)
        at = min(int(place), len(ordered) - 1)
        low, high, part = float(ordered[at]), float(ordered[min(at + 1, len(ordered) - 1)]), place - at
        # from the nearer end, as NumPy does: the two ends come out exactly
        found.append(low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part))
    return tuple(found)


def block_bounds(points: int, blocks: int) -> list[tuple[int, int]]:
    """`blocks` stretches of nearly equal length that cover 0..points."""
    edges = np.linspace(0, points, min(blocks, points) + 1).round().astype(int)
    return [(int(a), int(b)) for a, b in pairwise(edges) if b > a]


def block_medians(values: FloatArray, blocks: int) -> FloatArray:
    """The median of each of `blocks` consecutive stretches of nearly equal length."""
    return np.array([median(values[a:b]) for a, b in block_bounds(len(values), blocks)])


def resolution(values: FloatArray) -> float:
    """The step in which values were written (rounded logs, float32): the smallest distance between distinct ones."""
    if len(values) < 2:
        return 0.0
    gaps = np.diff(np.unique(values if len(values) <= 20_000 else values[:20_000]))
    return float(gaps.min()) if len(gaps) else 0.0


def tail_limit(z: FloatArray, *, false_alarms: float, least: float) -> float:
    """The height above which a run of pure noise like this one has `false_alarms` points in all.

    The upper tail of `z` beyond a high quantile is taken to fall exponentially, at the rate seen between that and a
    higher one (peaks over threshold with shape 0; Davison & Smith 1990). The higher quantile leaves 2 % of the points
    above it, eight at least, so that a few spikes in a short log do not set their own limit; the lower one leaves five
    times as many. Heavy-tailed losses raise their own limit; on normal noise it errs on the quiet side (5.0 instead of
    4.0 sigma for 1,500 points). `least` bounds it from below.
    """
    n = len(z)
    if n < 20:
        return least
    share = max(TAIL_SHARE, TAIL_POINTS / n)
    wide = min(5 * share, 0.5)
    low, high = quantiles(z, 1 - wide, 1 - share)
    rate = max((high - low) / math.log(wide / share), 0.1)
    return max(least, low + rate * math.log(max(math.e, wide * n / false_alarms)))
