"""Fit the weights of the advice on the lab's table: `python -m tests.lab.fit`.

Writes `loglens/advice/weights.json`: one scorecard for the causes, one for how far a rate that is too high has to come
down, one for how far a rate that is too low has to go up. Calibration comes from predictions on tasks left out.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.advice.finding_features import NOTE, OF_WEIGHT
from loglens.advice.recommend import RATE
from loglens.advice.scorecard import Scorecard, Term, hat, to_document
from loglens.model.causes import CAUSES as KNOWN
from loglens.model.causes import CauseName
from tests.lab.fit import gam
from tests.lab.table.build import FOUND_NAMES, NAMES, TABLE, Table, fingerprint, load_table

Floats = NDArray[np.float64]
WEIGHTS = Path(__file__).resolve().parents[3] / "loglens" / "advice" / "weights.json"

PRIOR: dict[CauseName, float] = {cause: info.prior for cause, info in KNOWN.items() if info.prior is not None}
CAUSES = tuple(PRIOR)
RIDGE, SMOOTH = 1e-4, 5e-4
OK_REGRET = 0.06
FOLDS = 8
SAFE_PLACE = 0.45
"""Where in the range of good rates to aim: just below its middle (in octaves), since above it lies the blow-up."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """`causes` scores, `down` and `up` give log2 of the factor to the aim; `basis` and `beta` for predicting
    quickly."""

    causes: Scorecard
    down: Scorecard
    up: Scorecard


def row_weights(table: Table) -> Floats:
    """Each cause weighs what `PRIOR` says; within it tasks count by the square root of their runs."""
    keys = [(row["cause"], row["task"]) for row in table.rows]
    runs = Counter(keys)
    raw = np.array([runs[key] ** -0.5 for key in keys])
    total: dict[str, float] = defaultdict(float)
    for (cause, _), weight in zip(keys, raw, strict=True):
        total[cause] += weight
    return np.array([weight / total[cause] * PRIOR[cause] for (cause, _), weight in zip(keys, raw, strict=True)])


def good_range(row: dict[str, Any]) -> tuple[float, float] | None:
    """log2 of the lowest and the highest rate around the best with a regret that is fine, relative to the run's own."""
    regrets = [math.inf if one is None else one for one in row["regrets"]]
    best = int(np.argmin(regrets))
    low = high = best
    while low > 0 and regrets[low - 1] <= OK_REGRET:
        low -= 1
    while high + 1 < len(regrets) and regrets[high + 1] <= OK_REGRET:
        high += 1
    return row["from"] + low, row["from"] + high


def aim(row: dict[str, Any]) -> float:
    """log2 of the factor a good recommendation has."""
    found = good_range(row)
    assert found is not None
    return found[0] + SAFE_PLACE * (found[1] - found[0])


def fit_causes(table: Table, keep: NDArray[np.bool_], weights: Floats) -> Scorecard:
    values = table.values[keep]
    base = gam.basis(NAMES, values, weights[keep])
    target = np.array([[float(row["cause"] == cause) for cause in CAUSES] for row in table.rows])[keep]
    bias, beta = gam.fit_classes(base, base.design(values), target, weights[keep], ridge=RIDGE, smooth=SMOOTH)
    return gam.scorecard(base, CAUSES, bias, beta)


def fit_factor(table: Table, keep: NDArray[np.bool_], weights: Floats, causes: Sequence[str]) -> Scorecard:
    """How far (log2) from the run's rate the aim lies, for runs of these causes."""
    rows = keep & np.isin(table.column("cause"), list(causes))
    values = with_rate(table)[rows]
    base = gam.basis((*NAMES, RATE), values, weights[rows], knots=5)
    target = np.array([[aim(row)] for row, used in zip(table.rows, rows, strict=True) if used])
    bias, beta = gam.fit_values(base, base.design(values), target, weights[rows], ridge=3e-3, smooth=1e-2)
    return gam.scorecard(base, ("log2_factor",), bias, beta)


