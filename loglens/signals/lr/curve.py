"""A learning-rate track as it is read: stairs and window means undone, cut into pieces, the warm-up set apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.signals.lr.pieces import LrPiece, pieces_of, quantum, without_halfway_points
from loglens.signals.numerics.robust import differences, median
from loglens.signals.track import Track

STAIRS = 8
"""A curve of at least this many small stairs is a smooth schedule that moves once an epoch, not a step schedule."""
STAIR_RATIO = 1.7
FEWEST_STAIRS, EVEN = 2, 0.05
"""Rises of a warm-up in few stairs, and by what share they and the steps between them may differ."""
BEGUN, MOST_BEGUN = 0.05, 0.3
"""Share of the peak within which a schedule that begins anew comes back to its first rate, and the most where points of
its new warm-up were not logged."""
LEVEL = 1.01
"""A rate that stays within one per cent over the whole log is constant: a window of a schedule shows no more of it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LrCurve:
    """The rates as they are read: (n,) steps and rates, the pieces they fall into, and where the warm-up ends."""

    steps: IntArray
    rates: FloatArray
    pieces: tuple[LrPiece, ...]
    warmup: int
    """How many leading pieces are warm-up."""

    @property
    def body(self) -> tuple[LrPiece, ...]:
        return self.pieces[self.warmup :]

    @property
    def peak_index(self) -> int:
        """The point at which the warm-up is over."""
        return self.pieces[self.warmup - 1].last if self.warmup else 0

    def length(self, first: int, last: int) -> float:
        """From point to point, as a share of the steps of the whole curve."""
        whole = max(1, int(self.steps[-1] - self.steps[0]))
        return float(self.steps[last] - self.steps[first]) / whole

    def before(self, piece: LrPiece) -> float:
        """The rate of the point before a piece."""
        return float(self.rates[piece.first - 1])

    def after(self, piece: LrPiece) -> float:
        return float(self.rates[piece.first])

    def begun_within(self, index: int) -> float:
        """Up to what share of the peak a warm-up that begins anew between point `index` - 1 and point `index` may have
        come by the latter."""
        warmup = int(self.steps[self.peak_index] - self.steps[0])
        gap = int(self.steps[index] - self.steps[index - 1])
        return min(BEGUN + gap / warmup, MOST_BEGUN) if warmup else BEGUN

    def goes_up(self, piece: LrPiece) -> bool:
        return piece.jump and self.after(piece) > self.before(piece)


def curve_of(track: Track) -> LrCurve:
    values = track.values
    if 0 < values.max() <= LEVEL * values.min():
        values = np.full(len(values), values.max())
    steps, rates = _without_stairs(track.steps, without_halfway_points(values))
    pieces = pieces_of(steps, rates)
    return LrCurve(steps=steps, rates=rates, pieces=pieces, warmup=warmup_pieces(rates, pieces))


def _without_stairs(steps: IntArray, rates: FloatArray) -> tuple[IntArray, FloatArray]:
    """A smooth schedule that is seen in stairs, reduced to one point a stair.

    Stairs of rounding (two quanta high at most) become their middles; stairs of a schedule that moves once an epoch
    become their first points. A last stair much longer than the rest is a floor and stays.
    """
    grain = quantum(rates)
    moved = np.abs(differences(rates)) > 0.5 * np.maximum(grain[:-1], grain[1:])
    starts = np.concatenate(([0], np.flatnonzero(moved) + 1))
    ends = np.append(starts[1:], len(rates))
    widths = ends - starts
    if median(widths) < 2:
        return steps, rates
    levels = rates[starts]
    if len(starts) < STAIRS:
        first = _even_stairs(steps, levels, starts, grain)
        kept = np.union1d(starts[:first], np.arange(starts[first], len(rates))) if first else np.arange(len(rates))
        return steps[kept], rates[kept]
    high, low = np.maximum(levels[:-1], levels[1:]), np.minimum(levels[:-1], levels[1:])
    rounded = median((high - low) / np.maximum(grain[starts[1:]], 1e-300)) <= 2.5  # a rate of 0 has no grain
    if not rounded and median(high / np.maximum(low, 1e-30)) > STAIR_RATIO:
        return steps, rates
    points = (starts + ends - 1) // 2 if rounded else starts
    if rounded:  # a top is kept from its first point to its last: that is where the warm-up ends and the decay begins
        top = np.flatnonzero(levels == levels.max())
        points = np.union1d(np.delete(points, top), np.concatenate((starts[top], ends[top] - 1)))
    if widths[-1] > 2 * median(widths) and not (rounded and widths[-1] < 0.1 * len(rates)):
        points = np.concatenate((points[:-1], np.arange(starts[-1], len(rates))))
    return steps[points], rates[points]


def _even_stairs(steps: IntArray, levels: FloatArray, starts: IntArray, grain: FloatArray) -> int:
    """How many stairs at the beginning rise by the same amount after as many steps each, as a linear warm-up does that
    moves once an epoch; 0 where fewer than two do."""
    rises, widths = np.diff(levels), np.diff(steps[starts])
    coarse = grain[starts[1:]]
    count = 0
    for rise, width, near in zip(rises, widths, coarse, strict=True):
        # the first level may be a floor below which no warm-up begins
        even = abs(rise - rises[0]) <= EVEN * rises[0] + near and abs(width - widths[0]) <= EVEN * widths[0] + 1
        if rise <= 0 or not even:
            break
        count += 1
    return count if count >= FEWEST_STAIRS else 0


def warmup_pieces(rates: FloatArray, pieces: tuple[LrPiece, ...]) -> int:
    """How many pieces at the start are warm-up: a rise, a flat start that goes over into a rise, or a first point or
    two far below the rest (a warm-up shorter than two log lines)."""
    count = 0
    if pieces[0].shape == "rise":
        count = 1
    elif len(pieces) > 1 and pieces[1].shape == "rise" and not pieces[1].jump:
        count = 2 if pieces[0].points <= pieces[1].points else 0
    elif len(pieces) > 1 and pieces[0].points <= 2 and pieces[1].jump and len(rates) > 4:
        count = 1 if rates[pieces[1].first] > 1.1 * rates[pieces[0].last] else 0
    while count and count < len(pieces) and pieces[count].shape == "rise":
        jump = pieces[count].jump
        if jump and (count > 1 or pieces[0].points > 2):
            break  # a rate that has warmed up and then jumps is another matter
        count += 1
    return count


def warmup_steps(curve: LrCurve, track: Track) -> int | None:
    """Steps from the first logged rate to the first at which the warm-up's peak is reached; 0 where there is none.

    A run logged from its first step on counts from step 0.
    """
    if len(track) < 2:
        return None
    if not curve.warmup:
        return 0
    end = curve.peak_index
    if end + 1 < len(curve.rates) and curve.rates[end + 1] > curve.rates[end]:
        end += 1
    first = int(track.steps[0])
    return int(curve.steps[end]) - (0 if first <= track.interval else first)
