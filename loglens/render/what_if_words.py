"""What a what-if says, in sentences: shared by page, terminal and comment."""

from __future__ import annotations

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.results.what_if import Lost, WhatIf
from loglens.render import numbers, words

DIGITS = 4
"""Significant digits of a loss: two schedules often differ in the third."""
LEAST_SHARE = 0.005
"""Of a run: less is not worth a sentence, and stands in the JSON alone."""
COVERED = "8 of 10 real curves"
"""What an 80 % interval holds."""


def what_if_line(run: RunDiagnosis) -> str:
    """The prediction in one sentence; '' where there is none, or nothing a reader waits for."""
    what_if = run.what_if
    if what_if is None or is_quiet(run):
        return ""
    said = (
        what_if.refused
        if what_if.law is None
        else _rescaled(run, what_if)
        if what_if.law == "time_rescale"
        else _annealed(what_if)
    )
    return words.on_axis(said, run.x_axis)


def is_quiet(run: RunDiagnosis) -> bool:
    """Whether a refusal would only be noise: nobody asks for another schedule of a run that needs nobody."""
    return run.what_if is not None and run.what_if.law is None and run.recommendation.action in ("keep", "collect_more")


def short_line(run: RunDiagnosis) -> str:
    """The prediction for a terminal or a comment: refusals only where a curve would belong there."""
    refused = run.what_if is not None and run.what_if.law is None
    return "" if refused and run.recommendation.action not in ("raise_lr", "decay_later") else what_if_line(run)


def basis(what_if: WhatIf) -> str:
    """What the prediction rests on, and what it takes for granted."""
    if what_if.law == "time_rescale":
        return (
            "Far below its limit a training follows the sum of its rates: the curve is the run's own, sooner. In "
            f"sweeps of other problems {COVERED} lay in the interval. Whether the higher rate trains, one log cannot "
            "tell."
        )
    if what_if.law == "annealing":
        whose = "another run read with this one" if what_if.sibling else "this run"
        return (
            f"The annealing law (arXiv 2408.11029), its decay fitted to {whose}. On language models under other "
            f"schedules {COVERED} lay in the interval."
        )
    return ""


def lost_line(run: RunDiagnosis) -> str:
    """What ran in vain, '' where nothing did that is worth a sentence."""
    lost = run.lost
    if lost is None or (lost.of and lost.steps < LEAST_SHARE * lost.of):
        return ""
    since = "" if lost.since is None else f" since step {numbers.count(lost.since)}"
    back = "until the loss was back" if lost.regained else "and the loss did not come back"
    return words.on_axis(f"Lost{since}: {_amount(lost, run)}, {back}.", run.x_axis)


def _amount(lost: Lost, run: RunDiagnosis) -> str:
    noun = words.axis_noun(run.x_axis)
    said = numbers.counted(lost.steps, noun.removesuffix("s"))
    parts = [said, *([hours(lost.hours)] if lost.hours is not None else [])]
    if lost.of:
        parts.append(f"{numbers.percent(lost.steps / lost.of)} of the run")
    return ", ".join(parts)


def hours(value: float) -> str:
    """2.4 hours, 12 minutes, 40 seconds."""
    if value >= 1.0:
        return f"{numbers.sig(value, 2)} hours" if numbers.sig(value, 2) != "1" else "1 hour"
    for unit, size in (("minute", 60.0), ("second", 3600.0)):
        if value * size >= 1.0:
            return numbers.counted(round(value * size), unit)
    return "less than a second"


def _rescaled(run: RunDiagnosis, what_if: WhatIf) -> str:
    noun = words.axis_noun(run.x_axis)
    whole = run.last_step - min(0, run.first_step)
    level = "" if what_if.ended_at is None else f" of {numbers.sig(what_if.ended_at, DIGITS)}"
    low, high = (numbers.sig(float(values[-1]), DIGITS) for values in (what_if.low, what_if.high))
    rate = "At the recommended rate" if what_if.factor is None else f"At {numbers.factor(what_if.factor)} the rate"
    if what_if.factor is not None and (run.recommendation.lr_factor or 0.0) > 1.01 * what_if.factor:
        rate = f"{rate}, a part of the recommended step,"
    spared = "" if what_if.hours_saved is None else f", {hours(what_if.hours_saved)} less"
    reached = "sooner" if what_if.reached_at is None else f"after about {_about(what_if.reached_at)}"
    squeezed = "" if run.schedule.kind in ("constant", "unknown") else " and the schedule squeezed into them"
    return (
        f"{rate} the loss{level} at which this run ended is reached {reached} {noun} instead of "
        f"{numbers.count(whole)}{spared}, if that rate still trains{squeezed} (80% interval of the loss there: {low} "
        f"to {high})."
    )


def _about(steps: int) -> str:
    """A step with three digits: 7,112 → 7,110."""
    return numbers.count(round(float(f"{steps:.3g}")))


def _annealed(what_if: WhatIf) -> str:
    low, mid, high = (numbers.sig(float(values[-1]), DIGITS) for values in (what_if.low, what_if.loss, what_if.high))
    instead = "" if what_if.ended_at is None else f" instead of {numbers.sig(what_if.ended_at, DIGITS)}"
    held = "" if what_if.decay_from is None else f" until step {numbers.count(what_if.decay_from)}"
    lent = f", as far as run {what_if.sibling} shows what a decay takes off" if what_if.sibling else ""
    return (
        f"With the peak rate held{held} and then taken to zero in a straight line by step "
        f"{numbers.count(round(float(what_if.steps[-1])))}, the loss ends at about {mid} "
        f"({low} to {high}){instead}{lent}."
    )
