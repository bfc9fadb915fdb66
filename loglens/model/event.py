"""What a log says in words, as events of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EventKind = Literal[
    "overflow",
    "nan_stop",
    "diverged",
    "out_of_memory",
    "killed",
    "resumed",
    "checkpoint_loaded",
    "started",
    "scheduler_changed",
    "lr_changed",
    "stage_changed",
]
"""What a line of words tells: a skipped step of mixed precision, a stop at NaN, a signal, a restart, ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What a log says in words at a place: a gradient overflow, out of memory, a checkpoint loaded, a rate cut.

    `step`: the last step that was logged before it, None where none was; `time`: seconds since 1970, None where the
    line tells none. `text`: the line, printable and at most 200 characters; `line`: its number from 1, None where the
    log has no lines.
    """

    kind: EventKind
    step: int | None
    time: float | None
    text: str
    line: int | None
