"""The jumps of a learning-rate curve by name: a step down, a restart, a reset, or a step up that no schedule makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.model.schedule import LrEvent
from loglens.signals.lr.curve import LrCurve
from loglens.signals.lr.fit import best_fit
from loglens.signals.lr.pieces import LrPiece
from loglens.signals.numerics.robust import median

FRESH_SHARE = 0.3
"""A jump up is a restart where it reaches 30 % of the rate the schedule began with, and ..."""
FRESH_RISE = 1.5
"""... at least half as much again as where it left off."""

CLIMBING = 3
"""Points of a new warm-up in which the log ends that show it."""
LEAST_CYCLES, EVEN = 2, 0.05
"""Restarts that make a cycle, and by what share their distances may differ."""
REPAIRED_FIT = 0.03
"""A curve whose jump was undone by extrapolation over one log line fits a formula less exactly."""


def name_jumps(curve: LrCurve, resumed_at: tuple[int, ...]) -> dict[int, LrEvent]:
    """Every jump after the warm-up, by the index of its piece in `curve.pieces`."""
    named: dict[int, LrEvent] = {}
    start = float(curve.rates[0])
    # the rate the schedule set out with: restarts come back to it, shrunk or not
    top = float(curve.rates[: curve.body[0].first + 1].max()) if curve.warmup and curve.body else start
    for place in range(max(1, curve.warmup), len(curve.pieces)):
        piece = curve.pieces[place]
        if not piece.jump:
            continue
        low, high = curve.before(piece), curve.after(piece)
        if place == curve.warmup and curve.warmup and high > low:
            continue  # the last stair of a warm-up
        step = int(curve.steps[piece.first])
        near_resume = any(abs(step - item) <= 2 * _gap(curve, piece) for item in resumed_at)
        ends = place == len(curve.pieces) - 1 and piece.points >= CLIMBING
        climbs = piece.shape == "rise" and (float(curve.rates[piece.last]) >= 0.5 * top or ends)
        returns = curve.warmup > 0 and climbs and high <= 1.5 * start + curve.begun_within(piece.first) * top
        if high < low:
            kind = "reset" if returns else "step_down"
        elif near_resume or returns:
            kind = "reset"
        elif _is_restart(curve, place, top):
            kind = "restart"
        else:
            kind = "step_up"
        named[place] = LrEvent(kind=kind, step=step, from_lr=low, to_lr=high)  # type: ignore[arg-type]
    return _in_cycle(named)


def _in_cycle(named: dict[int, LrEvent]) -> dict[int, LrEvent]:
    """A reset that falls where the schedule restarts anyway, as evenly as its other restarts do, is one of them."""
    ups = [event.step for event in named.values() if event.kind in ("restart", "reset")]
    apart = np.diff(ups)
    cycles = sum(event.kind == "restart" for event in named.values()) >= LEAST_CYCLES
    if not cycles or float(np.abs(apart - median(apart)).max()) > EVEN * median(apart):
        return named
    return {place: replace(event, kind="restart") if event.kind == "reset" else event for place, event in named.items()}


def _gap(curve: LrCurve, piece: LrPiece) -> int:
    return int(curve.steps[piece.first] - curve.steps[piece.first - 1])


def _is_restart(curve: LrCurve, place: int, top: float) -> bool:
    """Whether the schedule begins anew here: it had fallen, it comes back to about its first rate, and it falls again
    in a way that is not just the old curve at another height."""
    piece, previous = curve.pieces[place], curve.pieces[place - 1]
    low, high = curve.before(piece), curve.after(piece)
    if previous.shape == "flat" and not any(p.shape == "fall" for p in curve.pieces[curve.warmup : place]):
        return _periodic_steps(curve, top)
    if not (FRESH_SHARE * top <= high <= 1.1 * top and high >= FRESH_RISE * low):
        return False
    if piece.shape != "fall" or piece.points < 3:
        return True
    if abs(high / top - 1) < 0.02:
        return True
    whole = slice(curve.peak_index, piece.last + 1)
    repaired = without_jump(curve.steps, curve.rates, piece)
    return best_fit(curve.steps[whole], repaired[whole], tolerance=REPAIRED_FIT) is None


def without_jump(steps: IntArray, rates: FloatArray, piece: LrPiece) -> FloatArray:
    """The rates with everything from a jump on scaled so that the curve goes on where the one before it was heading."""
    out = rates.copy()
    first = piece.first
    ahead = float(rates[first - 1])
    if first >= 2:
        gap = float(steps[first] - steps[first - 1]) / max(1.0, float(steps[first - 1] - steps[first - 2]))
        ahead = max(ahead + gap * float(rates[first - 1] - rates[first - 2]), 0.5 * ahead)
    if rates[first] > 0:
        out[first:] *= ahead / float(rates[first])
    return out


def _periodic_steps(curve: LrCurve, top: float) -> bool:
    """Whether a step schedule comes back to its first rate at least twice, having gone down in between."""
    ups = [curve.after(piece) for piece in curve.body if curve.goes_up(piece)]
    # printed with six digits, a burn-in begins at a rate of 0, to which nothing comes back
    return top > 0 and len(ups) >= 2 and all(abs(up / top - 1) < 0.05 for up in ups)
