"""The learning rate told in words: "reducing learning rate of group 0 to 1.0000e-04" holds from there on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from loglens.model.run import Event, Note
from loglens.readers.console.events import rate_of
from loglens.readers.console.grammar import Printed
from loglens.readers.contract.base import Column, Log
from loglens.readers.naming.metric_names import name_role

TAG = "learning_rate"
FROM = re.compile(rb"\bfrom\s++([-+]?(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?+)\s++to\b", re.IGNORECASE)


def with_said_rates(log: Log, events: Sequence[Event], printed: Printed) -> Log:
    """The log with a series of the rate where it is told in words alone: from each such line on, at every row."""
    changes = [
        (event.line, rate, event.text)
        for event in events
        if event.kind == "lr_changed" and event.line is not None and (rate := rate_of(event.text.encode())) is not None
    ]
    if not changes or not len(printed.lines):
        return log
    if any(name_role(column.tag).role == "learning_rate" and len(column.steps) > 1 for column in log.columns):
        return log
    at = np.searchsorted(np.array([line for line, _, _ in changes]), printed.lines, side="left") - 1
    rates = np.array([rate for _, rate, _ in changes])
    values = np.where(at >= 0, rates[np.maximum(at, 0)], np.nan)
    if before := FROM.search(changes[0][2].encode()):
        values[at < 0] = float(before[1])
    known = np.isfinite(values)
    steps = printed.steps[known]
    axis = max(
        (column.axis for column in log.columns), key=[column.axis for column in log.columns].count, default="step"
    )
    column = Column(tag=TAG, steps=steps, values=values[known], axis=axis)
    told = f"the learning rate is told in words {len(changes)} times: the series {TAG!r} is made of that"
    note = Note(kind="guess", message=told, path=str(log.file), series=TAG, count=len(changes))
    return replace(log, columns=(*log.columns, column), notes=(*log.notes, note)) if len(steps) else log
