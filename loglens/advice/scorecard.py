"""An additive model that can be read: every piece of evidence has a curve of points for each outcome.

score(outcome) = bias + sum over evidence of curve(value), the curve piecewise linear between a few knots; evidence a
log cannot give adds its own `missing` points instead. Nothing interacts, so each sum can be shown term by term
(a generalised additive model, Hastie & Tibshirani 1990). Fitted by `python -m tests.lab.fit`, stored as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """The curves of one piece of evidence. `knots` (k,) rise; `points` (k, outcomes); `missing` (outcomes,)."""

    name: str
    knots: FloatArray
    points: FloatArray
    missing: FloatArray

    def score(self, value: float | None) -> FloatArray:
        """(outcomes,) what this evidence adds; beyond the outer knots as much as at them."""
        if value is None:
            return self.missing
        # a run asks this some hundred times: `hat` of a single value, without the arrays around it
        knots = self.knots
        inside = min(max(value, float(knots[0])), float(knots[-1]))
        right = min(max(int(knots.searchsorted(inside)), 1), len(knots) - 1)
        left = float(knots[right - 1])
        width = float(knots[right]) - left
        share = (inside - left) / width if width > 0 else 0.0
        return np.asarray((1.0 - share) * self.points[right - 1] + share * self.points[right])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scorecard:
    """`outcomes`: what the columns mean; `bias` (outcomes,)."""

    outcomes: tuple[str, ...]
    bias: FloatArray
    terms: tuple[Term, ...]

    def contributions(self, evidence: Mapping[str, float | None]) -> FloatArray:
        """(terms, outcomes): the points each piece of evidence adds."""
        return np.stack([term.score(evidence.get(term.name)) for term in self.terms])

    def scores(self, evidence: Mapping[str, float | None]) -> FloatArray:
        """(outcomes,): bias and all contributions."""
        return np.asarray(self.bias + self.contributions(evidence).sum(axis=0))


def hat(values: FloatArray, knots: FloatArray) -> FloatArray:
    """(n,) values -> (n, k) weights of the two knots each lies between; they sum to 1."""
    inside = np.clip(values, knots[0], knots[-1])
    right = np.clip(np.searchsorted(knots, inside, side="left"), 1, len(knots) - 1)
    width = knots[right] - knots[right - 1]
    share = np.where(width > 0, (inside - knots[right - 1]) / np.where(width > 0, width, 1.0), 0.0)
    out = np.zeros((len(values), len(knots)))
    rows = np.arange(len(values))
    out[rows, right - 1] = 1.0 - share
    out[rows, right] = share
    return out


def from_document(document: Mapping[str, object]) -> Scorecard:
    """A scorecard from its JSON form: {"outcomes", "bias", "terms": {name: {"knots", "points", "missing"}}}."""
    terms = document["terms"]
    outcomes = document["outcomes"]
    if not isinstance(terms, Mapping) or not isinstance(outcomes, Sequence):
        raise TypeError("a scorecard needs `outcomes` and `terms`")
    return Scorecard(
        outcomes=tuple(str(name) for name in outcomes),
        bias=np.array(document["bias"], dtype=np.float64),
        terms=tuple(
            Term(
                name=str(name),
                knots=np.array(term["knots"], dtype=np.float64),
                points=np.array(term["points"], dtype=np.float64),
                missing=np.array(term["missing"], dtype=np.float64),
            )
            for name, term in terms.items()
        ),
    )


def to_document(card: Scorecard) -> dict[str, object]:
    """The JSON form, rounded to what matters: a thousandth of a point."""
    return {
        "outcomes": list(card.outcomes),
        "bias": _rounded(card.bias),
        "terms": {
            term.name: {
                "knots": [float(f"{knot:.4g}") for knot in term.knots],
                "points": [_rounded(row) for row in term.points],
                "missing": _rounded(term.missing),
            }
            for term in card.terms
        },
    }


def _rounded(values: FloatArray) -> list[float]:
    return [round(float(value), 3) + 0.0 for value in values]
