"""Trainers that print a block a step, one name and value a line: Composer, OLMo, OpenAI baselines and its heirs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, Names, PrintedRow

COMPOSER_HEAD = re.compile(rb"(?:\[epoch=\d+(?:/\d+)?\])?\[(?:batch|iteration)=(\d+)(?:/\d+)?\]:?\s*$")
COMPOSER_LINE = re.compile(rb"\A\s++(?:Train |Eval )?(\S[^:]*+): (" + NUMBER + rb")\s*$")
OLMO_HEAD = re.compile(rb"\[step=(\d+)(?:/\d+)?(?:,[^\[\]]*)?\]\s*$")
OLMO_LINE = re.compile(rb"\A\s++([^\s=][^=]*+)=(" + NUMBER + rb")\s*$")


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


def composer_rows(lines: Lines) -> Iterator[PrintedRow]:
    return block_rows(lines, COMPOSER_HEAD, COMPOSER_LINE)


def olmo_rows(lines: Lines) -> Iterator[PrintedRow]:
    return block_rows(lines, OLMO_HEAD, OLMO_LINE)


COMPOSER = Grammar(name="composer", title="Composer, llm-foundry console output", read=composer_rows)
OLMO = Grammar(name="olmo", title="OLMo console output", read=olmo_rows)

# Stable-Baselines3 and OpenAI baselines print a table between two rules; "| train/ | |" opens a group whose
# members are indented below it. Long names and values are cut with "..." and then say nothing exact

RULE = re.compile(rb"\s*-{8,}\s*$")
CELLS = re.compile(rb"\|( *+)([^\s|][^|]*+)\|([^|]*+)\|\s*$")
LAST_STEP = 2**53
CLOCKS = ("time/total_timesteps", "total_timesteps", "misc/total_timesteps", "total_timestep", "TimestepsSoFar",
          "step", "misc/step", "samples")  # fmt: skip
PLAIN = re.compile(NUMBER + rb"$")


def baselines_rows(lines: Lines) -> Iterator[PrintedRow]:
    """A row a table that tells the environment's steps."""
    group, start = "", 0
    values: dict[str, float] = {}
    for number, line in enumerate(lines, start=1):
        if RULE.match(line):
            step = next((values.pop(name) for name in CLOCKS if name in values), None)
            if step is not None and abs(step) < LAST_STEP:
                yield PrintedRow(int(step), list(values.items()), start)
            values, group, start = {}, "", number
        elif cells := CELLS.match(line):
            name, value = cells[2].rstrip().decode("utf-8", errors="replace"), cells[3].strip()
            if not value and name.endswith("/"):
                group = name
            elif PLAIN.match(value) and "..." not in name:
                values[(group if len(cells[1]) > 1 else "") + name] = float(value)


BASELINES = Grammar(name="baselines", title="Stable-Baselines3, OpenAI baselines console tables", read=baselines_rows)
