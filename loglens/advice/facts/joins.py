"""Facts about what joins in a log: resumes and whether they did harm, weights that began anew, several trainings or
two writers in one file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.shape import LossShape
from loglens.model.fact import Fact
from loglens.model.finding import Finding
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, median, medians, row_medians, sigma, windows

WINDOW = 5
"""Points a level is taken from on each side of a step up."""
STEP_Z = 8.0
STEP_SHARE = 0.12
"""A step up is one where it exceeds so many sigmas of the noise, and this share of the level."""
BACK = 0.6
"""Share of the gain that is gone at once where the weights began anew."""
LIKE, ALIKE, SAME = 8, 0.3, 0.12
"""Points after a new beginning that lie within this share of the gain of the first points of the log; twice as far
where the first of them is the first of the log again, within `SAME` of the gain."""
EVEN = 0.06
"""Spread of the lengths of pieces, over their mean, up to which several trainings of one length stand in the file."""
ALTERNATES = 0.93
COUNTER = "counter restarted"
FALLS_ANEW = 0.25
"""Share of its step up that a loss falls again soon where a training begins."""
RESUMED = ("resumed", "checkpoint_loaded", "started")
HARM_SHARE = 0.1
NEAR, ROUGHER = 20, 6.0
"""Points before and after, and times as far as before that a running mean moves from point to point once it begins
anew."""
THROWN, HEALED, LASTS = 0.15, 0.15, 0.08
"""Share of the whole gain of a jump up that throws a run back; share of the jump that is left where it is back; share
of the run that this takes."""
AFTER_WARMUP = 1.5
"""Times a warm-up within which the loss may be thrown up by it."""
AGAIN = 0.25
"""Share of the points it needed before that a training needs at least, once it begins again."""
GOES_ON = 0.25
"""Share of a step up by which the loss goes on to climb where it diverges."""
UPWARD = ("step_up", "restart", "reset", "warmup_end")
CAME_DOWN, FRESH = 0.8, 1.25
"""Share of its first value below which a loss that began with fresh weights has come down, and times that value above
which it is higher than that of weights initialised anew."""
CUT = 0.7
"""Share of itself to which a rate falls that was cut."""
COUNTED = re.compile(r"\bcounted 0, 1, 2|counted in order of writing")
"""How readers say that steps are their own."""
REGAINED, APART, FEWEST_POINTS = 0.5, 0.35, 5
"""Share of what a piece gained that the next begins above its end; share of the first value within which each begins;
points of a piece."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """A step up of the loss within one point. `at`: index of the first point above; levels on both sides."""

    at: int
    before: float
    after: float


def join_facts(signals: Signals, shape: LossShape, findings: Sequence[Finding], *, steps: bool) -> Iterator[Fact]:
    """`findings`: of the detectors. `steps`: whether steps up of the loss are looked for."""
    yield from _resumes(signals, shape, findings)
    if not signals.is_objective or not len(shape) or not steps:
        return
    if (writers := _interleaved(shape)) is not None:
        low, high = writers
        text = (
            f"Every other point belongs to another curve, one at {say.loss(low)} and one at {say.loss(high)}: two "
            "writers share this file."
        )
        yield say.fact("interleaved", text, shape.steps[0], shape.steps[-1], signals.loss.tag)
        return
    anew = [item for item in beginnings(shape) if not _warming(signals, int(shape.steps[item.at]))]
    if _several(shape, anew, signals):
        count = len(anew) + 1
        starts = ", ".join(f"{int(shape.steps[item.at])}" for item in anew[:4]) + (", …" if len(anew) > 4 else "")
        text = (
            f"The loss starts again from its beginning at step {starts}: the file holds {count} trainings"
            + (" of one length" if count > 2 else "") + ", and each is a run of its own."
        )  # fmt: skip
        yield say.fact("several_trainings", text, shape.steps[anew[0].at], None, signals.loss.tag, count=count)
        return
    if (first := _counted_anew(signals, shape)) is not None:
        before, after = first.before, first.after
        step = int(shape.steps[first.at])
        text = (
            f"The counter begins again at its first value at step {step}, and the loss goes from {say.loss(before)} to "
            f"{say.loss(after)} there and falls anew: the file seems to hold another training, a run of its own."
        )
        count = 1 + sum(rewind.how == COUNTER for rewind in signals.run.rewinds)
        yield say.fact("several_trainings", text, step, None, signals.loss.tag, count=count)
        return
    if _counted_here(signals) and (length := _even_length(shape)) is not None:
        count = -(-len(shape) // length)
        text = (
            f"The loss goes back towards its first value every {length} points and falls anew each time: the file "
            f"seems to hold {count} trainings of one length, folds of a cross-validation or the like."
        )
        yield say.fact("several_trainings", text, shape.steps[length], None, signals.loss.tag, count=count)
        return
    once = len(anew) == 1 and len(rises(shape)) <= 2
    for item in anew if once else []:
        step = int(shape.steps[item.at])
        text = (
            f"At step {step} the loss goes back from {say.loss(item.before)} to {say.loss(item.after)}, near its first "
            f"value {say.loss(shape.first)}, within one point: the weights were initialised anew there."
        )
        yield say.fact(
            "started_anew",
            text,
            step,
            None,
            signals.loss.tag,
            share=(item.after - item.before) / max(shape.first - item.before, 1e-300),
        )
    if not anew:
        thrown = tuple(_thrown_at_a_cut(signals, shape))
        yield from thrown or tuple(_stepped(signals, shape)) or _thrown_back(signals, shape)


def rises(shape: LossShape) -> list[Rise]:
    """The steps up of the loss that happen within one point, stay for a while and are beyond the noise."""
    x, n = shape.loss, len(shape)
    if n < 8:
        return []
    noise = max(shape.noise, 1e-12)
    jumps = np.flatnonzero(differences(x) > np.maximum(STEP_Z * noise, STEP_SHARE * np.abs(x[:-1]))) + 1
    out: list[Rise] = []
    jumps = jumps[:200]
    befores, afters = medians(x, np.maximum(0, jumps - WINDOW), jumps), medians(x, jumps, np.minimum(n, jumps + WINDOW))
    for at, before, after in zip(jumps.tolist(), befores.tolist(), afters.tolist(), strict=True):
        left, right = x[max(0, at - WINDOW) : at], x[at : at + WINDOW]
        if len(left) < 3 or len(right) < 3 or (out and at - out[-1].at < WINDOW):
            continue
        shift = after - before
        if shift < max(STEP_Z * noise, STEP_SHARE * abs(before)) or float(right.min()) < before + 0.3 * shift:
            continue
        scatter = float(sigma(differences(x[max(0, at - 20) : at]))) / np.sqrt(2.0) if at > 3 else noise
        if shift < 6 * scatter:
            continue
        # within one point, and not the middle of a climb or of a spike that heals
        if x[at] - x[at - 1] < 0.6 * shift or float(left.max()) > before + 0.5 * shift or x[at] > after + 1.5 * shift:
            continue
        out.append(Rise(at=at, before=before, after=after))
    return out


def beginnings(shape: LossShape) -> list[Rise]:
    """Where the loss goes back to its first value within one point and falls from there as it fell at the start."""
    x, n = shape.loss, len(shape)
    out: list[Rise] = []
    if n < 12:
        return []
    jumps = np.flatnonzero(differences(x) > np.maximum(STEP_Z * shape.noise, STEP_SHARE * np.abs(x[:-1]))) + 1
    for at in jumps.tolist()[:500]:
        if at < 5 or n - at < 4 or (out and at - out[-1].at < WINDOW):
            continue
        left = x[max(0, at - WINDOW) : at]
        before = median(left)
        gained = shape.first - before
        near = x[max(0, at - 20) : at]
        scatter = float(sigma(differences(near))) / np.sqrt(2.0)
        if gained < max(0.15 * abs(shape.first), 2 * STEP_Z * scatter) or x[at] - x[at - 1] < BACK * gained:
            continue
        width = min(LIKE, n - at)
        apart = float(np.mean(np.abs(x[at : at + width] - x[:width])))
        end = median(x[-max(3, (n - at) // 10) :])
        falls = n - at < 10 or end <= median(x[at : at + 3]) - 0.15 * gained
        there = abs(float(x[at]) - float(x[0])) <= SAME * gained
        # a training that begins again needs its time again; what heals at once was a spike as high as that
        back = np.flatnonzero(row_medians(windows(x[at:], 3)) <= before + HEALED * gained)
        if len(back) and int(back[0]) < AGAIN * _needed(x, out[-1].at if out else 0, at, before + HEALED * gained):
            continue
        if apart <= (2 * ALIKE if there else ALIKE) * gained and falls:
            out.append(Rise(at=at, before=before, after=float(x[at])))
    return out


def _needed(x: FloatArray, begin: int, end: int, level: float) -> int:
    """Points from index `begin` on that the loss needed to come down to a level, before index `end`."""
    there = np.flatnonzero(row_medians(windows(x[begin:end], 3)) <= level)
    return int(there[0]) if len(there) else end - begin


def _several(shape: LossShape, anew: Sequence[Rise], signals: Signals) -> bool:
    """Whether the pieces between the new beginnings are trainings of their own: of one length, or with counters that
    began anew."""
    if not anew:
        return False
    cuts = [0, *(item.at for item in anew), len(shape)]
    lengths = np.diff(cuts)
    whole = lengths[:-1] if len(lengths) > 2 and lengths[-1] < lengths[0] else lengths
    steps = {int(shape.steps[item.at]) for item in anew}
    counted = {
        rewind.resumed_at
        for rewind in signals.run.rewinds
        if rewind.how == COUNTER or (rewind.how == "repeated header" and rewind.resumed_at <= rewind.last_step)
    }
    near = 3 * max(1, signals.loss.interval)
    told = [
        event.step
        for event in signals.run.events
        if event.kind in ("resumed", "checkpoint_loaded") and event.step is not None
    ]
    if any(abs(step - int(shape.steps[item.at])) <= near for step in told for item in anew):
        return False
    resumed = {rewind.resumed_at for rewind in signals.run.rewinds}
    if len(anew) == 1 and any(abs(int(shape.steps[anew[0].at]) - step) <= near for step in resumed - counted):
        return False
    # two of one length are two trainings only where nothing counted on through both of them
    least = 2 if _counted_here(signals) else 3
    spread = EVEN if len(whole) > 2 else EVEN / 4
    even = len(whole) >= least and float(np.std(whole)) <= spread * float(np.mean(whole))
    return even or bool(steps & counted)


def _even_length(shape: LossShape) -> int | None:
    """The points of a piece, where a loss falls in three pieces of one length or more, each of which begins near the
    first value and gives up most of what the one before had gained; None where it does not."""
    x, n = shape.loss, len(shape)
    begins = [0]
    for at in (np.flatnonzero(differences(x) > 0) + 1).tolist():
        gained = float(x[begins[-1]] - x[at - 1])
        back = float(x[at] - x[at - 1]) >= REGAINED * gained and x[at] >= (1 - APART) * x[0]
        if gained > 0 and at - begins[-1] >= FEWEST_POINTS and back:
            begins.append(at)
    lengths = np.diff(begins)
    if len(lengths) < 2 or len(set(lengths.tolist())) > 1 or n - begins[-1] > int(lengths[0]):
        return None
    falls = [float(x[end - 1]) < float(x[begin]) for begin, end in pairwise([*begins, n]) if end - begin > 1]
    return int(lengths[0]) if all(falls) and x[0] > 0 else None


def _counted_anew(signals: Signals, shape: LossShape) -> Rise | None:
    """Where the counter starts at its first value again and the loss, higher there, falls anew: another training as
    well as a resume that lost its state, unless the log has words for a resume."""
    if any(event.kind in ("resumed", "checkpoint_loaded") for event in signals.run.events):
        return None
    starts = {rewind.resumed_at for rewind in signals.run.rewinds if rewind.how == COUNTER}
    for step in sorted(starts):
        at = int(np.searchsorted(shape.steps, step))
        if at < WINDOW or len(shape) - at < WINDOW:
            continue
        before, after = median(shape.loss[at - WINDOW : at]), float(shape.loss[at])
        rise = after - before
        falls = float(np.min(shape.loss[at : at + 3 * WINDOW])) <= after - FALLS_ANEW * rise
        if rise > max(STEP_Z * shape.noise, STEP_SHARE * abs(before)) and falls:
            return Rise(at=at, before=before, after=after)
    return None


def _counted_here(signals: Signals) -> bool:
    """Whether the log holds no steps of its own, so that its lines or rows were counted by the reader."""
    return any(COUNTED.search(note.message) for note in signals.run.notes)


def _stepped(signals: Signals, shape: LossShape) -> Iterator[Fact]:
    """A level that steps up for good, at once and without the rate: something else than training changed there."""
    noise = shape.noise
    ups = rises(shape)
    for up in ups if len(ups) == 1 else []:
        rest = shape.loss[up.at :]
        shift = up.after - up.before
        stays = median(rest[-3:]) > up.before + 0.5 * shift and float(rest.max()) < up.after + max(shift, 6 * noise)
        goes_on = shape.end > up.after + GOES_ON * shift  # a state that was lost heals or stays; this diverges
        if not stays or goes_on or _by_rate(signals, shape, up.at) or up.at < 4 or signals.lr is None:
            continue
        if _beyond_a_fresh_start(signals, shape, up):
            continue
        near = signals.lr.at(shape.steps[max(0, up.at - WINDOW) : up.at + 1])
        if float(near[-1]) > 1.02 * float(near[0]):
            continue  # a rate that rises may have done it
        step = int(shape.steps[up.at])
        ratio = _gradient_ratio(signals, step)
        beside = "" if ratio is None or ratio < 1.3 else f" and the gradient norm becomes {ratio:.2g} times as large"
        text = (
            f"At step {step} the loss goes from {say.loss(up.before)} to {say.loss(up.after)} within one point and "
            f"stays there{beside}, while the rate goes on as before."
        )
        yield say.fact("level_stepped", text, step, None, signals.loss.tag, shift=shift)
        return


def _beyond_a_fresh_start(signals: Signals, shape: LossShape, up: Rise) -> bool:
    """Whether a loss that had come down stands higher after a step up than where it began: whatever state was lost,
    fresh weights are no worse than at the start, and a loss above that was driven there."""
    came_down = up.before <= CAME_DOWN * shape.first
    return came_down and not signals.starts_late and 0 < FRESH * shape.first < up.after


def _by_rate(signals: Signals, shape: LossShape, at: int) -> bool:
    """Whether the rate goes up, or ends its warm-up, near index `at`."""
    events = [event for event in signals.schedule.events if event.kind in UPWARD]
    near = 3 * max(1, signals.loss.interval)
    return any(abs(event.step - int(shape.steps[at])) <= near for event in events)


def _warming(signals: Signals, step: int) -> bool:
    """Whether the rate is, or just was, on its way up at a step: what the loss does there the rate may have done."""
    warmup = signals.schedule.warmup_steps
    return bool(warmup) and step <= signals.span.start + AFTER_WARMUP * (warmup or 0)


def _mean_begins_anew(shape: LossShape, at: int) -> bool:
    """Whether the loss is a mean over the epoch so far that begins anew at index `at`: it hardly moved from point to
    point before, and after it does as much as single batches do."""
    moves = np.abs(differences(shape.loss))
    before, after = moves[max(0, at - 1 - NEAR) : max(0, at - 3)], moves[at : at + NEAR]
    return len(before) >= 5 and len(after) >= 5 and median(after) > ROUGHER * median(before)


def _thrown_at_a_cut(signals: Signals, shape: LossShape) -> Iterator[Fact]:
    """The loss jumps up just where the rate is cut, heal as it may: a lower rate brings a loss down."""
    if signals.lr is None:
        return
    for up in rises(shape):
        near = signals.lr.at(shape.steps[max(0, up.at - 2) : up.at + 2])
        before, after = float(near[0]), float(near[-1])
        if up.at < 4 or not 0 < after <= CUT * before or _mean_begins_anew(shape, up.at):
            continue
        step = int(shape.steps[up.at])
        text = (
            f"At step {step}, where the rate is cut from {say.rate(before)} to {say.rate(after)}, the loss goes up "
            f"from {say.loss(up.before)} to {say.loss(up.after)} within one point: a lower rate does not do that, "
            "something else was lost or changed there."
        )
        yield say.fact("level_stepped", text, step, None, signals.loss.tag, shift=up.after - up.before)
        return


def _thrown_back(signals: Signals, shape: LossShape) -> Iterator[Fact]:
    """The loss jumps up within one point and needs a good part of the run to come back: no single batch does that, the
    weights or the optimizer's state were others from there on."""
    gained = shape.first - shape.low
    for up in rises(shape):
        shift = up.after - up.before
        if up.at < max(LIKE, len(shape) // 10) or shift < THROWN * gained or _by_rate(signals, shape, up.at):
            continue
        if _beyond_a_fresh_start(signals, shape, up):
            continue
        if len(shape) - up.at < NEAR:
            continue  # too near the end to show how long it lasts
        back = np.flatnonzero(row_medians(windows(shape.loss[up.at :], WINDOW)) <= up.before + HEALED * shift)
        lasts = int(back[0]) if len(back) else len(shape) - up.at
        falls = len(back) > 0 or shape.end <= up.after - FALLS_ANEW * shift
        if lasts < max(NEAR, LASTS * len(shape)) or not falls:
            continue  # a loss that stays up has diverged
        step = int(shape.steps[up.at])
        until = (
            f"is back there only {lasts / len(shape):.0%} of the run later"
            if len(back)
            else "is not back when the log ends"
        )
        text = (
            f"At step {step} the loss goes from {say.loss(up.before)} to {say.loss(up.after)} within one point and "
            f"{until}: no batch does that, weights or optimizer state were others from there on."
        )
        yield say.fact("thrown_back", text, step, shape.steps[min(up.at + lasts, len(shape) - 1)], signals.loss.tag)
        return


def _gradient_ratio(signals: Signals, step: int) -> float | None:
    grad = signals.grad
    if grad is None:
        return None
    place = int(np.searchsorted(grad.steps, step))
    left, right = grad.values[max(0, place - WINDOW) : place], grad.values[place : place + WINDOW]
    if len(left) < 3 or len(right) < 3 or median(left) <= 0:
        return None
    return median(right) / median(left)


def _interleaved(shape: LossShape) -> tuple[float, float] | None:
    """The levels of two curves that take turns; None where one curve is all there is."""
    if len(shape) < 20:
        return None
    signs = np.sign(differences(shape.loss))
    if float(np.mean(signs[1:] * signs[:-1] < 0)) < ALTERNATES:
        return None
    even, odd = shape.loss[::2], shape.loss[1::2]
    own = max(float(sigma(differences(part))) / np.sqrt(2.0) for part in (even, odd))
    low, high = sorted((median(even), median(odd)))
    return (low, high) if high - low > 4 * own else None


def _resumes(signals: Signals, shape: LossShape, findings: Iterable[Finding]) -> Iterator[Fact]:
    """Every restart the log or its words tell of: harmless, or followed by a worse loss, gradient or schedule."""
    told = {finding.steps.end: finding for finding in findings if finding.kind == "resume"}
    seen: list[int] = []
    for step, finding in told.items():
        seen.append(step)
        if step <= signals.span.start and any(rewind.resumed_at <= step for rewind in signals.run.rewinds):
            yield say.fact("earlier_trainings", finding.summary, step, None, finding.series)
            continue
        harm = finding.severity != "info" and _worse(signals, shape, step)
        yield say.fact("resumed_worse" if harm else "resumed_unharmed", finding.summary, step, None, finding.series)
    gap = 3 * max(1, signals.loss.interval)
    for rewind in signals.run.rewinds:
        if any(abs(rewind.resumed_at - item) <= gap for item in seen):
            continue
        seen.append(rewind.resumed_at)
        harm = _worse(signals, shape, rewind.resumed_at)
        goes = "the loss or its gradient norm stands higher after it" if harm else "the loss goes on where it was"
        text = f"The run was resumed at step {rewind.resumed_at} ({rewind.how}), and {goes}."
        yield say.fact("resumed_worse" if harm else "resumed_unharmed", text, rewind.resumed_at, None, signals.loss.tag)
    for event in signals.run.events:
        if event.kind not in RESUMED or event.step is None or any(abs(event.step - item) <= gap for item in seen):
            continue
        at = int(np.searchsorted(shape.steps, event.step, side="right"))
        if not 0 < at < len(shape):
            continue
        seen.append(event.step)
        before, after = _sides(shape.loss, at)
        worse = after - before > max(HARM_SHARE * abs(before), 5 * shape.noise)
        goes = f"goes from {say.loss(before)} to {say.loss(after)}" if worse else "goes on where it was"
        text = f"The log says after step {event.step} {say.quoted(event.text)}, and the loss {goes}."
        yield say.fact(
            "resumed_worse" if worse else "resumed_unharmed", text, event.step, shape.steps[at], signals.loss.tag
        )


def _worse(signals: Signals, shape: LossShape, step: int) -> bool:
    """Whether the loss or the gradient norm stands higher shortly after `step` than before, beyond the noise there."""
    x = shape.loss
    at = int(np.searchsorted(shape.steps, step, side="left"))
    left, right = x[max(0, at - 12) : at], x[at : at + 15]
    if len(left) < 3 or len(right) < 3:
        return True
    noise = max(float(sigma(differences(left))) / np.sqrt(2.0), shape.noise)
    top = float(np.max(np.median(np.lib.stride_tricks.sliding_window_view(right, 3), axis=1)))
    before = median(left[-5:])
    ratio = _gradient_ratio(signals, step)
    return top - before > max(2.5 * noise, 0.005 * abs(before)) or (ratio is not None and ratio > 2.0)


def _sides(x: FloatArray, at: int) -> tuple[float, float]:
    return median(x[max(0, at - 3) : at]), median(x[at : at + 3])
