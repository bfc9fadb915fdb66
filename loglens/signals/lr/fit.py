"""Which formula a stretch of a learning-rate curve follows.

Logged rates carry no noise but the rounding of the log, so a formula either fits to a small fraction of the curve's
own height or it is the wrong one. Each family is linear in amplitude and floor once its one shape parameter is fixed,
and that parameter is searched on a grid and refined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.model.schedule import ScheduleKind
from loglens.signals.numerics.robust import distinct, mean

FIT_POINTS = 96
"""A fit looks at this many points at most, evenly taken from the stretch."""
GOOD_FIT = 0.012
"""Largest miss of a fit that counts, as a share of the stretch's height: window means and 2-digit logs pass, a line
through a cosine (0.1) or an exponential through a line (0.1 and more) does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LrFit:
    """A family and how far it misses at worst, as a share of the height of the curve."""

    kind: ScheduleKind
    miss: float


def best_fit(steps: IntArray, values: FloatArray, *, tolerance: float = GOOD_FIT) -> LrFit | None:
    """The simplest family that fits a falling stretch, None where none does or there are fewer than four points.

    A family with one more parameter has to miss by less than a third of a simpler one's miss to be preferred. Where
    nothing fits, the first point is left out: in a log of window means it is still half warm-up.
    """
    if len(steps) < 4:
        return None
    found = _best_fit(steps.astype(np.float64), values, tolerance)
    if found is None and len(steps) > 5:
        found = _best_fit(steps[1:].astype(np.float64), values[1:], tolerance)
    return found


def _best_fit(steps: FloatArray, values: FloatArray, tolerance: float) -> LrFit | None:
    take = distinct(np.linspace(0, len(steps) - 1, min(FIT_POINTS, len(steps))).round().astype(int))
    u, y = _scaled(steps[take], values[take])
    best: LrFit | None = None
    for kind, miss_of in FAMILIES:
        if best is not None and best.miss < 1e-6:
            break
        miss = miss_of(u, y)
        if miss <= tolerance and (best is None or miss < best.miss / 3):
            best = LrFit(kind=kind, miss=miss)
    return best


def _scaled(steps: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Steps to 0..1 and values to a height of 1 (the floor is kept, it matters for the exponential)."""
    u = (steps - steps[0]) / max(1.0, float(steps[-1] - steps[0]))
    height = float(values.max() - values.min())
    return u, values / (height if height > 0 else 1.0)


def _linear_misses(bases: FloatArray, y: FloatArray) -> FloatArray:
    """(k, n) bases -> (k,) the largest residual of each least-squares fit y ~ a + b basis."""
    centred = bases - (np.add.reduce(bases, axis=1) / len(y))[:, None]
    norm = np.einsum("kn,kn->k", centred, centred)
    usable = (norm > 0) & np.isfinite(norm)
    slope = np.divide(centred @ y, norm, out=np.zeros(len(norm)), where=usable)
    centred *= slope[:, None]
    centred -= y - mean(y)
    return np.where(usable, np.maximum(centred.max(axis=1), -centred.min(axis=1)), np.inf)


def _linear(u: FloatArray, y: FloatArray) -> float:
    return float(_linear_misses(u[None, :], y)[0])


def _exponential(u: FloatArray, y: FloatArray) -> float:
    """ln y is a line: the miss is measured on y itself, so that a tail of rounded tiny values cannot spoil it."""
    if y.min() <= 0:
        return np.inf
    weights = y / y.max()
    slope, intercept = np.polyfit(u, np.log(y), 1, w=weights)
    return float(np.abs(np.exp(slope * u + intercept) - y).max())


def _inverse_sqrt(u: FloatArray, y: FloatArray) -> float:
    """y = a / sqrt(u + b): y^-2 is a line."""
    if y.min() <= 0:
        return np.inf
    slope, intercept = np.polyfit(u, y**-2.0, 1, w=y**2)
    square = slope * u + intercept
    if slope <= 0 or square.min() <= 0:
        return np.inf
    return float(np.abs(square**-0.5 - y).max())


Basis = Callable[[FloatArray, FloatArray], FloatArray]
"""(s, n) places and (s, k) shape parameters -> (s, k, n)."""


def _searched(basis: Basis, us: FloatArray, y: FloatArray, grid: FloatArray) -> float:
    """The best miss of a family over its shape parameter, for each row of `us` (s, n): a grid, then two finer grids
    about the best place. All rows and places of a round are one matrix."""
    places = np.broadcast_to(grid, (len(us), len(grid)))
    least = np.inf
    rows, eighths = np.arange(len(us)), np.arange(9) / 8
    for _ in range(3):
        bases = basis(us, places)
        misses = _linear_misses(bases.reshape(-1, len(y)), y).reshape(places.shape)
        best = misses.argmin(axis=1)
        least = min(least, float(misses.min()))
        low = places[rows, np.maximum(best - 1, 0)]
        high = places[rows, np.minimum(best + 1, places.shape[1] - 1)]
        places = low[:, None] + (high - low)[:, None] * eighths
    return least


def _cosine_basis(us: FloatArray, turns: FloatArray) -> FloatArray:
    """Half a cosine from its top at u = 0; `turns` of it (1 = down to the floor) lie within the stretch."""
    angles = turns[:, :, None] * us[:, None, :]
    np.minimum(angles, 1.0, out=angles)
    angles *= np.pi
    return np.asarray(np.cos(angles, out=angles))


def _cosine(u: FloatArray, y: FloatArray) -> float:
    return _searched(_cosine_basis, u[None, :], y, np.linspace(0.2, 1.05, 18))


OFFSETS = np.array([[0.02], [0.05], [0.1], [0.15], [0.2], [0.3], [0.4]])


def _cosine_offset(u: FloatArray, y: FloatArray) -> float:
    """A cosine that began before the stretch (its clock counts the warm-up too): phase and length are both open."""
    return _searched(_cosine_basis, (u + OFFSETS) / (1 + OFFSETS), y, np.linspace(0.4, 1.1, 15))


POWERS = np.array([0.5, 0.9, 1.5, 2.0, 3.0, 4.0])


def _polynomial(u: FloatArray, y: FloatArray) -> float:
    """(1 - u / length)^power for the powers people use; the shape parameter is 1 / length."""

    def basis(us: FloatArray, turns: FloatArray) -> FloatArray:
        left = 1.0 - turns[:, :, None] * us[:, None, :]
        return np.asarray(np.maximum(left, 0.0, out=left) ** POWERS[:, None, None])

    return _searched(basis, np.broadcast_to(u, (len(POWERS), len(u))), y, np.linspace(0.2, 1.05, 9))


FAMILIES: tuple[tuple[ScheduleKind, Callable[[FloatArray, FloatArray], float]], ...] = (
    ("linear", _linear),
    ("exponential", _exponential),
    ("cosine", _cosine),
    ("inverse_sqrt", _inverse_sqrt),
    ("polynomial", _polynomial),
    ("cosine", _cosine_offset),
)
"""From the simplest to the most flexible."""
