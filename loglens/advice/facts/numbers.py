"""Facts about values that are NaN or infinite, and about half precision: where they begin, which part."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.shape import SHORT
from loglens.model.fact import Fact, FactKind
from loglens.model.run import Event, FloatArray, IntArray, Run, Series
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, distinct, median, sigma
from loglens.signals.track import Track

AT_ONCE = 3
"""Finite points at most of a run that was lost at once."""
NOTHING, LOWEST = 1e-3, 3.0
"""Share of its start at which next to nothing is left of a loss, and times its least value within which it ends there.
"""
OFTEN, OFTEN_SHARE = 3, 0.03
"""Losses that are no numbers, and their share of the log, from which that is no accident of one batch."""
MOVED = 0.05
"""Share of its start by which a loss that was trained has come away from it."""
NEVER = 0.9
"""Of the gradient norms: where so many are no numbers, no step was taken in all the log."""
LEAD = 20
"""Points before the first NaN that show whether the loss climbed to it."""
CLIMB = 0.3
"""A loss a third above its level has left it, where that is `CLIMB_Z` sigmas of its noise."""
CLIMB_Z = 5.0
SCALE = re.compile(r"loss[ _-]?scale|grad[ _-]?scale|(?:^|[/_. ])scale(?:r)?$|scaler", re.IGNORECASE)
PART = re.compile(
    r"loss|error|cross.?entropy|nll|kl|objective|smooth.?l1|(?<![a-z])(?:l[12]|[gcd]?iou|b?ce)(?![a-z0-9])",
    re.IGNORECASE,
)
SUMMARY = re.compile(r"[_ ./-](?:epoch|mean|avg|average)$", re.IGNORECASE)
"""What a figure is called that sums another up."""
WHOLE = re.compile(r"loss|cost|objective|total|sum", re.IGNORECASE)
"""What a loss is called that is more than one of the parts: "CrossEntropy" beside "SmoothL1" is none."""
LEAST_SCALE = re.compile(r"minimum[^\n]{0,40}scale|scale[^\n]{0,40}minimum", re.IGNORECASE)
"""A program that gives up says so among its errors, not among its overflows."""
SAID_SCALE = re.compile(r"scale\b[^\n\d]{0,20}\bto\b[^\n\d.]{0,6}(\d*\.?\d+(?:e[-+]?\d+)?)", re.IGNORECASE)
"""What an overflow was answered with: "reducing loss scale to 0.0625"."""
LATE_OVERFLOW = 0.5
"""Share of the log in which half precision must still overflow for its scale to be spent."""
PASSED_OVER = re.compile(r"skip|retry|trying again|try again|ignor|recover", re.IGNORECASE)
"""What a program does that goes on after it ran out of memory."""
OUTLIVED = 3
"""Points of the loss after an ending's words from which it was none."""
ENDED_BY_NAN = ("nan_stop", "diverged")
ENDINGS: Mapping[Literal["out_of_memory", "killed"], str] = {
    "out_of_memory": "ran out of memory",
    "killed": "was killed from outside",
}


def number_facts(signals: Signals) -> Iterator[Fact]:
    """Facts of this kind, those that weigh most first."""
    said = tuple(word_facts(signals.run))
    yield from said
    bad = distinct(np.concatenate((signals.non_finite_steps, signals.hidden_non_finite_steps)))
    if len(bad):
        yield from _loss(signals, bad)
    train = signals.run.role("train_loss")
    if train is not None and len(train) >= OFTEN and not bool(train.finite.any()) and not signals.has_train_loss:
        yield _never_a_number(signals, train)
    if (zeros := signals.learned_all) is not None and bool(signals.series.finite.all()):
        text = f"The loss is exactly 0 from step {zeros} to the end: as far as it is printed, nothing is left to learn."
        yield say.fact("nothing_left", text, zeros, int(signals.series.steps[-1]), signals.series.tag)
    elif _next_to_nothing(signals):
        first, last = float(signals.loss.values[0]), float(signals.loss.values[-1])
        text = f"The loss falls from {say.loss(first)} to {say.loss(last)}: next to nothing is left to learn."
        yield say.fact("nothing_left", text, signals.loss.steps[-1], signals.loss.steps[-1], signals.series.tag)
    if not any(item.kind == "loss_scale_minimum" for item in said):
        yield from scale_facts(signals.run)
    yield from _parts(signals)
    grad = signals.run.role("grad_norm")
    if grad is not None and not bool(grad.finite.all()):
        yield from _gradient(signals, grad, bad)
    val = signals.run.role("val_loss")
    sound = bool(signals.series.finite[-1])  # else the weights are lost, and with them the validation loss
    if val is not None and len(val) and val.tag != signals.series.tag and not bool(val.finite[-1]) and sound:
        yield _validation(val)


