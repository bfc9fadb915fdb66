"""Trainers that print a head line with the step and below it one name and value a line: Composer, OLMo."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.text_grammars import NUMBER, Grammar, Lines, Names, Row

COMPOSER_HEAD = re.compile(rb"(?:\[epoch=\d+(?:/\d+)?\])?\[(?:batch|iteration)=(\d+)(?:/\d+)?\]:?\s*$")
COMPOSER_LINE = re.compile(rb"\s+(?:Train |Eval )?(\S[^:]*): (" + NUMBER + rb")\s*$")
OLMO_HEAD = re.compile(rb"\[step=(\d+)(?:/\d+)?(?:,[^\]]*)?\]\s*$")
OLMO_LINE = re.compile(rb"\s+(\S[^=]*?)=(" + NUMBER + rb")\s*$")


def block_rows(lines: Lines, head: re.Pattern[bytes], member: re.Pattern[bytes]) -> Iterator[Row]:
    """A row a block: the head line's step, and the indented lines below up to one that is none."""
    names = Names()
    step, start = -1, 0
    values: list[tuple[str, float]] = []
    for number, line in enumerate(lines, start=1):
        if step >= 0 and line[:1].isspace() and (found := member.match(line)):
            values.append((names[found[1]], float(found[2])))
            continue
        if values:
            yield Row(step, values, start)
        step, values = -1, []
        if line.rstrip().endswith((b"]", b"]:")) and (opening := head.search(line)):
            step, start = int(opening[1]), number
    if values:
        yield Row(step, values, start)


def composer_rows(lines: Lines) -> Iterator[Row]:
    return block_rows(lines, COMPOSER_HEAD, COMPOSER_LINE)


def olmo_rows(lines: Lines) -> Iterator[Row]:
    return block_rows(lines, OLMO_HEAD, OLMO_LINE)


COMPOSER = Grammar(name="composer", title="Composer, llm-foundry console output", read=composer_rows)
OLMO = Grammar(name="olmo", title="OLMo console output", read=olmo_rows)
