"""Findings as evidence: each kind of finding is one more sign, with points of its own among the weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from loglens.model.finding import Finding, FindingKind

FOUND = "found:"
"""What the name of a finding begins with among the evidence."""
WORDS: Mapping[FindingKind, str] = {
    "loss_spike": "the loss spikes",
    "oscillation": "the loss oscillates",
    "stagnation": "the loss stagnates",
    "divergence": "the loss diverges",
    "non_finite": "the loss or the gradient norm becomes NaN or infinite",
    "slow_progress": "the loss falls far too slowly",
    "overfitting": "the validation loss rises while the train loss falls",
    "lr_jump": "the learning rate jumps",
    "resume": "the run was resumed",
    "gradient_explosion": "the gradient norm explodes",
    "gradient_vanishing": "the gradient norm vanishes",
    "periodic_pattern": "the loss repeats itself in a rhythm",
    "logging": "the log itself is odd",
}
RESTATED = frozenset({f"{FOUND}lr_jump", f"{FOUND}resume", f"{FOUND}logging"})
"""Kinds that the evidence states as plainly, and with its size, or that name no fault: they weigh in, but are no reason
of their own."""
NOTE, OF_WEIGHT = 1.0, 2.0
"""The value of a kind whose findings are all `info`, and of one with a warning or worse; what is not there has none."""


def found(findings: Iterable[Finding]) -> dict[str, float]:
    """How much each kind of finding weighs, by name."""
    out: dict[str, float] = {}
    for one in findings:
        name = f"{FOUND}{one.kind}"
        out[name] = max(out.get(name, NOTE), NOTE if one.severity == "info" else OF_WEIGHT)
    return out


def words(name: str, value: float) -> str:
    """What a user is told of the kind of that name."""
    said = WORDS[cast("FindingKind", name.removeprefix(FOUND))]
    return said if value >= OF_WEIGHT else f"{said}, which is only noted"
