"""Facts as the contract's JSON, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from loglens.model.fact import Fact, FactKind
from loglens.model.run import StepSpan

Json = dict[str, Any]


def facts_document(facts: Iterable[Fact]) -> list[Json]:
    out: list[Json] = []
    for fact in facts:
        entry: Json = {"kind": fact.kind, "text": fact.text}
        if fact.steps is not None:
            entry["steps"] = {"start": fact.steps.start, "end": fact.steps.end}
        if fact.series is not None:
            entry["series"] = fact.series
        out.append(entry)
    return out


def facts_back(entries: Iterable[Json]) -> tuple[Fact, ...]:
    """The facts of a document. Raises TypeError or ValueError on what is none; kinds of a later version are kept."""
    return tuple(_fact(entry) for entry in entries)


def _fact(entry: Json) -> Fact:
    kind, text, series = entry["kind"], entry["text"], entry.get("series")
    if not isinstance(kind, str) or not isinstance(text, str) or not isinstance(series, str | None):
        raise TypeError(f"a fact needs `kind` and `text`, not {entry!r:.60}")
    steps = entry.get("steps")
    span = None if steps is None else StepSpan(start=int(steps["start"]), end=int(steps["end"]))
    return Fact(kind=cast(FactKind, kind), text=text, steps=span, series=series)