def _next_to_nothing(signals: Signals) -> bool:
    """Whether a loss that could go down to 0 ends next to it, at the lowest that it was: another rate would win
    nothing."""
    values = signals.loss.values
    if (
        len(values) < 2 * AT_ONCE
        or signals.starts_late
        or not signals.has_train_loss
        or not signals.series.finite.all()
    ):
        return False
    low, end = float(values.min()), median(values[-AT_ONCE:])
    return low > 0 and end <= NOTHING * float(values[0]) and end <= LOWEST * low


def _loss(signals: Signals, bad: IntArray) -> Iterator[Fact]:
    loss, series = signals.loss, signals.series
    first, last = int(bad[0]), int(bad[-1])
    after = int(np.count_nonzero(loss.steps > first))
    hidden = len(signals.hidden_non_finite_steps) == len(bad)
    grad = signals.run.role("grad_norm")
    if hidden and len(loss) and after == 0 and (grad is None or bool(grad.finite.all())):
        text = (
            f"The loss is exactly 0 from step {first} to the end ({say.points(len(bad))}), out of "
            f"{say.loss(float(loss.values[-1]))}: a NaN that is logged as 0, or a task with nothing left to learn."
        )
        yield say.fact("ends_in_zeros", text, first, last, series.tag, count=len(bad))
        return
    word = "logged as 0.0 where it is NaN" if hidden else "NaN or infinite"
    # from a NaN on that no number follows; the last of several stretches where numbers came between
    ends = last == int(series.steps[-1])
    if not ends:
        text = (
            f"The loss is {word} at {say.points(len(bad))}, first at step {first}, and goes on as a number after them."
        )
        often = len(bad) >= OFTEN and len(bad) >= OFTEN_SHARE * len(series) and not _absent(signals, bad)
        yield say.fact(
            "often_non_finite" if often else "some_non_finite",
            text,
            first,
            last,
            series.tag,
            count=len(bad),
            after=after,
        )
        return
    before = loss.steps[-1] if len(loss) else None
    since = first if after == 0 else int(bad[bad > before][0]) if before is not None else first
    finite = int(np.count_nonzero(loss.steps < since))
    climbed = _climbed(signals, since)
    if finite <= AT_ONCE:
        named = {0: "no", 1: "one", 2: "two", 3: "three"}[finite]
        said = (
            "No logged loss is a number"
            if not finite
            else f"Only the first {named} of {len(series)} losses " + ("is a number" if finite == 1 else "are numbers")
        )
        yield say.fact("lost_at_once", f"{said}: the run was lost at once.", since, last, series.tag, finite=finite)
    if climbed is not None:
        level, top = climbed
        rose = f"from {say.loss(level)} to {say.loss(top)}"
        text = f"The loss climbed {rose} before it became NaN or infinite at step {since}."
        yield say.fact("climbed_to_non_finite", text, since, last, series.tag, level=level, top=top)
    lead = (
        ""
        if finite == 0 or climbed is not None
        else f", out of {say.loss(float(loss.values[finite - 1]))} one point before"
    )
    count = len(bad[bad >= since])
    text = f"The loss is {word} from step {since} to the end ({say.points(count)}){lead}."
    yield say.fact("ends_non_finite", text, since, last, series.tag, count=count, finite=finite)


def _never_a_number(signals: Signals, train: Series) -> Fact:
    """Of a training loss of which no point is a number while the validation loss, which is judged in its place, is."""
    steps, count = (int(train.steps[0]), int(train.steps[-1])), len(train)
    text = f"None of the {count} train losses is a number, while the validation loss is."
    if len(signals.loss) > 1 and float(signals.loss.values[-1]) < float(signals.loss.values[0]):
        text = text.removesuffix(".") + " and falls: the weights are sound, some of the data's losses are not."
    return say.fact("often_non_finite", text, *steps, train.tag, count=count, after=0)


