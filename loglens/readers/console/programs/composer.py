"""Composer and llm-foundry: a block a batch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow
from loglens.readers.console.programs.blocks import block_rows, is_head

COMPOSER_HEAD = re.compile(rb"(?:\[epoch=\d+(?:/\d+)?\])?\[(?:batch|iteration)=(\d+)(?:/\d+)?\]:?\s*$")
COMPOSER_LINE = re.compile(rb"\A\s++(?:Train |Eval )?(\S[^:]*+): (" + NUMBER + rb")\s*$")


def composer_rows(lines: Lines) -> Iterator[PrintedRow]:
    return block_rows(lines, COMPOSER_HEAD, COMPOSER_LINE)


COMPOSER = Grammar(name="composer", title="Composer, llm-foundry console output", read=composer_rows,
                   settles=lambda line: is_head(line, COMPOSER_HEAD))  # fmt: skip
