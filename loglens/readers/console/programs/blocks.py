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
        if opening := _opening(line, head):
            step, start = int(opening[1]), number
    if values:
        yield PrintedRow(step, values, start)


def _opening(line: bytes, head: re.Pattern[bytes]) -> re.Match[bytes] | None:
    return head.search(line) if line.rstrip().endswith((b"]", b"]:")) else None


def is_head(line: bytes, head: re.Pattern[bytes]) -> bool:
    """Whether a block begins with this line, and none that it could be a member of goes on."""
    return not line[:1].isspace() and _opening(line, head) is not None
