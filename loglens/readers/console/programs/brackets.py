"""Networks that train against each other, the parts of each one's loss in a bracket of its own.

[Epoch 9/11] [Batch 1/3880] [G - gan1: 1.198, rec: 0.552] [D - real: 0.628, fake1: 0.316]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from loglens.model.run import Note
from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, Settled
from loglens.readers.contract.base import Column

COUNTERS = re.compile(
    rb"\[\s?Epoch:?\s{0,4}(\d+)(?:/\d+)?\s?\]\s{0,4}\[\s?(?:Batch|Iter|Step)[A-Za-z]*+:?"
    rb"\s{0,4}(\d+)/(\d+)\s?\]",
    re.IGNORECASE,
)
GROUP = re.compile(
    rb"\[\s?([A-Za-z]\w{0,20})\s{0,2}[-|:]\s{0,2}((?:[A-Za-z][\w./]{0,40}\s?[:=]\s?" + NUMBER + rb"[,;]?\s?){1,24})\]"
)
PAIR = re.compile(rb"([A-Za-z][\w./]{0,60}+)\s?[:=]\s?(" + NUMBER + rb")")


def group_rows(lines: Lines) -> Iterator[PrintedRow]:
    """The step is the batch since the first epoch; a part is called by its network and its name."""
    names, first = Names(), -1
    for number, line in enumerate(lines, start=1):
        if b"[" not in line or not (head := COUNTERS.search(line)):
            continue
        values = [(f"{names[group]} {names[name]}", float(value)) for group, inner in GROUP.findall(line, head.end())
                  for name, value in PAIR.findall(inner)]  # fmt: skip
        first = int(head[1]) if first < 0 else first
        if values:
            yield PrintedRow((int(head[1]) - min(first, 1)) * int(head[3]) + int(head[2]), values, number)


def with_totals(columns: tuple[Column, ...]) -> Settled:
    """The sum of each network's parts where no whole of it is printed: what it minimises."""
    networks: dict[str, list[Column]] = {}
    for column in columns:
        networks.setdefault(column.tag.partition(" ")[0], []).append(column)
    totals, notes = [], []
    for network, parts in networks.items():
        tag = f"{network} loss"
        same = all(np.array_equal(part.steps, parts[0].steps) for part in parts)
        if len(parts) < 2 or not same or any("loss" in part.tag or "total" in part.tag for part in parts):
            continue
        totals.append(replace(parts[0], tag=tag, values=np.sum([part.values for part in parts], axis=0)))
        told = f"{tag!r} is the sum of {', '.join(repr(part.tag) for part in parts)}"
        notes.append(Note(kind="info", message=told, series=tag))
    return Settled(columns=(*columns, *totals), notes=tuple(notes))


GROUPS = Grammar(name="bracket-groups", title="networks with their losses in brackets", read=group_rows,
                 settle=with_totals, decisive=True)  # fmt: skip
