"""The numbers behind the charts: thinned to what the page may weigh, packed so that a browser unpacks them at once.

Steps go as differences in base-128 varints (one or two bytes a point), values as little-endian float32; float32 would
lose steps above 16.7 million, and JSON text weighs three times as much.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.model.diagnosis import Curve, RunDiagnosis
from loglens.model.documents.to_json import number
from loglens.model.run import FloatArray, IntArray, StepSpan
from loglens.render.printable import printable
from loglens.signals.numerics.robust import differences

Json = dict[str, Any]

PAGE_POINTS = 80_000
"""All points of all curves of a page; about 7 bytes each, so that 20 runs stay well below 1.5 MB."""
RUN_POINTS = 20_000
"""Points of one run, however few runs there are."""
CURVE_FLOOR = 100
"""No curve gets fewer, however many runs there are."""
FITS = 2**62
"""Steps that lie less than this apart have distances that fit into an int64."""
AXIS_KNOTS = 240
"""Knots of the maps from steps to epochs and to wall time."""


def points_per_curve(runs: Sequence[RunDiagnosis]) -> int:
    """The budget of one curve, given how many curves share the page."""
    curves = sum(len(run.curves) for run in runs)
    if not curves:
        return RUN_POINTS
    return max(CURVE_FLOOR, min(RUN_POINTS * len(runs), PAGE_POINTS) // curves)


def fewer_points(curve: Curve, limit: int, keep: Sequence[StepSpan] = ()) -> NDArray[np.intp]:
    """Indices of at most about `limit` points: lowest and highest of equal stretches, the ends, every change between
    finite and not; half of the budget goes to the neighbourhood of `keep`."""
    length = len(curve.steps)
    if length <= limit:
        return np.arange(length)
    near = np.zeros(length, dtype=bool)
    for span in keep:
        margin = max(span.steps // 2, (int(curve.steps[-1]) - int(curve.steps[0])) // 200)
        near |= (curve.steps >= span.start - margin) & (curve.steps <= span.end + margin)
    everywhere = limit // 2 if near.any() else limit
    chosen = np.zeros(length, dtype=bool)
    chosen[[0, length - 1]] = True
    chosen[_edges(curve.values, limit // 4)] = True
    chosen[extremes(curve.values, np.arange(length), everywhere)] = True
    chosen[extremes(curve.values, np.flatnonzero(near), limit - everywhere)] = True
    return np.flatnonzero(chosen)


def extremes(values: FloatArray, among: NDArray[np.intp], limit: int) -> NDArray[np.intp]:
    """The lowest and the highest finite value of each of `limit // 2` equal stretches of `among`."""
    if len(among) <= limit:
        return among
    stretches = max(1, limit // 2)
    size, larger = divmod(len(among), stretches)
    lengths = np.full(stretches, size)
    lengths[:larger] += 1
    stretch = np.repeat(np.arange(stretches), lengths)
    starts = np.cumsum(lengths) - lengths
    part = values[among]
    finite = np.isfinite(part)
    # where a stretch holds no finite value its lowest is infinite, and its first point stands for it
    lowest = highest = part
    if not finite.all():
        lowest, highest = np.where(finite, part, np.inf), np.where(finite, part, -np.inf)
    at_low = (lowest == np.minimum.reduceat(lowest, starts)[stretch]).nonzero()[0]
    at_high = (highest == np.maximum.reduceat(highest, starts)[stretch]).nonzero()[0]
    # places rise, so their stretches do: the first of each is where the stretch is another one
    chosen = np.zeros(len(among), dtype=bool)
    for places in (at_low, at_high):
        there = stretch[places]
        chosen[places[:1]] = True
        chosen[places[1:][there[1:] != there[:-1]]] = True
    return among[chosen]


def _edges(values: FloatArray, limit: int) -> NDArray[np.intp]:
    """Both sides of each change between finite and non-finite, so that a gap begins and ends where it does."""
    finite = np.isfinite(values)
    changes: NDArray[np.intp] = (finite[1:] != finite[:-1]).nonzero()[0]
    if not len(changes):
        return changes
    return np.unique(np.concatenate([changes, changes + 1]))[:limit].astype(np.intp)


def varints(numbers: IntArray) -> bytes:
    """Base-128, lowest seven bits first, the high bit set on all bytes but the last of a number; none is negative."""
    if not len(numbers) or numbers.max() <= 127:
        return numbers.astype(np.uint8).tobytes()
    out = bytearray()
    for value in numbers.tolist():
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return bytes(out)


def packed_steps(steps: IntArray, base: int) -> str:
    """Base64 of the varints of each step's distance from the one before, the first one's from `base`."""
    if not len(steps):
        return ""
    if int(steps[-1]) - base < FITS:
        return base64.b64encode(varints(np.concatenate((steps[:1] - base, differences(steps))))).decode()
    # Python integers: the distance between two int64 steps need not fit into one
    gaps = [later - earlier for earlier, later in pairwise([base, *steps.tolist()])]
    return base64.b64encode(varints(np.array(gaps, dtype=object))).decode()


def packed_values(values: FloatArray) -> str:
    """Base64 of little-endian float32; what is too large for one becomes an infinity, shown at the edge."""
    with np.errstate(over="ignore", invalid="ignore"):
        return base64.b64encode(values.astype("<f4").tobytes()).decode()


def base_step(run: RunDiagnosis) -> int:
    """The step all steps of a run are counted from: JavaScript's numbers end at 2^53, steps do not."""
    return min((int(curve.steps[0]) for curve in run.curves if len(curve.steps)), default=run.first_step)


