"""JSON behind a mark, one event a line: NVIDIA's DLLogger and MLPerf's logging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from loglens.readers.console.grammar import Grammar, Lines, PrintedRow, any_line
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.points import as_number

DLLL, MLLOG_MARK = b"DLLL ", b":::MLLOG "


def _events(lines: Lines, mark: bytes) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if mark not in line:
            continue
        try:
            event = loaded(line[line.index(mark) + len(mark) :])
        except ValueError:
            continue
        if isinstance(event, Mapping):
            yield number, event


# DLLogger: DLLL {"type": "LOG", "step": [0, 120], "data": {"train.loss": 2.3}}. The step is [epoch, iteration], an
# epoch's means stand at [epoch], those of the run at [] and the settings at "PARAMETER"


def dllogger_rows(lines: Lines) -> Iterator[PrintedRow]:
    """By iteration, counted on where it begins again with each epoch; by epoch where there is nothing finer."""
    events = [(number, place, event["data"]) for number, event in _events(lines, DLLL)
              if (place := _place(event.get("step"))) and isinstance(event.get("data"), Mapping)]  # fmt: skip
    fine = any(len(place) > 1 for _, place, _ in events)
    begun, epoch, last, raw = 0, 0, 0, -1
    for number, place, data in events:
        values = [(str(name), value) for name, written in data.items() if (value := as_number(written)) is not None]
        if len(place) > 1:
            if place[0] != epoch and place[1] <= raw:
                begun = last + 1 - place[1]
            epoch, raw = place[0], place[1]
            last = begun + raw
        elif not fine:
            last = place[0]
        if values:
            yield PrintedRow(last, values, number)


def _place(step: object) -> list[int]:
    """The counters in an event's step, none where it is a word."""
    if isinstance(step, int) and not isinstance(step, bool):
        return [step]
    counters = step if isinstance(step, list) else []
    return [counter for counter in counters if isinstance(counter, int)]


DLLOGGER = Grammar(name="dllogger", title="NVIDIA DLLogger", read=dllogger_rows)

# MLPerf: :::MLLOG {"event_type": "POINT_IN_TIME", "key": "eval_accuracy", "value": 0.7, "metadata": {"epoch_num": 4}}

MLLOG_STEPS = ("step_num", "step", "iteration", "samples_count", "epoch_num", "epoch")


def mllog_rows(lines: Lines) -> Iterator[PrintedRow]:
    for number, event in _events(lines, MLLOG_MARK):
        metadata = event.get("metadata")
        if not isinstance(metadata, Mapping):
            continue
        name = next((step for step in MLLOG_STEPS if isinstance(metadata.get(step), int | float)), None)
        value = as_number(event.get("value"))
        if name is not None and value is not None:
            axis = "epoch" if name.startswith("epoch") else "samples" if name.startswith("samples") else "step"
            yield PrintedRow(int(metadata[name]), [(str(event.get("key")), value)], number, axis)


MLLOG = Grammar(name="mllog", title="MLPerf logging", read=mllog_rows, settles=any_line)
