"""Facts about the learning rate: what its own recogniser says of it, and where it is zero."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from loglens.advice.facts import say
from loglens.model.fact import Fact
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, IntArray
from loglens.model.schedule import LrEvent
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, median, sigma

SPENT = 0.01
"""Share of its peak from which on a rate moves nothing any more."""
EARLY = 0.6
"""A rate spent before this share of the run was spent early."""
EARLY_ZERO, FINE, NEARLY, SMOOTH = 0.8, 50.0, 0.9, 8
"""The same of one that is 0 from there on, in a log that tells fifty times less than the peak from 0 and eight rates on
the way: it is not only printed so."""
CUT_POINTS, CUT_TO, CUT_BY, LIKE_THE_LAST = 30, 0.1, 0.1, 1.05
"""A rate is cut early where it comes to this share of its peak within this share of the run, and then stands."""
DECAYED = 0.2
"""Share of its peak below which a rate had decayed: a schedule that begins anew there was planned so."""
MOSTLY = 0.4
"""Share of the log from which a warm-up is most of what it shows."""
BEGINNINGS = ("resumed", "checkpoint_loaded", "started")
"""What the log says where a run was resumed."""
NEAR = 3
"""Points within which something happens where the run was resumed."""
FEW, HARM = 4, 4.0
"""Points that show a level, and by how many times its error one must lie above another."""
AGAIN, STILL = 0.2, 0.9
"""A warm-up anew begins at less than this share of the rate before it, and comes to at least this share again."""
STAIRS = 3
LATE_JUMP = 1.5
"""A jump multiplies the rate by this much."""


def schedule_facts(signals: Signals, findings: Sequence[Finding]) -> Iterator[Fact]:
    """`findings`: what the detectors saw, for what a jump of the rate did to the loss."""
    lr = signals.lr
    if lr is None or not len(lr):
        yield say.fact("lr_unknown", "The log does not hold the learning rate.")
        yield from _cut_in_words(signals)
        return
    if not bool(np.any(lr.values)):
        yield say.fact(
            "lr_zero",
            f"The learning rate is 0 at every one of its {say.points(len(lr))}.",
            lr.steps[0],
            lr.steps[-1],
            lr.tag,
        )
        return
    if (spent := _spent(signals, lr.steps, lr.values)) is not None:
        yield spent
    elif (cut := _cut(signals, lr.steps, lr.values)) is not None:
        yield cut
    yield from _warmup(signals)
    yield from _jumps(signals, findings)


def had_no_rate(signals: Signals) -> bool:
    """Whether for most of the run there was next to no rate that could move the loss."""
    lr = signals.lr
    return lr is not None and len(lr) > 0 and median(lr.values) < SPENT * float(lr.values.max())


def _spent(signals: Signals, steps: IntArray, rates: FloatArray) -> Fact | None:
    peak = float(rates.max())
    alive = np.flatnonzero(rates >= SPENT * peak)
    if not len(alive) or alive[-1] >= len(rates) - 2:
        return None
    last, span = int(steps[int(alive[-1])]), signals.span
    share = (last - span.start) / max(1, span.steps)
    left = float(rates[-1])
    over = rates[int(alive[-1]) + 1 :]
    # a rate that came down in a few steps is only printed as 0, where the next of them would be finer than the log
    levels = len(np.unique(rates[: int(alive[-1]) + 1]))
    fine = peak >= FINE * float(rates[rates > 0].min()) and levels >= SMOOTH
    gone = left == 0 and float(np.mean(over[len(over) // 2 :] == 0)) >= NEARLY and fine
    if share >= (EARLY_ZERO if gone else EARLY):
        return None
    text = (
        f"The learning rate falls from {say.rate(peak)} to {say.rate(left)} and is spent from step {last} on: "
        f"{1 - share:.0%} of the run is trained without one."
    )
    told = {"left": left} if gone or left else {}  # a coarse 0 may be any small rate
    return say.fact(
        "lr_spent", text, last, span.end, None if signals.lr is None else signals.lr.tag, share=share, **told
    )


def _cut(signals: Signals, steps: IntArray, rates: FloatArray) -> Fact | None:
    """A rate that comes down to a small part of itself at the very beginning and stays there."""
    peak, left = float(rates.max()), float(rates[-1])
    if signals.starts_late or len(rates) < CUT_POINTS or not 0 <= left <= CUT_TO * peak:
        return None
    last = int(np.flatnonzero(rates > LIKE_THE_LAST * left)[-1])
    step, end = int(steps[last + 1]), signals.span.end
    share = (step - signals.span.start) / max(1, signals.span.steps)
    # a rate that is logged at the beginning alone does not show that it stays
    shown = int(steps[-1]) >= end - CUT_BY * signals.span.steps
    if share >= CUT_BY or not shown or float(rates[last + 1 :].min()) < left / LIKE_THE_LAST:
        return None
    text = (
        f"The learning rate is cut from {say.rate(peak)} to {say.rate(left)} by step {step} and stays there: "
        f"{1 - share:.0%} of the run is trained at {left / peak:.0%} of its peak."
    )
    return say.fact("lr_cut_early", text, step, end, None if signals.lr is None else signals.lr.tag)


def _warmup(signals: Signals) -> Iterator[Fact]:
    schedule, lr = signals.schedule, signals.lr
    if schedule.kind in ("cyclic", "restarts", "one_cycle"):
        yield say.fact(
            "lr_cycles", "The learning rate goes up and down again by its schedule.", series=lr.tag if lr else None
        )
    steps = schedule.warmup_steps
    if lr is None or not steps or schedule.peak_lr is None:
        return
    first, end = float(lr.values[0]), signals.span.start + steps
    still = lr.values[-min(4, len(lr)) :]
    if len(still) > 1 and bool(np.all(np.diff(still) >= 0)) and float(still[-1]) > float(still[0]):
        now = say.rate(float(lr.values[-1]))
        text = f"The log ends in the warm-up: the rate still rises, from {say.rate(first)} to {now}."
        if float(lr.values[-1]) > 1.05 * first:
            yield say.fact("warming_up", text, lr.steps[0], lr.steps[-1], lr.tag)
            return
    if steps >= MOSTLY * signals.span.steps and float(lr.values[-1]) >= 0.8 * schedule.peak_lr:
        text = (
            f"The log ends soon after the warm-up, which takes {steps:,} of its {signals.span.steps:,} steps "
            f"(from {say.rate(first)} to {say.rate(schedule.peak_lr)})."
        )
        yield say.fact("warming_up", text, lr.steps[0], lr.steps[-1], lr.tag, warmup=steps)
        return
    text = f"The rate warms up from {say.rate(first)} to {say.rate(schedule.peak_lr)} over {steps:,} steps."
    yield say.fact("warmed_up", text, signals.span.start, end, lr.tag, warmup=steps)


def _jumps(signals: Signals, findings: Sequence[Finding]) -> Iterator[Fact]:
    hurt = {finding.steps.end for finding in findings if finding.kind == "lr_jump" and finding.severity != "info"}
    tag = None if signals.lr is None else signals.lr.tag
    resets = [event.step for event in signals.schedule.events if event.kind == "reset"]
    for event in signals.schedule.events:
        if event.kind == "step_up" and _in_stairs(signals, event):
            continue
        if event.kind == "step_up" and event.to_lr >= LATE_JUMP * max(event.from_lr, 1e-30):
            by = event.to_lr / event.from_lr if event.from_lr > 0 else float("inf")
            ratio = f" ({by:.3g} times as much)" if by < 1e6 else ""
            change = f"from {say.rate(event.from_lr)} to {say.rate(event.to_lr)}{ratio}"
            text = f"The learning rate jumps {change} at step {event.step}."
            yield say.fact("lr_jump_hurt" if event.step in hurt else "lr_jumped", text, event.step, None, tag, by=by)
        elif event.kind == "reset" and not _planned(signals, event, resets):
            text = (
                f"The schedule begins anew at step {event.step}: the rate goes from {say.rate(event.from_lr)} to "
                f"{say.rate(event.to_lr)}" + (" and warms up again." if event.to_lr < event.from_lr else ".")
            )
            yield say.fact("lr_reset", text, event.step, None, tag)
    if not resets and (anew := _warmed_up_again(signals)) is not None:
        yield anew


def _warmed_up_again(signals: Signals) -> Fact | None:
    """A rate that falls to next to nothing where the run was resumed and climbs from there to what it was, or above: a
    warm-up anew, whether or not the log holds the first."""
    lr, places = signals.lr, _resumed(signals)
    if lr is None or not places:
        return None
    near = NEAR * max(1, signals.loss.interval)
    drops = np.flatnonzero(lr.values[1:] < AGAIN * lr.values[:-1]) + 1
    drops = drops[_near_any(lr.steps[drops], places, near)]
    surely = _near_any(lr.steps[drops], _resumed(signals, ("resumed",)), near)
    for at, sure in zip(drops.tolist(), surely.tolist(), strict=True):
        before, low, step = float(lr.values[at - 1]), float(lr.values[at]), int(lr.steps[at])
        back = np.flatnonzero(lr.values[at:] >= STILL * before)
        rises = np.diff(lr.values[at : at + back[0] + 1]) if len(back) else np.zeros(0)
        if np.count_nonzero(rises > 0) < 2 or bool(np.any(rises < 0)):
            continue
        if sure or _harmed(signals, step):  # weights may be loaded for a second phase of a plan as well
            text = (
                f"The schedule begins anew at step {step}: the rate goes from {say.rate(before)} to {say.rate(low)} "
                "and warms up again."
            )
            return say.fact("lr_reset", text, step, None, lr.tag)
    return None


def _near_any(steps: IntArray, places: Sequence[int], near: int) -> NDArray[np.bool_]:
    """(n,) which of the steps lie no farther than `near` from one of the places."""
    found = np.zeros(len(steps), dtype=np.bool_)
    for place in places:
        found |= np.abs(steps - place) <= near
    return found


def _harmed(signals: Signals, step: int) -> bool:
    """Whether the loss is higher after a step than it was before."""
    loss = signals.loss
    at = int(np.searchsorted(loss.steps, step))
    count = min(at, len(loss) - at) // 2
    if count < FEW:
        return False
    before, after = loss.values[at - count : at], loss.values[at + count : at + 2 * count]
    return median(after) > median(before) + float(sigma(differences(before))) / math.sqrt(2 * count) * HARM


def _resumed(signals: Signals, kinds: Sequence[str] = BEGINNINGS) -> list[int]:
    """Steps at which the run was resumed, by what the log says or because the step went back."""
    words = [event.step for event in signals.run.events if event.kind in kinds]
    rewinds = [rewind.resumed_at for rewind in signals.run.rewinds]
    return [*rewinds, *(step for step in words if step is not None)]


def _in_stairs(signals: Signals, event: LrEvent) -> bool:
    """Whether a step up is a stair of a warm-up: until the peak the rate only rises, in at least three stairs."""
    lr = signals.lr
    if lr is None:
        return False
    up = lr.values[: int(np.argmax(lr.values)) + 1]
    levels, points = np.unique(np.round(up / up[-1], 3), return_counts=True)
    rises = bool(np.all(np.diff(up) >= 0)) and event.step <= int(lr.steps[len(up) - 1])
    return rises and len(levels) > STAIRS and int(points.max()) <= 0.5 * len(up)


def _planned(signals: Signals, event: LrEvent, resets: list[int]) -> bool:
    """Whether a return to the start of the schedule belongs to it: at the end of a decay, or at even distances."""
    near = NEAR * max(1, signals.loss.interval)
    if any(abs(event.step - place) <= near for place in _resumed(signals)):
        return False
    gaps = np.diff([signals.span.start, *resets])
    even = len(resets) >= 2 and float(np.std(gaps)) <= 0.1 * float(np.mean(gaps))
    return even or event.from_lr <= DECAYED * (signals.schedule.peak_lr or math.inf)


def _cut_in_words(signals: Signals) -> Iterator[Fact]:
    """Cuts of the rate that the log tells in words alone (`ReduceLROnPlateau reducing learning rate to ...`)."""
    cuts = [event for event in signals.run.events if event.kind in ("lr_changed", "scheduler_changed")]
    if len(cuts) < 3:
        return
    said = say.quoted(cuts[-1].text)
    known = [cut.step for cut in cuts if cut.step is not None]
    place = known[len(known) // 2] if known else None
    text = f"The rate was cut {say.times(len(cuts))} on the way, the last time with {said}."
    yield say.fact("lr_cut_early", text, place, count=len(cuts))
