"""An additive model that can be read: every piece of evidence has a curve of points for each outcome.

score(outcome) = bias + sum over evidence of curve(value), the curve piecewise linear between a few knots; evidence a
log cannot give adds its own `missing` points instead. Nothing interacts, so each sum can be shown term by term
(a generalised additive model, Hastie & Tibshirani 1990). Fitted by `python -m tests.lab.fit`, stored as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loglens.model.run import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """The curves of one piece of evidence. `knots` (k,) rise; `points` (k, outcomes); `missing` (outcomes,)."""

    name: str
    knots: FloatArray
    points: FloatArray
    missing: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Scorecard:
    """`outcomes`: what the columns mean; `bias` (outcomes,)."""

    outcomes: tuple[str, ...]
    bias: FloatArray
    terms: tuple[Term, ...]

    @cached_property
    def _grid(self) -> _Grid:
        return _grid_of(self.terms)

    def contributions(self, evidence: Mapping[str, float | None]) -> FloatArray:
        """(terms, outcomes): the points each piece of evidence adds; beyond the outer knots as much as at them."""
        grid = self._grid
        given = [evidence.get(term.name) for term in self.terms]
        values = np.array(given, dtype=np.float64)  # NaN for None
        inside = np.minimum(np.maximum(values, grid.first), grid.last)
        right = np.minimum(np.maximum((grid.knots < inside[:, None]).sum(axis=1), 1), grid.counts - 1)
        rows = np.arange(len(self.terms))
        left = grid.knots[rows, right - 1]
        width = grid.knots[rows, right] - left
        share = np.divide(inside - left, width, out=np.zeros(len(rows)), where=width > 0)[:, None]
        found = (1.0 - share) * grid.points[rows, right - 1] + share * grid.points[rows, right]
        return np.where(np.array([value is None for value in given])[:, None], grid.missing, found)

    def scores(self, evidence: Mapping[str, float | None]) -> FloatArray:
        """(outcomes,): bias and all contributions."""
        return np.asarray(self.bias + self.contributions(evidence).sum(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Grid:
    """All terms of a card as one table. `knots` (terms, k), short rows filled up with infinity; `points` (terms, k,
    outcomes); `missing` (terms, outcomes); `counts`, `first`, `last` (terms,): knots of a term, and its outer ones."""

    knots: FloatArray
    points: FloatArray
    missing: FloatArray
    counts: IntArray
    first: FloatArray
    last: FloatArray


def _grid_of(terms: Sequence[Term]) -> _Grid:
    most = max(len(term.knots) for term in terms)
    knots = np.full((len(terms), most), np.inf)
    points = np.zeros((len(terms), most, len(terms[0].missing)))
    for row, term in enumerate(terms):
        knots[row, : len(term.knots)] = term.knots
        points[row, : len(term.knots)] = term.points
        points[row, len(term.knots) :] = term.points[-1]
    return _Grid(
        knots=knots,
        points=points,
        missing=np.stack([term.missing for term in terms]),
        counts=np.array([len(term.knots) for term in terms]),
        first=np.array([term.knots[0] for term in terms]),
        last=np.array([term.knots[-1] for term in terms]),
    )


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