def _absent(signals: Signals, bad: IntArray) -> bool:
    """Whether the losses are missing, not broken: a table writes NaN in the rows that hold another series' point."""
    val = signals.val
    return (
        val is not None
        and signals.has_train_loss
        and (
            float(np.isin(bad, val.steps).mean()) >= NEVER
            and float(np.isin(signals.loss.steps, val.steps).mean()) <= 1 - NEVER
        )
    )


def _climbed(signals: Signals, since: int) -> tuple[float, float] | None:
    """(level, top) where the loss had left its level upwards before step `since`; None where it had not."""
    before = signals.loss.values[signals.loss.steps < since]
    if len(before) < 2:
        return None
    if len(before) < SHORT:
        low = float(np.min(before[:-1]))
        tops = before[int(np.argmin(before[:-1])) + 1 :]
        # two points in a row, or one that is far out
        over = tops > low + max(0.5 * abs(low), 0.0)
        if len(tops) and bool(over[-1]) and (np.count_nonzero(over) >= 2 or float(tops[-1]) > 2 * abs(low) + 1e-12):
            return low, float(tops.max())
        return None
    tail = before[-LEAD:] if len(before) >= 2 * LEAD else before[len(before) // 2 :]
    rest = before[: len(before) - len(tail)]
    level = median(rest[-3 * LEAD :])
    noise = float(sigma(differences(rest[-3 * LEAD :]))) / np.sqrt(2.0)
    top = float(tail.max())
    last = float(np.max(tail[-3:]))
    raised = last - level > max(CLIMB * abs(level), CLIMB_Z * noise)
    return (level, top) if raised else None


def word_facts(run: Run) -> Iterator[Fact]:
    stops = [event for event in run.events if event.kind in ENDED_BY_NAN]
    if stops:
        last = stops[-1]
        text = f"The program says of its loss that it is NaN or infinite: {say.quoted(last.text)}."
        yield say.fact("stopped_on_nan", text, last.step)
    over = [event for event in run.events if event.kind == "overflow"]
    least = next((item for item in (*over, *stops) if LEAST_SCALE.search(item.text)), None)
    if least is not None:
        text = f"The loss scale of half precision is at its minimum: {say.quoted(least.text)}."
        yield say.fact("loss_scale_minimum", text, least.step, count=len(over))
    elif (scales := _said_scales(run, over)) and _spent(scales):
        text = (
            f"The loss scale of half precision is lowered from {say.loss(scales[0])} to {say.loss(scales[-1])}: every "
            "larger one overflowed."
        )
        yield say.fact("loss_scale_minimum", text, over[-1].step, scale=scales[-1], count=len(over))
    elif over:
        text = (
            f"Half precision overflowed {say.times(len(over))}; such steps are skipped and the loss scale is lowered."
        )
        yield say.fact("overflow", text, over[0].step, count=len(over))
    for kind, words in ENDINGS.items():
        found = [event for event in run.events if event.kind == kind and not PASSED_OVER.search(event.text)]
        if found and not _outlived(run, found[-1].step):
            yield say.fact(kind, f"The log says that the run {words}: {say.quoted(found[-1].text)}.", found[-1].step)


def _outlived(run: Run, step: int | None) -> bool:
    """Whether the training went on after what is said at a step: an allocator that tries again with less says that
    memory ran out as well, and so does the log of a job that was started again."""
    loss = run.role("train_loss") or run.role("val_loss")
    if loss is None:
        return False
    if step is not None and any(rewind.resumed_at <= step != rewind.last_step for rewind in run.rewinds):
        return False  # further steps are those from before the run went back
    return (len(loss) if step is None else int(np.count_nonzero(loss.steps > step))) >= OUTLIVED


def _said_scales(run: Run, over: Sequence[Event]) -> list[float]:
    """The scales that overflows were answered with; none where they ended early: the scale had found its place."""
    loss = run.role("train_loss")
    last = over[-1].step if over else None
    if loss is not None and len(loss) and last is not None:
        first, end = int(loss.steps[0]), int(loss.steps[-1])
        if last < first + LATE_OVERFLOW * (end - first):
            return []
    return [float(said[1]) for item in over if (said := SAID_SCALE.search(item.text))]


def _spent(scales: Sequence[float] | FloatArray) -> bool:
    """Whether a loss scale ended at next to nothing, far below what it was."""
    end = float(scales[-1])
    return end == 0.0 or (end <= 1.0 and end <= float(np.max(scales)) / 64)


def scale_facts(run: Run) -> Iterator[Fact]:
    """The logged scale of half precision, where it fell to next to nothing."""
    for series in run.series:
        if not SCALE.search(series.tag) or re.search(r"logit|lr|rate", series.tag, re.IGNORECASE) or len(series) < 3:
            continue
        values = series.values[series.finite]
        if not len(values) or float(values.max()) < 0:
            continue
        end, top = float(values[-1]), float(values.max())
        if _spent(values):
            fell = f" (it was {say.loss(top)})" if top > end else ""
            text = f"The loss scale of half precision is {say.loss(end)} at the end{fell}: every larger one overflowed."
            yield say.fact("loss_scale_minimum", text, series=series.tag, scale=end)
            return


def _parts(signals: Signals) -> Iterator[Fact]:
    """The parts of the loss that are NaN or infinite, where not every part is."""
    run = signals.run
    roles = {choice.series for choice in run.roles if choice.role in ("train_loss", "val_loss")}
    parts = [
        series
        for series in run.series
        if series.tag not in roles and PART.search(series.tag) and not SCALE.search(series.tag) and len(series) >= 2
        and not re.search(r"val|valid|test|eval", series.tag, re.IGNORECASE)
    ]  # fmt: skip
    finite = {series.tag for series in run.series if bool(series.finite.all())}
    # a mean over nothing: the figure that it is of never was broken
    broken = [part for part in parts if not bool(part.finite[-1]) and SUMMARY.sub("", part.tag) not in finite]
    judged = [signals.series] if signals.has_train_loss and not WHOLE.search(signals.series.tag) else []
    whole = [part for part in (*judged, *parts) if bool(part.finite.all())]
    if broken and whole and len(broken) <= len(whole):
        names = ", ".join(f"“{item.tag}”" for item in broken[:3])
        blown = broken[0]
        first = int(blown.steps[~blown.finite][0])
        other = ", ".join(f"“{item.tag}”" for item in whole[:2])
        stay = "stay finite" if len(whole) > 1 else "stays finite"
        text = f"Only {names} is NaN or infinite, from step {first} on; {other} {stay}."
        yield say.fact("part_non_finite", text, first, int(blown.steps[-1]), blown.tag)


def _gradient(signals: Signals, grad: Series, bad: IntArray) -> Iterator[Fact]:
    broken = grad.steps[~grad.finite]
    alone = np.setdiff1d(broken, bad)
    if not len(alone):
        return
    share = len(alone) / len(grad)
    stands = not _moved(signals.loss) and (signals.val is None or not _moved(signals.val))
    kind: FactKind = "no_step_taken" if stands and share >= NEVER and len(alone) >= OFTEN else "gradient_non_finite"
    meant = (
        "half precision skips such steps."
        if share < 0.5
        else ("no step of these was taken." if stands else "the norm is of no use here, for the loss does move.")
    )
    points = f"{len(alone)} of {len(grad)} points"
    text = f"The gradient norm is NaN or infinite at {points} while the loss stays a number: {meant}"
    yield say.fact(kind, text, int(alone[0]), int(alone[-1]), grad.tag, share=share, count=len(alone))


def _moved(track: Track) -> bool:
    """Whether a loss ends clearly away from its first values."""
    size = max(1, len(track) // 10)
    first, end = median(track.values[:size]), median(track.values[-size:])
    return abs(first - end) > MOVED * abs(first)


def _validation(val: Series) -> Fact:
    first = int(val.steps[~val.finite][0])
    text = f"The validation loss is NaN or infinite at the end (since step {first}) while the train loss is a number."
    return say.fact("validation_non_finite", text, first, int(val.steps[-1]), val.tag)
