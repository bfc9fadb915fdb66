"""A series that could play a role: what its name says, what it does, and how good a choice it would be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from loglens.model.run import Series
from loglens.readers.naming.behaviour import Behaviour, behaviour_of
from loglens.readers.naming.grammar import NameReading

_LONE = 20.0


@dataclass(slots=True, eq=False)
class Candidate:
    """`tier`: how far from the thing itself its name is, 0 the best; `why`: in words; `doubt`: why it may be another
    thing, '' where it is clear."""

    series: Series
    reading: NameReading
    order: int
    tier: float = 0.0
    why: str = ""
    doubt: str = ""
    _behaviour: Behaviour | None = field(default=None, repr=False)

    @property
    def tag(self) -> str:
        return self.series.tag

    @property
    def behaviour(self) -> Behaviour:
        """Worked out when it is first asked for: thousands of tags have a name that settles it."""
        if self._behaviour is None:
            self._behaviour = behaviour_of(self.series)
        return self._behaviour

    @property
    def over_samples(self) -> bool:
        """The same curve over another axis."""
        return self.series.axis in ("samples", "tokens") or self.tag.casefold().endswith((" vs samples", " vs tokens"))


def ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Best first: by tier, then steps before samples as x, the fullest, one that says it is the whole, the order of
    the log. Series with hardly a point beside a full one are last: a test at the end is no curve."""
    if not candidates:
        return []
    fullest = max(len(candidate.series) for candidate in candidates)
    for item in candidates:
        if fullest >= 10 and len(item.series) <= max(1, fullest // 100):
            item.tier += _LONE
            item.why = item.why or f"{len(item.series)} of {fullest} points"
    best = min(candidate.tier for candidate in candidates)
    counted = {
        id(candidate): int(np.count_nonzero(candidate.series.finite))
        if candidate.tier <= best + 1
        else len(candidate.series)
        for candidate in candidates
    }
    most = max(counted.values())

    def key(candidate: Candidate) -> tuple[float, bool, int, bool, bool, bool, int, int]:
        share = counted[id(candidate)] / max(most, 1)
        return (
            candidate.tier,
            candidate.over_samples,
            0 if share >= 0.67 else 1 if share >= 0.2 else 2,
            not candidate.reading.whole,
            candidate.reading.aggregate == "mean",
            not candidate.reading.split,
            -counted[id(candidate)],
            candidate.order,
        )

    return sorted(candidates, key=key)
