"""Findings as evidence: each kind of finding is one more sign, with points of its own among the weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from loglens.model.finding import Finding
from loglens.model.kinds import KINDS, FindingKind

FOUND = "found:"
"""What the name of a finding begins with among the evidence."""
RESTATED = frozenset(f"{FOUND}{kind}" for kind, info in KINDS.items() if info.restated)
"""Kinds that weigh in, but are no reason of their own."""
NOTE, OF_WEIGHT = 1.0, 2.0
"""The value of a kind whose findings are all `info`, and of one with a warning or worse; what is not there has none."""


def found(findings: Iterable[Finding]) -> dict[str, float]:
    """How much each kind of finding weighs, by name."""
    out: dict[str, float] = {}
    for finding in findings:
        name = f"{FOUND}{finding.kind}"
        out[name] = max(out.get(name, NOTE), NOTE if finding.severity == "info" else OF_WEIGHT)
    return out


def words(name: str, value: float) -> str:
    """What a user is told of the kind of that name."""
    said = KINDS[cast("FindingKind", name.removeprefix(FOUND))].said
    return said if value >= OF_WEIGHT else f"{said}, which is only noted"
