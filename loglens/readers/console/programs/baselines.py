"""OpenAI baselines, Stable-Baselines3 and Spinning Up: a table of names and values between two rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from loglens.readers.console.grammar import NUMBER, Grammar, Lines, PrintedRow

# Stable-Baselines3 and OpenAI baselines print a table between two rules; "| train/ | |" opens a group whose
# members are indented below it. Long names and values are cut with "..." and then say nothing exact

RULE = re.compile(rb"\s*-{8,}\s*$")
CELLS = re.compile(rb"\|( *+)([^\s|][^|]*+)\|([^|]*+)\|\s*$")
LAST_STEP = 2**53
CLOCKS = ("time/total_timesteps", "total_timesteps", "misc/total_timesteps", "total_timestep", "TimestepsSoFar",
          "step", "misc/step", "samples", "TotalEnvInteracts")  # fmt: skip
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


BASELINES = Grammar(
    name="baselines",
    title="Stable-Baselines3, OpenAI baselines, Spinning Up console tables",
    read=baselines_rows,
    settles=lambda line: RULE.match(line) is not None,
)