def with_rate(table: Table) -> Floats:
    """The evidence and, last, log2 of the peak rate: what is usual for a rate is a prior for the size of its change
    (never for the cause), worth a few points of right sizes on tasks left out."""
    rate = np.array([row["log2_lr"] if row["has"][0] else np.nan for row in table.rows])
    return np.column_stack([table.values, rate])


def fit(table: Table, keep: NDArray[np.bool_] | None = None) -> Fitted:
    """The three scorecards on the rows to keep (all by default)."""
    rows = np.ones(len(table.rows), dtype=bool) if keep is None else keep
    weights = row_weights(table)
    return Fitted(
        causes=fit_causes(table, rows, weights),
        down=fit_factor(table, rows, weights, ("lr_too_high", "warmup_too_short")),
        up=fit_factor(table, rows, weights, ("lr_too_low",)),
    )


def scores(card: Scorecard, values: Floats) -> Floats:
    """(n, outcomes) for a table of evidence with NaN where it is missing; the same sums as `card.scores`, by
    columns."""
    names = (*NAMES, RATE)
    out = np.tile(card.bias, (len(values), 1))
    for term in card.terms:
        column = values[:, names.index(term.name)]
        known = np.isfinite(column)
        out[known] += hat(column[known], term.knots) @ term.points
        out[~known] += term.missing
    return out


def folds(table: Table, count: int) -> NDArray[np.int_]:
    """Which fold each row is in: whole tasks, dealt out in order of their names."""
    names = sorted({row["task"] for row in table.rows})
    return np.array([names.index(row["task"]) % count for row in table.rows])


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """What cards that never saw a row's task say of it, for the judged rows: raw cause scores (n, causes), log2 factors
    down and up (n,)."""

    causes: Floats
    down: Floats
    up: Floats


def left_out(table: Table, count: int = FOLDS, *, jobs: int = 2) -> LeftOut:
    """Predictions on tasks left out, a few tasks at a time (`count` large: one at a time)."""
    fold, judged = folds(table, count), table.judged
    numbers = np.unique(fold)
    causes = np.zeros((len(table.rows), len(CAUSES)))
    down, up = np.zeros(len(table.rows)), np.zeros(len(table.rows))
    with ProcessPoolExecutor(jobs) as pool:
        for number, fitted in zip(numbers, pool.map(partial(_fit_without, table, fold), numbers), strict=True):
            out = (fold == number) & judged
            causes[out] = scores(fitted.causes, table.values[out])
            down[out] = scores(fitted.down, with_rate(table)[out])[:, 0]
            up[out] = scores(fitted.up, with_rate(table)[out])[:, 0]
    return LeftOut(causes[judged], down[judged], up[judged])


def _fit_without(table: Table, fold: NDArray[np.int_], number: int) -> Fitted:
    return fit(table, fold != number)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What makes left-out scores honest probabilities: softmax(raw / temperature + offsets + points of the findings)
    (vector scaling, Guo et al. 2017, with one temperature). `offsets` (causes,). `noted`, `weighty` (kinds, causes):
    what a kind of finding adds where it is there at all, and what it adds on top where it is of weight. That is what
    findings say beyond the evidence: they rest on the same curves.
    """

    temperature: float
    offsets: Floats
    noted: Floats
    weighty: Floats

    def __call__(self, raw: Floats, found: NDArray[np.int8]) -> Floats:
        said = (found >= NOTE) @ self.noted + (found >= OF_WEIGHT) @ self.weighty
        return np.asarray(raw / self.temperature + self.offsets + said)

    @property
    def terms(self) -> tuple[Term, ...]:
        """The findings' points as curves of a card whose scores are still to be divided by the temperature."""
        knots, nothing = np.array([0.0, NOTE, OF_WEIGHT]), np.zeros(len(self.offsets))
        curves = self.temperature * np.stack([0 * self.noted, self.noted, self.noted + self.weighty], axis=1)
        return tuple(
            Term(name=name, knots=knots, points=points, missing=nothing)
            for name, points in zip(FOUND_NAMES, curves, strict=True)
        )


PULL = 1e-3
"""How strongly the numbers of a calibration are held near zero."""
SILENCE = 0.8
"""Log-odds for `healthy` beyond how often runs are: a false alarm costs more trust than a miss. In the lab half of
the false alarms go, with four right answers in a thousand."""


