"""What would change the verdict: the observation that would speak against a finding or a cause."""

from __future__ import annotations

import math

from loglens.model.causes import CAUSES, CauseName
from loglens.model.diagnosis import Cause
from loglens.model.kinds import KINDS, FindingKind
from loglens.render import numbers, words


def against_finding(kind: FindingKind) -> str:
    return KINDS[kind].doubt


def against_cause(cause: CauseName) -> str:
    return CAUSES[cause].doubt


def without_strongest(cause: Cause) -> str:
    """What the probability would be without its strongest evidence, from the sum of log-odds; '' where none speaks
    for the cause."""
    strongest = max(
        (weight for weight in cause.weights if weight.points > 0), key=lambda weight: weight.points, default=None
    )
    if strongest is None or not 0 < cause.probability < 1:
        return ""
    odds = cause.probability / (1 - cause.probability) * math.exp(-min(strongest.points, 50.0))
    left = numbers.percent(odds / (1 + odds))
    return f"Without “{words.plain(strongest.name).lower()}”, the strongest evidence, it would stand at about {left}."
