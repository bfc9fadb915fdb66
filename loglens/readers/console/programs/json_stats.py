"""Torch's `json_stats` lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np

from loglens.model.run import Setting
from loglens.readers.console.grammar import MEASURED, Grammar, Lines, PrintedRow, Settled
from loglens.readers.contract.base import Column
from loglens.readers.contract.json_text import loaded
from loglens.readers.contract.points import as_number, as_step

# Torch prints 'json_stats: {"epoch":1,"loss":1.39,"lr":0.1,...}', the options repeated in every line

STATS = re.compile(rb"json_stats:\s*+(?=\{)")


def json_stats_rows(lines: Lines) -> Iterator[PrintedRow]:
    count = 0
    for number, line in enumerate(lines, start=1):
        if b"json_stats" not in line or not (found := STATS.search(line)):
            continue
        try:
            stats = loaded(line[found.end() : line.rfind(b"}") + 1])
        except ValueError:
            continue
        if not isinstance(stats, Mapping):
            continue
        count += 1
        epoch = as_step(stats.get("epoch"))
        values = [(str(key), as_number(value)) for key, value in stats.items() if key != "epoch"]
        step = count if epoch is None else epoch
        yield PrintedRow(step, [(key, value) for key, value in values if value is not None], number, "epoch")


def options_apart(columns: tuple[Column, ...]) -> Settled:
    """A number that never changes and measures nothing is an option of the run."""
    curves, config = [], dict[str, Setting]()
    for column in columns:
        constant = len(column.values) > 1 and bool(np.all(column.values == column.values[0]))
        if constant and not MEASURED.search(column.tag) and column.tag not in ("lr", "learning_rate"):
            value = float(column.values[0])
            config[column.tag] = int(value) if value.is_integer() else value
        else:
            curves.append(column)
    return Settled(columns=tuple(curves), config=config)


JSON_STATS = Grammar(name="json-stats", title="Torch json_stats lines", read=json_stats_rows, settle=options_apart)