def calibration(table: Table, raw: Floats) -> Calibration:
    """The temperature, the offsets and the findings' points with the least log loss on left-out scores."""
    from scipy.optimize import minimize

    weights = row_weights(table)
    weights = weights / weights.sum()
    mask = accepted(table)
    signs = np.hstack([np.ones((len(raw), 1)), table.found >= NOTE, table.found >= OF_WEIGHT]).astype(np.float64)

    def log_loss(x: Floats) -> tuple[float, Floats]:
        cool, points = math.exp(-x[0]), x[1:].reshape(signs.shape[1], len(CAUSES))
        said = softmax(raw * cool + signs @ points)
        right = np.maximum(1e-9, (said * mask).sum(axis=1))
        slope = (said - said * mask / right[:, None]) * weights[:, None]
        down = np.concatenate([[-cool * float((slope * raw).sum())], (signs.T @ slope).ravel()])
        return -float(weights @ np.log(right)) + PULL * float(x @ x), down + 2 * PULL * x

    start = np.zeros(1 + signs.shape[1] * len(CAUSES))
    found = minimize(log_loss, start, jac=True, method="L-BFGS-B").x
    offsets, noted, weighty = np.split(found[1:].reshape(-1, len(CAUSES)), [1, 1 + table.found.shape[1]])
    offset = offsets[0] + SILENCE * (np.array(CAUSES) == "healthy")
    return Calibration(float(math.exp(found[0])), offset, noted, weighty)


def calibrated(table: Table, raw: Floats, fold: NDArray[np.int_]) -> Floats:
    """Left-out scores made honest, each fold by what the others say."""
    out = np.zeros_like(raw)
    for number in np.unique(fold):
        mine = fold == number
        out[mine] = calibration(table.of(~mine), raw[~mine])(raw[mine], table.found[mine])
    return out


def accepted(table: Table) -> Floats:
    """(n, causes) 1 where that answer is right."""
    return np.array([[float(cause in row["accept"]) for cause in CAUSES] for row in table.rows])


def softmax(raw: Floats) -> Floats:
    odds = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def spread(table: Table, said: Floats, causes: Sequence[str]) -> float:
    """Root mean square error of the left-out factors, in octaves."""
    rows = np.isin(table.column("cause"), list(causes))
    error = said[rows] - np.array([aim(row) for row, used in zip(table.rows, rows, strict=True) if used])
    return float(np.sqrt(np.average(error**2, weights=row_weights(table)[rows])))


def document(table: Table, fitted: Fitted, out: LeftOut, source: str) -> dict[str, Any]:
    """The weights as they ship; `out` covers the judged rows. The calibration's offsets go into the bias, its points of
    findings stand beside the evidence. `source`: the fingerprint of the table."""
    judged = table.of(table.judged)
    scale = calibration(judged, out.causes)
    bias = fitted.causes.bias + scale.temperature * scale.offsets
    causes = replace(fitted.causes, bias=bias, terms=fitted.causes.terms + scale.terms)
    return {
        "made_by": "python -m tests.lab.fit",
        "table": source,
        "rows": len(table.rows),
        "tasks": sorted({row["task"] for row in table.rows}),
        "temperature": round(scale.temperature, 3),
        "causes": to_document(causes),
        "down": to_document(fitted.down) | {"octaves": round(spread(judged, out.down, ("lr_too_high",)), 2)},
        "up": to_document(fitted.up) | {"octaves": round(spread(judged, out.up, ("lr_too_low",)), 2)},
    }


def write(made: dict[str, Any], path: Path) -> None:
    """The weights as text, one piece of evidence a line."""
    text = json.dumps(made, separators=(",", ":"), allow_nan=False)
    path.write_text(text.replace('"terms":{', '"terms":{\n').replace("]},", "]},\n") + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    table = load_table(options.table)
    made = document(table, fit(table), left_out(table), fingerprint(options.table))
    write(made, options.out)
    size = options.out.stat().st_size / 1e3
    print(f"{options.out}: {size:.0f} kB from {len(table.rows)} rows, temperature {made['temperature']}")


if __name__ == "__main__":
    main()
