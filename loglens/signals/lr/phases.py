"""Events and phases of a learning-rate curve that has been cut into pieces: what findings are judged against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from loglens.model.run import FloatArray, IntArray, StepSpan
from loglens.model.schedule import LrEvent, LrPhase, PhaseKind
from loglens.signals.lr.curve import LrCurve
from loglens.signals.lr.pieces import LrPiece
from loglens.signals.numerics.robust import differences, median

FALLING = 3
"""Steps of a fall that show its pace."""
STEEP = 0.4
"""Of its steepest pace, that of a schedule which is cut before its end."""
STARTED, DROPPED, DROPPED_SHARE = 1.5, 5.0, 0.2
"""A rate thrown back to the start of its schedule: so near its first rate, by so many times the pace and so large a
share of what it was."""
FLOOR_POINTS = 3
"""A flat end of fewer points is the end of the curve, not a floor."""
FLOOR_SHARE = 0.01
"""A flat stretch at 1 % of the peak or less is a floor however it was reached."""


def events_of(curve: LrCurve, jumps: Mapping[int, LrEvent]) -> tuple[LrEvent, ...]:
    """All events in order of steps: the named `jumps` (by piece), the end of the warm-up, the start of the decay and
    the floor."""
    events = list(jumps.values())
    steps, rates, pieces, warmup = curve.steps, curve.rates, curve.pieces, curve.warmup
    if warmup:
        last = pieces[warmup - 1].last
        # where the last stair of the warm-up is a jump, the peak is the point after it
        end = last + 1 if warmup < len(pieces) and pieces[warmup].jump and rates[last + 1] > rates[last] else last
        events.append(
            LrEvent(kind="warmup_end", step=int(steps[end]), from_lr=float(rates[0]), to_lr=float(rates[end]))
        )
    for place in range(warmup, len(pieces)):
        piece, before = pieces[place], pieces[place - 1] if place else None
        start = piece.first if piece.jump or not place else piece.first - 1
        if piece.shape == "fall" and (not piece.jump or place == warmup):
            events.append(_event("decay_start", steps, rates, start, piece.last))
        elif _is_floor(pieces, place, rates) and before is not None and before.shape == "fall" and not piece.jump:
            from_lr, to_lr = float(rates[before.first]), float(rates[piece.first])
            events.append(LrEvent(kind="floor", step=int(steps[piece.first]), from_lr=from_lr, to_lr=to_lr))
        elif piece.shape == "rise" and not piece.jump and place > warmup:
            # a rate that climbs again without a jump: a new warm-up
            thrown = warmup > 0 and _thrown_to_start(curve, piece.first - 1)
            events.append(
                LrEvent(
                    kind="reset", step=int(steps[start]), from_lr=float(rates[start - 1]), to_lr=float(rates[start])
                )
                if thrown
                else _event("restart", steps, rates, start, piece.last)
            )
    order = ("warmup_end", "decay_start", "step_down", "step_up", "restart", "reset", "floor")
    return tuple(sorted(events, key=lambda event: (event.step, order.index(event.kind))))


def _thrown_to_start(curve: LrCurve, low: int) -> bool:
    """Whether the rate at index `low`, from which it climbs again, was not come to by the fall before it: one step
    brought it down by far more than the steps before, to where the schedule began."""
    steps, rates = curve.steps, curve.rates
    peak = float(rates[curve.peak_index])
    if low < FALLING + 1 or rates[low] > STARTED * rates[0] + curve.begun_within(low) * peak:
        return False
    pace = (rates[:low] - rates[1 : low + 1]) / np.maximum(differences(steps[: low + 1]), 1)
    falls, last = pace[-1 - FALLING : -1], float(pace[-1])
    steepest, still = max(float(pace[:-1].max()), 0.0), median(falls)
    # a cycle that was planned comes to rest before the next; at 1 / sqrt(step) the pace is half the rate by the steps
    falling = still >= STEEP * steepest or still * float(steps[low - 1] - steps[0]) >= STEEP * float(rates[low - 1])
    return (
        falling
        and last > DROPPED * max(float(falls.max()), 0.0)
        and float(rates[low - 1] - rates[low]) > DROPPED_SHARE * float(rates[low - 1])
    )


def phases_of(
    steps: IntArray, rates: FloatArray, pieces: tuple[LrPiece, ...], warmup: int, span: StepSpan
) -> tuple[LrPhase, ...]:
    """One phase a piece (neighbours of a kind are joined unless a jump parts them), laid out without gaps over
    `span`."""
    raw: list[tuple[PhaseKind, int, int, bool]] = []
    for place, piece in enumerate(pieces):
        kind = "warmup" if place < warmup else _phase_kind(pieces, place, rates)
        if raw and raw[-1][0] == kind and not (piece.jump and kind != "warmup"):
            raw[-1] = (kind, raw[-1][1], piece.last, raw[-1][3])
        else:
            raw.append((kind, piece.first, piece.last, piece.jump))
    # without a jump a phase begins where the one before ends; a jump lies somewhere before its first point
    starts = [int(steps[first] if jump or not first else steps[first - 1] + 1) for _, first, _, jump in raw]
    starts[0] = min(span.start, starts[0])
    ends = [start - 1 for start in starts[1:]] + [max(span.end, int(steps[-1]))]
    return tuple(
        LrPhase(
            kind=kind,
            span=StepSpan(start=start, end=max(start, end)),
            start_lr=float(rates[first]),
            end_lr=float(rates[last]),
        )
        for (kind, first, last, _), start, end in zip(raw, starts, ends, strict=True)
    )


def _event(kind: str, steps: IntArray, rates: FloatArray, first: int, last: int) -> LrEvent:
    return LrEvent(kind=kind, step=int(steps[first]), from_lr=float(rates[first]), to_lr=float(rates[last]))  # type: ignore[arg-type]


def _is_floor(pieces: tuple[LrPiece, ...], place: int, rates: FloatArray) -> bool:
    """A flat last piece, well below the peak, that is more than the end of the curve."""
    piece = pieces[place]
    return (
        piece.shape == "flat"
        and place == len(pieces) - 1
        and piece.points >= FLOOR_POINTS
        and float(rates[piece.first]) <= 0.5 * float(rates.max())
    )


def _phase_kind(pieces: tuple[LrPiece, ...], place: int, rates: FloatArray) -> PhaseKind:
    piece = pieces[place]
    if piece.shape == "rise":
        return "rewarm"
    if piece.shape == "fall":
        return "decay"
    top = float(rates.max())
    rate = float(rates[piece.first])
    lowered = any(float(rates[other.last]) < 0.99 * top for other in pieces[place + 1 :])
    if rate >= 0.99 * top:
        return "peak" if lowered else "constant"
    if rate <= FLOOR_SHARE * top or (_is_floor(pieces, place, rates) and pieces[place - 1].shape == "fall"):
        return "floor"
    # below the top: either the schedule has come down to it, or it has yet to go up
    been_higher = any(float(rates[other.first : other.last + 1].max()) > 1.01 * rate for other in pieces[:place])
    return "decay" if been_higher else "constant"
