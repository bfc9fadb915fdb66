"""What a run's log says in words, prepared: marks on the time axis with their words, and the list below the charts."""

from __future__ import annotations

from dataclasses import dataclass

from loglens.model.diagnosis import RunDiagnosis
from loglens.render import numbers, words
from loglens.render.page.views.text import shown

MARKS_SHOWN = 40
LISTED = 60


@dataclass(frozen=True, slots=True)
class EventMark:
    """Lines of one kind that follow one another: at which step the first of them, and what to write beside the mark."""

    step: int
    label: str


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A row of the list. `where`: the step and the line, '' where neither is known."""

    title: str
    text: str
    where: str


def said_marks(run: RunDiagnosis) -> tuple[EventMark, ...]:
    """A mark for each kind of line where it begins to be printed; those in a row that say the same are one."""
    groups: list[tuple[str, int, int]] = []
    for event in run.events:
        step = run.first_step if event.step is None else event.step
        if groups and groups[-1][0] == event.kind:
            kind, first, count = groups[-1]
            groups[-1] = (kind, first, count + 1)
        else:
            groups.append((event.kind, step, 1))
    return tuple(
        EventMark(step, words.said_title(kind) + (f" ×{count}" if count > 1 else ""))
        for kind, step, count in groups[:MARKS_SHOWN]
    )


def said_lines(run: RunDiagnosis) -> tuple[SaidLine, ...]:
    rows = []
    for event in run.events[:LISTED]:
        places = [] if event.step is None else [f"at step {numbers.count(event.step)}"]
        places += [] if event.line is None else [f"line {numbers.count(event.line)}"]
        rows.append(SaidLine(words.said_title(event.kind), shown(event.text, 200), ", ".join(places)))
    return tuple(rows)
