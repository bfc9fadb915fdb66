"""A learning-rate curve cut into pieces: rising, falling or flat stretches, and the jumps between them.

Nothing here knows the name of a schedule; `lr_schedule` reads the pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from loglens.model.run import FloatArray, IntArray
from loglens.signals.numerics.robust import differences, distinct

PieceShape = Literal["flat", "rise", "fall"]
JUMP_FACTOR = 3.0
"""A step between two points is a jump where it is three times as large as both steps beside it ..."""
JUMP_SHARE = 0.02
"""... and at least 2 % of the larger of the two rates."""
SUDDEN_SHARE = 0.25
FEW_RATES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class LrPiece:
    """Points `first`..`last` (indices, inclusive) that run one way. `jump`: how the rate got to its first point from
    the one before: a jump, or without a break (always False for the first piece)."""

    shape: PieceShape
    first: int
    last: int
    jump: bool

    @property
    def points(self) -> int:
        return self.last - self.first + 1


def quantum(values: FloatArray) -> FloatArray:
    """The distance between two rates as the log writes them, (n,): of three-digit text, of fixed decimals, or of
    float32 (1e-6 of the value) where no coarser rounding shows.

    A handful of constants is short by itself (0.1, 0.01): only a curve of more than eight rates tells its rounding.
    """
    exact = 1e-6 * np.abs(values)
    different = distinct(np.abs(values[values != 0]))
    if len(different) <= 8:
        return exact
    # most curves are rounded in no such way, and a few of their rates are enough to see it
    few = different[:: -(len(different) // FEW_RATES)] if len(different) > 2 * FEW_RATES else different
    if _rounding(few) is None or (found := _rounding(different)) is None:
        return exact
    digits, decimals = found
    if digits:
        size = np.where(values != 0, np.abs(values), different[0])
        return np.asarray(10.0 ** (np.floor(np.log10(size)) - digits + 1))
    return np.full(len(values), 10.0**-decimals)


def _rounding(rates: FloatArray) -> tuple[int, int] | None:
    """(significant digits, 0) or (0, decimals) with which all of some positive rates are written; None where neither is
    few."""
    exponent = np.floor(np.log10(rates))
    for digits in (2, 3, 4):
        if _whole(rates / 10.0 ** (exponent - digits + 1)):
            return digits, 0
    for decimals in range(2, 9):
        scaled = rates * 10.0**decimals
        if scaled.max() >= 8 and _whole(scaled):
            return 0, decimals
    return None


def _whole(numbers: FloatArray) -> bool:
    return bool((np.abs(numbers - np.rint(numbers)) < 0.01 + 2e-7 * numbers).all())


def pieces_of(steps: IntArray, values: FloatArray) -> tuple[LrPiece, ...]:
    """The pieces of a curve, (n,) steps and rates; at least one where n >= 1."""
    n = len(values)
    if n == 0:
        return ()
    if n == 1:
        return (LrPiece(shape="flat", first=0, last=0, jump=False),)
    jumps = jump_indices(steps, values)
    tolerance = 4e-6 * float(np.max(np.abs(values)))
    bounds = [0, *(int(i) + 1 for i in jumps), n]
    pieces: list[LrPiece] = []
    for start, stop in pairwise(bounds):
        pieces += _monotone(values, start, stop, tolerance, jumped=start > 0)
    return _sudden_rises(tuple(pieces), values)


def _sudden_rises(pieces: tuple[LrPiece, ...], values: FloatArray) -> tuple[LrPiece, ...]:
    """A rise of a single step between two falls is a jump, however coarse the log: a restart seen at few points."""
    out: list[LrPiece] = []
    height = float(np.ptp(values))
    jump_from: int | None = None
    for place, piece in enumerate(pieces):
        if jump_from is not None:
            piece = LrPiece(shape=piece.shape, first=jump_from, last=piece.last, jump=True)
            jump_from = None
        neighbours = pieces[place - 1 : place] + pieces[place + 1 : place + 2]
        sudden = (
            piece.shape == "rise"
            and piece.points == 1
            and len(neighbours) == 2
            and all(neighbour.shape != "rise" for neighbour in neighbours)
            and not neighbours[1].jump
            and values[piece.first] - values[piece.first - 1] > SUDDEN_SHARE * height
        )
        if sudden:
            jump_from = piece.first
        else:
            out.append(piece)
    return tuple(out)


def jump_indices(steps: IntArray, values: FloatArray) -> IntArray:
    """The indices i for which the rate jumps between the points i and i + 1.

    A smooth schedule's step from point to point changes slowly, on the linear or on the log scale; a jump stands out
    on both.
    """
    if len(values) < 3:
        # two points: a change of either kind says nothing about smoothness
        return np.zeros(0, dtype=np.int64)
    gaps = np.maximum(differences(steps), 1).astype(np.float64)  # a track may hold two points of one step
    scale = np.maximum(np.abs(values[:-1]), np.abs(values[1:]))
    grain = quantum(values)
    rough = 4 * np.maximum(grain[:-1], grain[1:])
    change = differences(values)
    stands_out = _stands_out(change, gaps, rough)
    if np.all(values > 0):
        logs = differences(np.log(values))
        relative = grain / values
        rough = 4 * np.maximum(relative[:-1], relative[1:])
        # a rate thrown back to the start of a warm-up at once multiplies: what goes the other way is no measure of it
        stands_out &= _stands_out(logs, gaps, rough, alike=True)
    return np.flatnonzero(stands_out & (np.abs(change) > JUMP_SHARE * scale))


def _stands_out(change: FloatArray, gaps: FloatArray, rough: FloatArray, *, alike: bool = False) -> NDArray[np.bool_]:
    """Where a change per step is JUMP_FACTOR times as large as both of its neighbours, or as those of its own
    direction (`alike`)."""
    rate, size = change / gaps, np.abs(change)
    earlier, later = np.zeros(len(rate)), np.zeros(len(rate))
    earlier[1:], later[:-1] = rate[:-1], rate[1:]
    if alike:
        earlier[earlier * rate < 0] = 0.0
        later[later * rate < 0] = 0.0
    neighbours = np.maximum(np.abs(earlier), np.abs(later))
    return np.asarray((np.abs(rate) > JUMP_FACTOR * neighbours + rough / gaps) & (size > rough))


def without_halfway_points(values: FloatArray) -> FloatArray:
    """A window mean that straddles a jump lies between two levels: it is moved to where the curve behind it comes from.

    Such a point lies strictly between its neighbours, whose distance is three times what two ordinary steps would make.
    """
    if len(values) < 5:
        return values
    out = values.copy()
    change = differences(values)
    before, first, second, after = (np.abs(change[k : len(change) - 3 + k]) for k in range(4))
    same_way = change[1:-2] * change[2:-1] > 0
    ordinary = np.maximum(before, after)
    stands_out = (first + second > 2 * JUMP_FACTOR * ordinary) & (np.minimum(first, second) > 1.5 * ordinary)
    halfway = 2 + np.flatnonzero(same_way & stands_out & (first + second > JUMP_SHARE * np.max(np.abs(values))))
    out[halfway] = np.maximum(2 * values[halfway + 1] - values[halfway + 2], 0.5 * values[halfway + 1])
    return out


def _monotone(values: FloatArray, start: int, stop: int, tolerance: float, *, jumped: bool) -> list[LrPiece]:
    """The flat, rising and falling pieces of points start..stop-1, which hold no jump."""
    change = differences(values[start:stop])
    direction = np.where(change > tolerance, 1, np.where(change < -tolerance, -1, 0))
    if not len(direction):
        return [LrPiece(shape="flat", first=start, last=start, jump=jumped)]
    direction = _settle(direction)
    turns = np.flatnonzero(differences(direction)) + 1
    bounds = [0, *(int(i) for i in turns), len(direction)]
    shapes: dict[int, PieceShape] = {1: "rise", -1: "fall", 0: "flat"}
    return [
        LrPiece(
            shape=shapes[int(direction[a])],
            first=start + a + (a > 0),
            last=start + b,
            jump=jumped and a == 0,
        )
        for a, b in pairwise(bounds)
    ]


def _settle(direction: IntArray) -> IntArray:
    """Short flats inside a slope (a slow curve between two rounded values) take the slope's direction.

    A flat between two slopes of one direction that spans less than a tenth of the points is no plateau, nor are the
    few points in which a cosine leaves its top.
    """
    out = direction.copy()
    edges = [0, *(int(i) + 1 for i in np.flatnonzero(differences(direction))), len(direction)]
    few = max(3, len(direction) // 10)
    brief = max(2, len(direction) // 50)
    for a, b in pairwise(edges):
        if direction[a] != 0:
            continue
        left = int(direction[a - 1]) if a > 0 else 0
        right = int(direction[b]) if b < len(direction) else 0
        if left and left == right and b - a < few:
            out[a:b] = left
        elif (left >= 0 and right < 0 and b - a <= brief) or (b == len(direction) and left and b - a <= 2):
            out[a:b] = right or left  # the flat top of a cosine, the last rounded points of a slope
    return out
