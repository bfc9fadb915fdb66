"""What is established of a run before anything is weighed: typed facts.

One file a kind: numbers, course, ruin, schedule, joins, stages, mixture, validation, accuracy. A fact is either
there or not; it has no probability. Which causes it admits, rules out and speaks for stands in
`loglens.advice.admissible` and `loglens.advice.claims`.
"""

from __future__ import annotations

from collections.abc import Sequence

from loglens.advice.claims import is_loud
from loglens.advice.facts import say
from loglens.advice.facts.accuracy import accuracy_facts
from loglens.advice.facts.course import at_chance, course_facts, narrow_window
from loglens.advice.facts.joins import join_facts
from loglens.advice.facts.mixture import two_levels
from loglens.advice.facts.numbers import number_facts
from loglens.advice.facts.objective import objective_facts
from loglens.advice.facts.periods import period_facts
from loglens.advice.facts.range_test import range_test
from loglens.advice.facts.schedule import schedule_facts
from loglens.advice.facts.shape import shape_of
from loglens.advice.facts.stages import of_stages, stage_facts
from loglens.advice.facts.validation import validation_facts
from loglens.model.fact import Fact
from loglens.model.finding import Finding
from loglens.signals.core import Signals


def establish(signals: Signals, findings: Sequence[Finding]) -> tuple[Fact, ...]:
    """The facts of a run. `findings`: what the detectors saw, for what they measure better (a resume, a jump)."""
    if (test := range_test(signals)) is not None:
        # what its rates do to the loss is the measurement: no fact of a training
        return (test,)
    shape = shape_of(signals)
    numbers = tuple(number_facts(signals))
    # a loss at chance level did not step up there: it was thrown back
    thrown = len(shape) > 0 and at_chance(signals, shape) is not None
    schedule = tuple(schedule_facts(signals, findings))
    jumped = any(item.kind == "lr_jump_hurt" for item in schedule)
    periodic = any(finding.kind == "periodic_pattern" and finding.severity != "info" for finding in findings)
    joins = tuple(join_facts(signals, shape, findings, steps=not (thrown or jumped or periodic)))
    if any(join.kind == "several_trainings" for join in joins):
        # the loss is high again because a training begins there, not because it was resumed
        joins = tuple(join for join in joins if join.kind != "resumed_worse")
    staged = stage_facts(signals, shape)
    if staged:
        others = of_stages(signals, shape)
        joins = tuple(
            join for join in joins if join.kind not in LEVELS or join.steps is None or join.steps.start not in others
        )
    joined = any(join.kind in STEPS_UP for join in joins)
    course = tuple(course_facts(signals, shape, joined=joined))
    if any(item.kind == "lr_zero" for item in schedule):
        # nothing was trained: where such a loss goes is noise
        course = tuple(item for item in course if item.kind not in TRENDS)
    if (
        not periodic
        and not any(item.kind == "flat_noise" for item in course)
        and (mixed := two_levels(signals, shape)) is not None
    ):
        course = (mixed, *(item for item in course if item.kind not in RISES))
    changed = staged or tuple(objective_facts(signals, shape))
    if changed:
        # another objective has another level: neither is what had been gained lost nor does anything creep up
        course = tuple(item for item in course if item.kind not in RISES)
    if any(item.kind in WORSE for item in course):
        # a norm that is NaN or infinite on the way into ruin is no skipped step
        numbers = tuple(number for number in numbers if number.kind != "gradient_non_finite")
    if (climb := _ran_into_nan(numbers, course)) is not None:
        numbers = (climb, *numbers)
    validation = tuple(validation_facts(signals, findings))
    # where the loss itself says that all is lost, an accuracy says nothing more
    accuracy = () if any(item.kind in WORSE for item in course) else tuple(accuracy_facts(signals))
    told = (
        *numbers,
        *schedule,
        *joins,
        *course,
        *changed,
        *period_facts(findings),
        *validation,
        *accuracy,
    )
    # of its level nothing can be told; whatever else is loud in a narrow window can
    quiet = all(finding.severity == "info" or finding.kind in OF_LEVEL for finding in findings)
    if quiet and not is_loud(told) and (narrow := narrow_window(signals)) is not None:
        return (*told, narrow)
    return told


def _ran_into_nan(numbers: Sequence[Fact], course: Sequence[Fact]) -> Fact | None:
    """The climb of a loss that had run away long before it became NaN: what is no number there came of it."""
    kinds = {number.kind for number in numbers}
    away = next((item for item in course if item.kind == "ran_away"), None)
    end = next((number for number in numbers if number.kind == "ends_non_finite"), None)
    if away is None or end is None or end.steps is None or "climbed_to_non_finite" in kinds:
        return None
    text = f"{away.text.removesuffix('.')}, and became NaN or infinite at step {end.steps.start}."
    return say.fact("climbed_to_non_finite", text, end.steps.start, end.steps.end, end.series)


RISES = ("drifts_up", "lost_ground", "ran_away", "stalled_high")
TRENDS = ("settled", "stands_still", *RISES)
OF_LEVEL = ("stagnation", "slow_progress")
LEVELS = ("level_stepped", "thrown_back", "started_anew")
STEPS_UP = ("started_anew", "several_trainings", "interleaved", "level_stepped")
WORSE = ("ran_away", "blew_up_and_stuck", "collapsed_to_chance", "lost_ground", "stalled_high")

__all__ = ["establish"]
