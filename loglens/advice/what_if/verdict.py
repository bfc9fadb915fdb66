"""Which law answers for a recommendation, and when none does: every refusal is a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from loglens import crash
from loglens.advice.what_if import refusals
from loglens.advice.what_if.annealing import Annealed, DecayShape
from loglens.advice.what_if.annealing_fit import LEAST_BLOCKS, fit
from loglens.advice.what_if.course import Course, course_of, travelled
from loglens.advice.what_if.lost import training_hours
from loglens.advice.what_if.rescale import MOST, rescaled, sooner
from loglens.model.actions import Action
from loglens.model.diagnosis import Recommendation
from loglens.model.results.what_if import LackedByLaw, WhatIf
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median

UNPREDICTABLE: Mapping[Action, str] = {
    "lower_lr": refusals.LOWER,
    "lengthen_warmup": refusals.WARMUP,
    "remove_lr_jump": refusals.JUMP,
}
"""Changes against an instability, of which no law of the loss knows anything."""
LEAST_POINTS = 8
NORMAL_80 = 1.2816
"""Standard deviations on each side of an 80 % interval."""
DECAY_SEEN = 5.0
"""Standard deviations above zero from which the mark that a decay left on the loss is there. Below, predictions for 25
small networks of the lab were off by half of what a later decay gained, and no interval held 80 % of them."""
DECAYED = 0.7
"""Share of the peak below which a rate has decayed."""
LAWFUL = 0.02
"""Share of its fall by which a loss may wander about the law that is to predict it: language models stay below 0.01,
small networks that learn their data by heart lie at 0.02 to 0.3, and were predicted no better than by their own end."""
FARTHEST = 8.0
"""How many times as far as the log (in the sum of the rates) a prediction may reach."""
HELD = 0.8
"""Share of the run for which the new schedule holds the peak rate."""
LEAST_STEP = 2.0
"""The smallest part of a larger step that is worth a curve."""
FELL = 3.0
"""Standard errors by which a loss must have fallen for its curve to be one."""
ROSE = 0.1
"""Share of its fall by which a loss may have risen again."""
ENORMOUS = 1e30
"""A loss above it has exploded, and its squares are NaN or infinite."""
DRAWN = 100
"""Points of a predicted curve."""


def what_if(signals: Signals, advice: Recommendation) -> WhatIf | None:
    """The curve under the recommended rate or schedule, or why there is none; None where neither is to change."""
    return guarded(partial(_what_if, signals, advice))


def guarded(answer: Callable[[], WhatIf | None]) -> WhatIf | None:
    """The answer; where asking for it meets a bug, a refusal that says so: it must not cost the user the diagnosis."""
    try:
        return answer()
    except Exception as error:
        if os.environ.get("LOGLENS_ON_ERROR") == "raise":
            raise
        return _refused(f"No curve is drawn: {crash.told(error)}.")


def _what_if(signals: Signals, advice: Recommendation) -> WhatIf | None:
    if advice.action in UNPREDICTABLE:
        return _refused(UNPREDICTABLE[advice.action])
    constant = advice.action == "keep" and signals.schedule.kind == "constant" and signals.is_objective
    if advice.action not in ("raise_lr", "decay_later", "fix_numerics", "collect_more") and not constant:
        return None
    if not bool(signals.series.finite[-1]):
        return _refused(refusals.ENDS_BROKEN)
    if len(signals.loss) < LEAST_POINTS:
        return _refused(refusals.short(len(signals.loss), LEAST_POINTS))
    if float(np.abs(signals.loss.values).max()) > ENORMOUS:
        return _refused(refusals.ENORMOUS)
    if advice.action == "raise_lr":
        return _raised(signals, course_of(signals), advice.lr_factor)
    if advice.action == "decay_later" or constant:
        return under_later_decay(signals, course_of(signals))
    return None


def _refused(reason: str, *, lacks: LackedByLaw | None = None) -> WhatIf:
    return WhatIf(refused=reason, lacks=lacks)


def _raised(signals: Signals, course: Course, factor: float | None) -> WhatIf | None:
    if factor is None or factor <= 1:
        return None
    whole = course.last - float(course.knots[0])
    able = min(MOST, whole / (LEAST_POINTS * signals.loss.interval))
    if able < min(factor, LEAST_STEP):
        return _refused(refusals.too_coarse(factor, whole / factor, signals.loss.interval))
    factor = min(factor, able)  # a part of the step already says how much sooner, and less is taken for granted
    noise = median(course.noise)
    if not course.fall > FELL * noise or course.fall <= 0:
        return _refused(refusals.NO_FALL)
    if course.end - float(course.level.min()) > ROSE * course.fall:
        return _refused(refusals.rose(int(course.steps[int(course.level.argmin())])))
    steps, loss, low, high = rescaled(course, factor)
    last = int(signals.loss.steps[-1])
    reached = round(float(sooner(course, np.array([course.last]), factor)[0]))
    clock = training_hours(signals.series)
    spared = None if clock is None else float(clock[-1] - np.interp(reached, signals.series.steps, clock))
    return WhatIf(
        law="time_rescale",
        steps=steps,
        loss=loss,
        low=low,
        high=high,
        ended_at=course.end,
        factor=factor,
        reached_at=reached,
        steps_saved=max(0, last - reached),
        hours_saved=spared,
    )


def under_later_decay(signals: Signals, course: Course, shape: DecayShape | None = None, sibling: str = "") -> WhatIf:
    """The curve with the peak rate held for four fifths of the run and then taken to zero in a straight line.

    `shape`: what a decay does, as the run named `sibling` showed it.
    """
    if course.peak is None:
        return _refused(refusals.NO_RATE)
    if len(course.steps) < LEAST_BLOCKS:
        return _refused(refusals.short(len(signals.loss), LEAST_BLOCKS))
    if shape is None and not has_decay(course):
        return _refused(refusals.NO_DECAY, lacks="decay")
    law = fit(course, shape)
    if law is None:
        return _refused(refusals.TOO_FEW_AT_RATE, lacks="decay")
    if law.wave > LAWFUL * law.fall:
        return _refused(refusals.lawless(law.wave / law.fall))
    if shape is None and law.decay_seen < DECAY_SEEN:
        return _refused(refusals.UNCLEAR_DECAY, lacks="decay")
    rates = later_decay(course)
    farther = float(travelled(course.knots, rates)[-1] / course.travel[-1])
    if farther > FARTHEST:
        return _refused(refusals.too_far(farther, FARTHEST))
    return _drawn(course, law, rates, sibling)


def _drawn(course: Course, law: Annealed, rates: FloatArray, sibling: str) -> WhatIf:
    first, last = float(course.knots[0]), course.last
    begins = float(np.interp(law.begins * law.scale, travelled(course.knots, rates), course.knots))
    steps = np.linspace(begins, last, DRAWN)
    loss, spread = law.loss(course.knots, rates, steps)
    low, high = loss - NORMAL_80 * spread, loss + NORMAL_80 * spread
    if float(course.loss.min()) >= 0.0:
        loss, low = np.maximum(loss, 0.0), np.maximum(low, 0.0)
    return WhatIf(
        law="annealing",
        steps=steps,
        loss=loss,
        low=low,
        high=high,
        ended_at=course.end,
        decay_from=round(first + HELD * (last - first)),
        sibling=sibling,
    )


def has_decay(course: Course) -> bool:
    """Whether the rate came down from its peak within the log."""
    after = course.rates[int(course.rates.argmax()) :]
    return bool(after.min() < DECAYED)


def later_decay(course: Course) -> FloatArray:
    """(k,) the course's rates up to their peak, which is then held for four fifths of the run and falls to zero in a
    straight line."""
    first, last = float(course.knots[0]), course.last
    left = np.clip((last - course.knots) / ((1.0 - HELD) * (last - first)), 0.0, 1.0)
    top = int(np.flatnonzero(course.rates >= 0.999)[0])
    rising = np.where(np.arange(len(course.rates)) < top, course.rates, 1.0)
    return np.asarray(np.minimum(rising, left))
