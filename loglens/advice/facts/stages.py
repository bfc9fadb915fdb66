"""Facts about stages: where the log says that another stage, length or size begins, a loss that steps up just there
says nothing of the weights."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.joins import Rise, rises
from loglens.advice.facts.shape import LossShape
from loglens.model.fact import Fact
from loglens.model.run import Series
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median

STAGE = re.compile(
    r"(?:^|[_ ./-])(?:stage|phase|lesson|curriculum\w*|difficulty"
    r"|(?:max_?)?(?:seq(?:uence)?|context|ctx|clip|input|crop|sentence|text)?_?(?:len|length)"
    r"|(?:resolution|(?:img|image|crop|patch|block)_?size))(?:[_ ./-](?:idx|index|id|no))?$",
    re.IGNORECASE,
)
"""What trainers call the stage of a training, and what changes from one to the next."""
NO_STAGE = re.compile(
    r"batch|prompt|episode|epoch|output|generat|response|completion|answer|pred|mean|avg|reward", re.IGNORECASE
)
MOST_STAGES = 12
HELD = 2
"""Points for which a stage is logged at least, on average."""
MOSTLY = 0.5
"""Share of the run that the places where stages change may take up: beyond it the log does not tell where."""
AWAY = 2.0
"""Times its level by which a loss that steps up so far is lost, whatever was changed there."""
STILL = 5
"""Points at the end that show whether the loss went on to rise."""
GROWS = 1.2
"""Times by which a size or a number changes from one stage to the next at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageChange:
    """Where another stage begins: after one step and up to another; `text`: how the log says so."""

    after: int
    until: int
    text: str


def stage_facts(signals: Signals, shape: LossShape) -> tuple[Fact, ...]:
    """One fact of all steps up of the loss that stand where a stage begins; its `steps` are the first one's."""
    found = list(_at_changes(signals, shape))
    if not found:
        return ()
    up, change = found[0]
    step = int(shape.steps[up.at])
    more = "" if len(found) == 1 else f", and so at {len(found) - 1} more of its changes"
    text = (
        f"At step {step} the loss goes from {say.loss(up.before)} to {say.loss(up.after)}, just where {change.text}"
        f"{more}: another task has another level, the weights are no worse."
    )
    return (say.fact("objective_changed", text, step, None, signals.loss.tag, count=len(found)),)


def of_stages(signals: Signals, shape: LossShape) -> frozenset[int]:
    """The steps at which the loss steps up where a stage begins."""
    return frozenset(int(shape.steps[up.at]) for up, _ in _at_changes(signals, shape))


def _at_changes(signals: Signals, shape: LossShape) -> Iterator[tuple[Rise, StageChange]]:
    changes = _changes(signals) if len(shape) and signals.is_objective else []
    for up in rises(shape) if changes else []:
        step = int(shape.steps[up.at])
        told = next((change for change in changes if change.after <= step <= change.until), None)
        if told is not None and _bears(shape, up):
            yield up, told


def _bears(shape: LossShape, up: Rise) -> bool:
    """Whether a loss that steps up is still that of weights that know something: it stands neither far above its level
    nor above where it began, and goes no higher."""
    far = up.before > 0 and up.after > AWAY * up.before
    return (
        not far
        and up.after <= max(shape.first, up.before)
        and median(shape.loss[-STILL:]) <= max(up.after + 3 * shape.noise, shape.first)
    )


def _changes(signals: Signals) -> list[StageChange]:
    """Where the log says that a stage begins: in words, or by a series that holds its number or its size."""
    near = 2 * max(1, signals.loss.interval)
    said = [
        StageChange(after=event.step, until=event.step + near, text=f"the log says {say.quoted(event.text)}")
        for event in signals.run.events
        if event.kind == "stage_changed" and event.step is not None
    ]
    for series in signals.run.series:
        if STAGE.search(series.tag) and not NO_STAGE.search(series.tag):
            said += _logged(series, near)
    spans = sum(change.until - change.after for change in said)
    return said if spans <= MOSTLY * max(1, signals.span.steps) else []


def _logged(series: Series, near: int) -> list[StageChange]:
    """The changes of a series that holds few values, each for a while and in one stretch."""
    steps, values = series.steps[series.finite], series.values[series.finite]
    at = np.flatnonzero(np.diff(values) != 0) + 1
    stages = len(at) + 1
    grown = all(max(values[k - 1], values[k]) >= GROWS * min(values[k - 1], values[k]) for k in at.tolist())
    if not grown or not 2 <= stages <= MOST_STAGES or len(values) < HELD * stages or len(np.unique(values)) != stages:
        return []
    return [
        StageChange(
            after=int(steps[place - 1]),
            until=int(steps[place]) + near,
            text=f"“{series.tag}” goes from {values[place - 1]:g} to {values[place]:g}",
        )
        for place in at.tolist()
    ]
