"""What is established of a run before anything is weighed: typed facts, in the order in which an expert would name them.

One file a kind: numbers, course, schedule, joins, validation. A fact is either there or not; it has no probability. Which
causes it admits, rules out and speaks for stands in `loglens.advice.admissible` and `loglens.advice.claims`.
"""

from __future__ import annotations

from collections.abc import Sequence

from loglens.advice.facts.course import course_facts
from loglens.advice.facts.joins import join_facts
from loglens.advice.facts.numbers import number_facts
from loglens.advice.facts.schedule import schedule_facts
from loglens.advice.facts.shape import shape_of
from loglens.advice.facts.validation import validation_facts
from loglens.model.fact import Fact
from loglens.model.finding import Finding
from loglens.signals.core import Signals


def establish(signals: Signals, findings: Sequence[Finding]) -> tuple[Fact, ...]:
    """The facts of a run. `findings`: what the detectors saw, for what they measure better (a resume's discontinuity)."""
    shape = shape_of(signals)
    return (
        *number_facts(signals),
        *schedule_facts(signals),
        *join_facts(signals, shape, findings),
        *course_facts(signals, shape),
        *validation_facts(signals),
    )


__all__ = ["establish"]
