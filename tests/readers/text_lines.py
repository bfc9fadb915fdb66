"""Reads lines with a grammar, for tests."""

from __future__ import annotations

from loglens.readers.console.grammar import grammar_of

Points = dict[str, list[tuple[int, float]]]


def read(text: str, grammar: str) -> Points:
    """The points of each name as (step, value); fails where the lines are taken for another grammar's."""
    lines = text.encode().splitlines()
    found = grammar_of(lines)
    assert found is not None, "no grammar knows these lines"
    assert found.name == grammar, f"taken for {found.name}"
    points: Points = {}
    for row in found.read(lines):
        for tag, value in row.values:
            points.setdefault(tag, []).append((row.step, value))
    return points


def grammar_name(text: str) -> str | None:
    """The grammar for which lines are taken, None where no grammar knows them."""
    found = grammar_of(text.encode().splitlines())
    return None if found is None else found.name
