"""OLMo: a block a step, `name=value`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow
from loglens.readers.console.programs.blocks import block_rows, is_head

OLMO_HEAD = re.compile(rb"\[step=(\d+)(?:/\d+)?(?:,[^\[\]]*)?\]\s*$")
OLMO_LINE = re.compile(rb"\A\s++([^\s=][^=]*+)=(" + NUMBER + rb")\s*$")


def olmo_rows(lines: Lines) -> Iterator[PrintedRow]:
    return block_rows(lines, OLMO_HEAD, OLMO_LINE)


OLMO = Grammar(name="olmo", title="OLMo console output", read=olmo_rows,
               settles=lambda line: is_head(line, OLMO_HEAD))  # fmt: skip
