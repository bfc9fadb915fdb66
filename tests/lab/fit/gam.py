"""Fit scorecards: multinomial logistic regression on piecewise-linear curves with an L2 and a smoothness penalty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loglens.advice.scorecard import Scorecard, Term, hat

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Basis:
    """The knots of every piece of evidence and the design matrix's columns that belong to it."""

    names: tuple[str, ...]
    knots: tuple[Floats, ...]

    @property
    def slices(self) -> list[slice]:
        """The columns of each piece of evidence: its knots, then one for `missing`."""
        ends = np.cumsum([len(k) + 1 for k in self.knots])
        return [slice(int(e) - len(k) - 1, int(e)) for e, k in zip(ends, self.knots, strict=True)]

    def design(self, values: Floats) -> Floats:
        """(n, evidence) with NaN for missing -> (n, columns)."""
        parts = []
        for column, knots in enumerate(self.knots):
            known = np.isfinite(values[:, column])
            part = np.zeros((len(values), len(knots) + 1))
            part[known, :-1] = hat(values[known, column], knots)
            part[~known, -1] = 1.0
            parts.append(part)
        return np.hstack(parts)

    def roughness(self) -> Floats:
        """(columns, columns): squared second differences along each curve, plus a pull of every curve to zero."""
        size = sum(len(k) + 1 for k in self.knots)
        out = np.zeros((size, size))
        for knots, where in zip(self.knots, self.slices, strict=True):
            count = len(knots)
            if count >= 3:
                second = np.diff(np.eye(count), n=2, axis=0)
                out[where.start : where.start + count, where.start : where.start + count] += second.T @ second
        return out


def basis(names: Sequence[str], values: Floats, weights: Floats, *, knots: int = 7) -> Basis:
    """Knots at weighted quantiles of the known values, so that each curve bends where there is data."""
    all_knots = []
    for column in range(values.shape[1]):
        known = np.isfinite(values[:, column])
        x, w = values[known, column], weights[known]
        if len(x) == 0:
            all_knots.append(np.array([0.0, 1.0]))
            continue
        order = np.argsort(x)
        cumulative = np.cumsum(w[order]) / w.sum()
        at = np.linspace(0.01, 0.99, knots)
        found = np.unique(np.array([float(f"{v:.4g}") for v in np.interp(at, cumulative, x[order])]))
        all_knots.append(found if len(found) >= 2 else np.array([found[0], found[0] + 1.0]))
    return Basis(names=tuple(names), knots=tuple(all_knots))


def fit_classes(
    base: Basis, design: Floats, target: Floats, weights: Floats, *, ridge: float, smooth: float, iterations: int = 300
) -> tuple[Floats, Floats]:
    """Soft-target multinomial logistic regression: design (n, p), target (n, classes) rows sum to 1.

    Returns the bias (classes,) and the coefficients (p, classes).
    """
    from scipy.optimize import minimize

    columns = design.shape[1]
    classes = target.shape[1]
    share = weights / weights.sum()
    penalty = smooth * base.roughness() + ridge * np.eye(columns)

    def loss(flat: Floats) -> tuple[float, Floats]:
        bias, beta = flat[:classes], flat[classes:].reshape(columns, classes)
        scores = design @ beta + bias
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        total = odds.sum(axis=1, keepdims=True)
        probability = odds / total
        value = -float(share @ (target * (scores - np.log(total))).sum(axis=1))
        slope = (probability - target) * share[:, None]
        pulled = penalty @ beta
        value += 0.5 * float((beta * pulled).sum())
        return value, np.concatenate([slope.sum(axis=0), (design.T @ slope + pulled).ravel()])

    found = minimize(
        loss, np.zeros(classes * (columns + 1)), jac=True, method="L-BFGS-B", options={"maxiter": iterations}
    )
    return found.x[:classes], found.x[classes:].reshape(columns, classes)


def fit_values(
    base: Basis, design: Floats, target: Floats, weights: Floats, *, ridge: float, smooth: float
) -> tuple[Floats, Floats]:
    """Weighted ridge regression on the same curves: target (n, outputs); bias (outputs,), coefficients (p, outputs)."""
    share = weights / weights.sum()
    mean = share @ target
    x = design * np.sqrt(share)[:, None]
    y = (target - mean) * np.sqrt(share)[:, None]
    penalty = smooth * base.roughness() + ridge * np.eye(design.shape[1])
    return mean, np.asarray(np.linalg.solve(x.T @ x + penalty, x.T @ y))


def scorecard(base: Basis, outcomes: Sequence[str], bias: Floats, beta: Floats) -> Scorecard:
    """The fitted coefficients as curves, each centred so that its points say for and against."""
    terms = []
    bias = bias.copy()
    for name, knots, where in zip(base.names, base.knots, base.slices, strict=True):
        block = beta[where]
        terms.append(Term(name=name, knots=knots, points=block[:-1], missing=block[-1]))
    return Scorecard(outcomes=tuple(outcomes), bias=bias, terms=tuple(terms))