def run_payload(run: RunDiagnosis, limit: int) -> Json:
    """Curves and axes of one run for the page's script."""
    base = base_step(run)
    spans = [finding.steps for finding in run.findings]
    axes: list[str] = []
    curves: list[Json] = []
    for curve in run.curves:
        kept = fewer_points(curve, limit, spans)
        steps = packed_steps(curve.steps[kept], base)
        if steps not in axes:
            axes.append(steps)
        curves.append(
            {
                "role": curve.role,
                "series": printable(curve.series, 80),
                "x": axes.index(steps),
                "y": packed_values(curve.values[kept]),
            }
        )
    return {"base": str(base), "steps": axes, "curves": curves, "axes": _axis_maps(run, base)}


def _axis_maps(run: RunDiagnosis, base: int) -> Json:
    """Piecewise linear maps from steps to epochs and to seconds since the first point, where a log has them."""
    maps: Json = {}
    for name, field in (("epoch", "epochs"), ("time", "wall_times")):
        known = [curve for curve in run.curves if getattr(curve, field) is not None and len(curve.steps) > 1]
        if not known:
            continue
        longest = max(known, key=lambda curve: len(curve.steps))
        values: FloatArray = getattr(longest, field)
        usable = np.flatnonzero(np.isfinite(values))
        if len(usable) < 2 or values[usable[0]] == values[usable[-1]]:
            continue
        rising = np.maximum.accumulate(values[usable])
        knots = _knots(rising)
        start = rising[0] if name == "time" else 0.0
        maps[name] = [
            [int(step) - base for step in longest.steps[usable][knots]],
            [number(round(float(value - start), 4)) for value in rising[knots]],
        ]
    return maps


def _knots(values: FloatArray) -> NDArray[np.intp]:
    """Evenly spaced knots and, so that a pause stays a pause, both sides of the largest jumps."""
    if len(values) <= AXIS_KNOTS:
        return np.arange(len(values))
    even = np.linspace(0, len(values) - 1, AXIS_KNOTS // 2).round()
    jumps = np.argsort(np.diff(values), kind="stable")[-AXIS_KNOTS // 4 :]
    return np.unique(np.concatenate([even, jumps, jumps + 1])).astype(np.intp)
