"""The learning-rate schedule, recognised from the logged rates alone.

The curve is cut into pieces (`lr_pieces`), the warm-up is set apart, every jump is named (a planned step down, a
restart of the schedule, a return to the start of the warm-up, or a step up that no schedule makes), and what remains
is compared with the formulas of the common schedules (`lr_fit`). A jump inside an otherwise regular schedule is undone
before the comparison, so that a cosine with a jump in it is still a cosine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray, StepSpan
from loglens.model.schedule import LrEvent, LrSchedule, ScheduleKind
from loglens.signals.lr_fit import best_fit
from loglens.signals.lr_phases import events_of, phases_of
from loglens.signals.lr_pieces import Piece, pieces_of, quantum, without_halfway_points
from loglens.signals.track import Track

STAIRS = 8
"""A curve of at least this many small stairs is a smooth schedule that moves once an epoch, not a step schedule."""
STAIR_RATIO = 1.7
FRESH_SHARE = 0.3
"""A jump up is a restart where it reaches 30 % of the rate the schedule began with, and ..."""
FRESH_RISE = 1.5
"""... at least half as much again as where it left off."""
STABLE_SHARE = 0.15
"""A flat stretch of 15 % of the run between warm-up and decay makes the schedule warm-up-stable-decay."""
ONE_CYCLE_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """The rates as they are read: (n,) steps and rates, the pieces they fall into, and where the warm-up ends."""

    steps: IntArray
    rates: FloatArray
    pieces: tuple[Piece, ...]
    warmup: int
    """How many leading pieces are warm-up."""

    @property
    def body(self) -> tuple[Piece, ...]:
        return self.pieces[self.warmup :]

    @property
    def peak_index(self) -> int:
        """The point at which the warm-up is over."""
        return self.pieces[self.warmup - 1].last if self.warmup else 0

    def before(self, piece: Piece) -> float:
        """The rate of the point before a piece."""
        return float(self.rates[piece.first - 1])

    def after(self, piece: Piece) -> float:
        return float(self.rates[piece.first])

    def goes_up(self, piece: Piece) -> bool:
        return piece.jump and self.after(piece) > self.before(piece)


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
    curve = _curve(track)
    jumps = _name_jumps(curve, resumed_at)
    kind = _kind(curve, jumps)
    return LrSchedule(
        kind=kind,
        peak_lr=peak,
        warmup_steps=_warmup_steps(curve, track),
        events=events_of(curve.steps, curve.rates, curve.pieces, curve.warmup, jumps),
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


def _curve(track: Track) -> Curve:
    steps, rates = _without_stairs(track.steps, without_halfway_points(track.values))
    pieces = pieces_of(steps, rates)
    return Curve(steps=steps, rates=rates, pieces=pieces, warmup=_warmup_pieces(rates, pieces))


def _without_stairs(steps: IntArray, rates: FloatArray) -> tuple[IntArray, FloatArray]:
    """A smooth schedule that is seen in stairs, reduced to one point a stair.

    Stairs of rounding (two quanta high at most) become their middles; stairs of a schedule that moves once an epoch
    become their first points. A last stair much longer than the rest is a floor and stays.
    """
    grain = quantum(rates)
    moved = np.abs(np.diff(rates)) > 0.5 * np.maximum(grain[:-1], grain[1:])
    starts = np.concatenate(([0], np.flatnonzero(moved) + 1))
    ends = np.append(starts[1:], len(rates))
    widths = ends - starts
    if len(starts) < STAIRS or np.median(widths) < 2:
        return steps, rates
    levels = rates[starts]
    high, low = np.maximum(levels[:-1], levels[1:]), np.minimum(levels[:-1], levels[1:])
    rounded = np.median((high - low) / grain[starts[1:]]) <= 2.5
    if not rounded and np.median(high / np.maximum(low, 1e-30)) > STAIR_RATIO:
        return steps, rates
    points = (starts + ends - 1) // 2 if rounded else starts
    if rounded:  # a top is kept from its first point to its last: that is where the warm-up ends and the decay begins
        top = np.flatnonzero(levels == levels.max())
        points = np.union1d(np.delete(points, top), np.concatenate((starts[top], ends[top] - 1)))
    if widths[-1] > 2 * np.median(widths) and not (rounded and widths[-1] < 0.1 * len(rates)):
        points = np.concatenate((points[:-1], np.arange(starts[-1], len(rates))))
    return steps[points], rates[points]


def _warmup_pieces(rates: FloatArray, pieces: tuple[Piece, ...]) -> int:
    """How many pieces at the start are warm-up: a rise, a flat start that goes over into a rise, or a first point or
    two far below the rest (a warm-up shorter than two log lines)."""
    count = 0
    if pieces[0].shape == "rise":
        count = 1
    elif len(pieces) > 1 and pieces[1].shape == "rise" and not pieces[1].jump:
        count = 2 if pieces[0].points <= pieces[1].points else 0
    elif len(pieces) > 1 and pieces[0].points <= 2 and pieces[1].jump and len(rates) > 4:
        count = 1 if rates[pieces[1].first] > 1.1 * rates[pieces[0].last] else 0
    while count and count < len(pieces) and pieces[count].shape == "rise" and not pieces[count].jump:
        count += 1
    return count


def _warmup_steps(curve: Curve, track: Track) -> int | None:
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


def _name_jumps(curve: Curve, resumed_at: tuple[int, ...]) -> dict[int, LrEvent]:
    """Every jump after the warm-up, by the index of its piece in `curve.pieces`."""
    named: dict[int, LrEvent] = {}
    start = float(curve.rates[0])
    # the rate the schedule set out with: restarts come back to it, shrunk or not
    top = float(curve.rates[: curve.peak_index + 1].max()) if curve.warmup else start
    for place in range(max(1, curve.warmup), len(curve.pieces)):
        piece = curve.pieces[place]
        if not piece.jump:
            continue
        low, high = curve.before(piece), curve.after(piece)
        if place == curve.warmup and curve.warmup and high > low:
            continue  # the last stair of a warm-up
        step = int(curve.steps[piece.first])
        near_resume = any(abs(step - one) <= 2 * _gap(curve, piece) for one in resumed_at)
        returns = curve.warmup > 0 and piece.shape == "rise" and high <= 1.5 * start + 0.05 * top
        if high < low:
            kind = "reset" if returns else "step_down"
        elif near_resume or returns:
            kind = "reset"
        elif _is_restart(curve, place, top):
            kind = "restart"
        else:
            kind = "step_up"
        named[place] = LrEvent(kind=kind, step=step, from_lr=low, to_lr=high)  # type: ignore[arg-type]
    return named


def _gap(curve: Curve, piece: Piece) -> int:
    return int(curve.steps[piece.first] - curve.steps[piece.first - 1])


def _is_restart(curve: Curve, place: int, top: float) -> bool:
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
    repaired = curve.rates.copy()
    repaired[piece.first :] *= low / high if high > 0 else 1.0
    fit = best_fit(curve.steps[whole].astype(np.float64), repaired[whole])
    return fit is None


def _periodic_steps(curve: Curve, top: float) -> bool:
    """Whether a step schedule comes back to its first rate at least twice, having gone down in between."""
    ups = [curve.after(piece) for piece in curve.body if curve.goes_up(piece)]
    return len(ups) >= 2 and all(abs(up / top - 1) < 0.05 for up in ups)


def _kind(curve: Curve, jumps: dict[int, LrEvent]) -> ScheduleKind:
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
            if event.to_lr > 0 and (event.kind == "step_up" or _undoes_a_step_up(event, jumps)):
                rates[curve.pieces[place].first :] *= event.from_lr / event.to_lr
        pieces = pieces_of(curve.steps, rates)
        warmup = _warmup_pieces(rates, pieces)
        return _kind_without_rises(curve, pieces[warmup:], rates)
    if any(piece.shape == "rise" for piece in curve.body):
        return "piecewise"
    return _kind_without_rises(curve, curve.body, curve.rates)


def _undoes_a_step_up(event: LrEvent, jumps: dict[int, LrEvent]) -> bool:
    ratio = event.to_lr / event.from_lr if event.from_lr > 0 else 0.0
    return event.kind == "step_down" and any(
        up.kind == "step_up" and up.step < event.step and abs(ratio * up.to_lr / max(up.from_lr, 1e-30) - 1) < 0.1
        for up in jumps.values()
    )


def _is_cyclic(curve: Curve) -> bool:
    """At least two rises and two falls that join without a jump, each rise a good part of its cycle."""
    rises = [piece for piece in curve.pieces if piece.shape == "rise" and not piece.jump]
    falls = [piece for piece in curve.pieces if piece.shape == "fall" and not piece.jump]
    if len(rises) < 2 or len(falls) < 1 or len(rises) + len(falls) < 3:
        return False
    height = float(curve.rates.max() - curve.rates.min())
    later = [piece for piece in rises if piece.first > falls[0].first]
    tall = [piece for piece in later if curve.rates[piece.last] - curve.rates[piece.first] > 0.2 * height]
    long = [piece for piece in tall if piece.points >= 0.15 * (piece.points + falls[0].points)]
    return bool(long) and len(long) == len(later)


def _kind_without_rises(curve: Curve, body: tuple[Piece, ...], rates: FloatArray) -> ScheduleKind:
    """The family of a stretch that holds its rate or lowers it."""
    falls = [piece for piece in body if piece.shape == "fall"]
    drops = [piece for piece in body if piece.jump and rates[piece.first] < rates[piece.first - 1]]
    if not body or not (falls or drops):
        return "constant"
    if not falls:
        return "step"
    if drops:
        return "step" if sum(p.points for p in falls) < 0.05 * sum(p.points for p in body) else "piecewise"
    whole = sum(piece.points for piece in body) + curve.peak_index
    if body[0].shape == "flat" and body[0].points > max(3, STABLE_SHARE * whole) and len(falls) == 1:
        return "wsd"
    if len(falls) > 1:
        return "piecewise"
    first = max(0, falls[0].first - 1)
    stretch = slice(first, falls[0].last + 1)
    if _is_one_cycle(curve, falls[0]):
        return "one_cycle"
    if falls[0].points < 3:
        return "step" if body[-1].shape == "flat" and body[-1].points >= 3 else "unknown"
    fit = best_fit(curve.steps[stretch].astype(np.float64), rates[stretch])
    return fit.kind if fit else "piecewise"


def _is_one_cycle(curve: Curve, fall: Piece) -> bool:
    """A rise that takes a good part of the run, starts well above zero or is curved, and a fall below where it began."""
    if not curve.warmup:
        return False
    start, end = float(curve.rates[0]), float(curve.rates[fall.last])
    top = float(curve.rates[curve.peak_index])
    rise = curve.peak_index + 1
    # how far the middle of the rise lies from a straight line, as a share of its height
    line = np.linspace(start, top, rise)
    bend = float(np.abs(curve.rates[:rise] - line).max()) / max(top - start, 1e-30) if rise > 4 else 0.0
    long = rise >= ONE_CYCLE_SHARE * len(curve.rates) and fall.last > 1.8 * rise
    return long and (bend > 0.05 or (start > 0.005 * top and end < start))
