"""The learning-rate schedule, recognised from the logged rates alone.

The curve is cut into pieces (`lr_pieces`), the warm-up is set apart, every jump is named (a planned step down, a
restart of the schedule, a return to the start of the warm-up, or a step up that no schedule makes), and what remains
is compared with the formulas of the common schedules (`lr_fit`). A jump inside an otherwise regular schedule is undone
before the comparison, so that a cosine with a jump in it is still a cosine.
"""

from __future__ import annotations

import numpy as np

from loglens.model.run import FloatArray, StepSpan
from loglens.model.schedule import LrEvent, LrSchedule, ScheduleKind
from loglens.signals.lr.curve import LrCurve, curve_of, warmup_pieces, warmup_steps
from loglens.signals.lr.fit import GOOD_FIT, best_fit
from loglens.signals.lr.jumps import REPAIRED_FIT, name_jumps, without_jump
from loglens.signals.lr.phases import events_of, phases_of
from loglens.signals.lr.pieces import LrPiece, pieces_of
from loglens.signals.track import Track

STABLE_SHARE = 0.15
"""A flat stretch of 15 % of the run between warm-up and decay makes the schedule warm-up-stable-decay."""
ONE_CYCLE_SHARE = 0.15


def recognise(
    track: Track, *, run_span: StepSpan | None = None, resumed_at: tuple[int, ...] = (), given: bool = False
) -> LrSchedule:
    """The schedule of a learning-rate track.

    `run_span`: the steps of the loss, over which the phases are laid out. `resumed_at`: steps at which the run was
    resumed (a jump there is a reset). `given`: the rates come from the user, not from the log.
    """
    source = "given" if given else "logged"
    if not len(track):
        return LrSchedule(kind="unknown", peak_lr=None, warmup_steps=None)
    peak = float(track.values.max())
    curve = curve_of(track)
    jumps = name_jumps(curve, resumed_at)
    kind = _kind(curve, jumps)
    return LrSchedule(
        kind=kind,
        peak_lr=peak,
        warmup_steps=warmup_steps(curve, track),
        events=events_of(curve, jumps),
        phases=phases_of(curve.steps, curve.rates, curve.pieces, curve.warmup, run_span or track.span),
        source=source,  # type: ignore[arg-type]
    )


def planned_peak(schedule: LrSchedule) -> float | None:
    """The peak the schedule was planned with: the highest rate before the first step up, else the peak itself."""
    first = next((event.step for event in schedule.events if event.kind == "step_up"), None)
    if first is None or schedule.peak_lr is None:
        return schedule.peak_lr
    rates = [max(phase.start_lr, phase.end_lr) for phase in schedule.phases if phase.span.start < first]
    return max(rates, default=schedule.peak_lr)


def _kind(curve: LrCurve, jumps: dict[int, LrEvent]) -> ScheduleKind:
    """The family of the schedule."""
    n = len(curve.rates)
    if n == 1 or (n == 2 and curve.rates[0] != curve.rates[1]):
        return "unknown"
    names = [event.kind for event in jumps.values()]
    if _is_cyclic(curve):
        return "cyclic"
    if "restart" in names:
        return "restarts"
    if "reset" in names:
        first = next(place for place, event in jumps.items() if event.kind == "reset")
        return _kind_without_rises(curve, curve.pieces[curve.warmup : first], curve.rates)
    if "step_up" in names:
        rates = curve.rates.copy()
        for place, event in jumps.items():
            if event.kind == "step_up" or _undoes_a_step_up(event, jumps):
                rates = without_jump(curve.steps, rates, curve.pieces[place])
        pieces = pieces_of(curve.steps, rates)
        warmup = warmup_pieces(rates, pieces)
        return _kind_without_rises(curve, pieces[warmup:], rates, tolerance=REPAIRED_FIT)
    if any(piece.shape == "rise" for piece in curve.body):
        return "piecewise"
    return _kind_without_rises(curve, curve.body, curve.rates)


def _undoes_a_step_up(event: LrEvent, jumps: dict[int, LrEvent]) -> bool:
    ratio = event.to_lr / event.from_lr if event.from_lr > 0 else 0.0
    return event.kind == "step_down" and any(
        up.kind == "step_up" and up.step < event.step and abs(ratio * up.to_lr / max(up.from_lr, 1e-30) - 1) < 0.1
        for up in jumps.values()
    )


def _is_cyclic(curve: LrCurve) -> bool:
    """At least two rises and two falls that join without a jump, each rise a good part of its cycle."""
    rises = [piece for piece in curve.pieces if piece.shape == "rise" and not piece.jump]
    falls = [piece for piece in curve.pieces if piece.shape == "fall" and not piece.jump]
    if len(rises) < 2 or len(falls) < 1 or len(rises) + len(falls) < 3:
        return False
    height = float(curve.rates.max() - curve.rates.min())
    later = [piece for piece in rises if piece.first > falls[0].first]
    high = [piece for piece in later if curve.rates[piece.last] - curve.rates[piece.first] > 0.2 * height]
    long = [piece for piece in high if piece.points >= 0.15 * (piece.points + falls[0].points)]
    return bool(long) and len(long) == len(later)


def _kind_without_rises(
    curve: LrCurve, body: tuple[LrPiece, ...], rates: FloatArray, *, tolerance: float = GOOD_FIT
) -> ScheduleKind:
    """The family of a stretch that holds its rate or lowers it."""
    falls = [piece for piece in body if piece.shape == "fall"]
    drops = [piece for piece in body if piece.jump and rates[piece.first] < rates[piece.first - 1]]
    if not body or not (falls or drops):
        return "constant"
    if not falls:
        return "step"
    if drops:
        return "step" if sum(curve.length(p.first, p.last) for p in falls) < 0.05 else "piecewise"
    stable = body[0].shape == "flat" and body[0].points >= 3
    if stable and curve.length(body[0].first, body[0].last) > STABLE_SHARE and len(falls) == 1:
        return "wsd"
    if len(falls) > 1:
        return "piecewise"
    first = falls[0].first - (not falls[0].jump and falls[0].first > 0)
    while first < falls[0].last and abs(rates[first + 1] - rates[first]) <= 1e-6 * abs(rates[first]):
        first += 1
    stretch = slice(first, falls[0].last + 1)
    if _is_one_cycle(curve, falls[0]):
        return "one_cycle"
    if falls[0].points < 3:
        return "step" if body[-1].shape == "flat" and body[-1].points >= 3 else "unknown"
    fit = best_fit(curve.steps[stretch], rates[stretch], tolerance=tolerance)
    return fit.kind if fit else "piecewise"


def _is_one_cycle(curve: LrCurve, fall: LrPiece) -> bool:
    """A rise that takes a good part of the run and is curved or starts above zero, and a fall below where it began."""
    if not curve.warmup:
        return False
    start, end = float(curve.rates[0]), float(curve.rates[fall.last])
    top = float(curve.rates[curve.peak_index])
    rise = curve.peak_index + 1
    # how far the middle of the rise lies from a straight line, as a share of its height
    line = np.linspace(start, top, rise)
    bend = float(np.abs(curve.rates[:rise] - line).max()) / max(top - start, 1e-30) if rise > 4 else 0.0
    long = curve.length(0, curve.peak_index) >= ONE_CYCLE_SHARE and fall.last > 1.8 * rise
    # a warm-up counts from nothing at the step before the first; the policy starts at a share of its peak
    slope = (top - start) / max(1.0, float(curve.steps[curve.peak_index] - curve.steps[0]))
    origin = start - slope * (float(curve.steps[0]) + 1.0)
    return long and (bend > 0.05 or (origin > 0.01 * top and end < start))
