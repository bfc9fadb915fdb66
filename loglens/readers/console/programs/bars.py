"""Tables with bars between their cells: MATLAB, Markdown, PrettyTable, and scripts that draw their own.

    |  Epoch  |  Iteration  |  Mini-batch  |        | step | train loss |        Epoch | Loss  | Val loss
    |         |             |     Loss     |        |---:|---|                   ------+-------+---------
    |       1 |          50 |       2.1695 |        | 10 | 2.31 |                   1 |  0.51 |     0.63

A name may stand on two lines; a cell may be empty, end in % or hold a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from loglens.readers.console.grammar import MEASURED, NUMBER, Grammar, Lines, PrintedRow
from loglens.readers.naming.metric_names import axis_role
from loglens.readers.tables.table import unique_names

VALUE = re.compile(NUMBER.decode() + r"(?=\s?%?\Z)")
COUNT = re.compile(r"(\d+)(?:\.0+)?(?:\s?/\s?\d+)?\Z")
NAME = re.compile(r"[^\W\d]|#")
RULE = frozenset(b"|+-=: \t")
LONGEST = 2048
HEADING = 3
"""Lines that a heading may have."""
FINE_FIRST = ("step", "epoch", "samples_or_tokens")
NAMED = {"#": "step", "iteration": "step", "iter": "step", "batch": "step", "round": "step", "episode": "step"}


def bar_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row for each line of numbers below a heading that names a counter and a measure."""
    heading: list[list[str]] = []
    names: list[str] = []
    clock, axis = -1, "step"
    for number, line in enumerate(lines, start=1):
        cells = _cells(line)
        if cells is None:
            heading = heading if _is_rule(line) else []
            continue
        if not _holds_numbers(cells):
            heading = [*heading, cells][-HEADING:] if all(len(item) == len(cells) for item in heading) else [cells]
            continue
        if heading:
            found = _named(heading)
            heading = []
            if found:
                names, clock, axis = found
        if len(cells) == len(names) - 1 and line.rstrip().endswith(b"|"):
            cells = [*cells, ""]  # the bar before an empty last cell, not one at the end of the line
        if len(cells) == len(names) and (count := COUNT.match(cells[clock])):
            values = [(name, float(value[0])) for at, (name, cell) in enumerate(zip(names, cells, strict=True))
                      if at != clock and (value := VALUE.match(cell))]  # fmt: skip
            if values:
                yield PrintedRow(int(count[1]), values, number, axis)


def _cells(line: bytes) -> list[str] | None:
    """The cells of a line, None where it has no bars or is a rule."""
    if (b"|" not in line and b"\xe2\x94\x82" not in line) or len(line) > LONGEST or _is_rule(line):
        return None
    text = line.decode("utf-8", errors="replace").replace("\u2502", "|").strip()
    text = text.removeprefix("|").removesuffix("|")
    return [" ".join(cell.split()).strip("*` ") for cell in text.split("|")]


def _is_rule(line: bytes) -> bool:
    line = line.strip()
    return len(line) > 4 and (RULE.issuperset(line) or line[:3] in (b"\xe2\x94\x8c", b"\xe2\x94\x9c", b"\xe2\x94\x94"))


def _holds_numbers(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell]
    numbers = sum(cell[0].isdigit() or VALUE.match(cell) is not None for cell in filled)
    return len(filled) > 1 and 2 * numbers >= len(filled)


def _named(heading: Sequence[Sequence[str]]) -> tuple[list[str], int, str] | None:
    """The names of the columns, which is the counter, and what it counts; None where it is no log's heading."""
    names = [" ".join(filter(None, column)) for column in zip(*heading, strict=True)]
    if not 2 <= len(names) <= 64 or not any(MEASURED.search(name) for name in names):
        return None
    if sum(NAME.search(name) is not None for name in names) < len(names) - 1:
        return None
    roles = [axis_role(NAMED.get(name.casefold(), name)) for name in names]
    for role in FINE_FIRST:
        if role in roles:
            return list(unique_names(names)), roles.index(role), "epoch" if role == "epoch" else "step"
    return None


BARS = Grammar(name="bar-table", title="a table with bars between its cells", read=bar_rows, evidence=3, decisive=True,
               alike=5)  # fmt: skip
