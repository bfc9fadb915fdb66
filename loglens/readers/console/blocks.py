"""A block a step: a head line with the counter, and one name and value a line below it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import Lines, Names, PrintedRow


def block_rows(lines: Lines, head: re.Pattern[bytes], member: re.Pattern[bytes]) -> Iterator[PrintedRow]:
    """A row a block: the head line's step, and the indented lines below up to one that is none."""
    names = Names()
    step, start = -1, 0
    values: list[tuple[str, float]] = []
    for number, line in enumerate(lines, start=1):
        if step >= 0 and line[:1].isspace() and (found := member.match(line)):
            values.append((names[found[1]], float(found[2])))
            continue
        if values:
            yield PrintedRow(step, values, start)
        step, values = -1, []
        if line.rstrip().endswith((b"]", b"]:")) and (opening := head.search(line)):
            step, start = int(opening[1]), number
    if values:
        yield PrintedRow(step, values, start)
