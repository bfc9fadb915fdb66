"""llm.c: `s:100 trl:5.1 lr:0.0003 norm:1.2`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow, any_line

# llm.c's main.log: "s:100 trl:5.1 lr:0.0003 norm:1.2", "s:100 tel:5.2", "s:100 eval:0.25"

LLM_C_LINE = re.compile(rb"s:(\d+) (?=[a-z]+:)")
LLM_C_PAIR = re.compile(rb"(?<![a-z_])([a-z_]++):(" + NUMBER + rb")(?!\S)")


def llm_c_rows(lines: Lines) -> Iterator[PrintedRow]:
    names = Names()
    for number, line in enumerate(lines, start=1):
        if line[:2] == b"s:" and (head := LLM_C_LINE.match(line)):
            pairs = LLM_C_PAIR.findall(line, head.end())
            yield PrintedRow(int(head[1]), [(names[name], float(value)) for name, value in pairs], number)


LLM_C = Grammar(name="llm.c", title="llm.c main.log", read=llm_c_rows, settles=any_line)
