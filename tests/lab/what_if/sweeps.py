"""Time rescaling on sweeps of other people's trainings: from the run at one rate, the curve of the run at a higher one.

Pairs of one problem and optimizer whose higher rate is the best of the sweep or below it, and whose lower one made 5 to
97 % of the fall that the best made. At five places of the lower run's course the higher run's level is predicted. The
quantiles of the interval are fitted on all problems but one and judged on that one, each in turn.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from loglens.advice.what_if.course import Course, course
from loglens.advice.what_if.rescale import MOST, error_scale, sooner
from loglens.model.run import FloatArray

PLACES = (0.1, 0.25, 0.5, 0.75, 1.0)
LEAST_POINTS = 100
QUANTILE = 0.09
"""On each side: what leaves 80 % of a left-out problem inside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """(n,) each: problem, optimizer, factor between the rates, place in the lower run, error of the predicted level
    (real - predicted) in shares of the achievable fall, and in units of `error_scale`."""

    problem: np.ndarray[Any, Any]
    optimizer: np.ndarray[Any, Any]
    factor: FloatArray
    place: FloatArray
    error: FloatArray
    scaled: FloatArray

    def quantiles(self, chosen: np.ndarray[Any, Any]) -> tuple[float, float]:
        low, high = np.quantile(self.scaled[chosen], (QUANTILE, 1 - QUANTILE))
        return float(low), float(high)

    def left_out(self) -> dict[str, float]:
        """Coverage of the 80 % interval on each problem, its quantiles fitted on the others; '' for all together."""
        found, inside = {}, np.zeros(len(self.scaled), dtype=bool)
        for problem in np.unique(self.problem).tolist():
            own = self.problem == problem
            low, high = self.quantiles(~own)
            inside[own] = (self.scaled[own] >= low) & (self.scaled[own] <= high)
            found[problem] = float(inside[own].mean())
        return {"": float(inside.mean()), **found}


def courses(folder: Path) -> tuple[dict[str, Course], dict[str, Any]]:
    """The courses by the run's id, those with enough points, and what the sweeps say of each."""
    truth: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    found = {}
    with tarfile.open(folder / "logs.tar.xz") as archive:
        for member in archive:
            run = Path(member.name).parent.name
            opened = archive.extractfile(member) if member.isfile() and run in truth else None
            if opened is None:
                continue
            table = pl.read_csv(io.BytesIO(opened.read()), infer_schema_length=None, ignore_errors=True)
            steps, loss = (table[name].cast(pl.Float64, strict=False).to_numpy() for name in ("iteration", "loss"))
            known = np.isfinite(steps) & np.isfinite(loss)
            if known.sum() > LEAST_POINTS:
                found[run] = course(steps[known].astype(np.int64), loss[known], None)
    return found, truth


def pairs(found: dict[str, Course], truth: dict[str, Any]) -> Pairs:
    cells: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    for run, one in truth.items():
        cells[one["problem"], one["optimizer"]].append((one["lr"], run))
    rows: list[tuple[str, str, float, float, float, float]] = []
    for (problem, optimizer), runs in cells.items():
        best_rate, best = min(runs, key=lambda one: truth[one[1]]["regret"])
        able = sorted(one for one in runs if one[1] in found and one[0] <= best_rate * 1.001)
        for at, (low_rate, low) in enumerate(able):
            source, fall = found[low], found[best].fall
            if not 0.05 * fall < source.level[0] - source.end < 0.97 * fall:
                continue
            for high_rate, high in able[at + 1 :]:
                if high_rate / low_rate <= MOST:
                    rows += _pair(problem, optimizer, source, found[high], high_rate / low_rate, fall)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    names = ("problem", "optimizer", "factor", "place", "error", "scaled")
    return Pairs(**dict(zip(names, columns, strict=True)))


def _pair(
    problem: str, optimizer: str, source: Course, real: Course, factor: float, fall: float
) -> list[tuple[str, str, float, float, float, float]]:
    unit = error_scale(source, factor)
    level = np.interp(sooner(source, source.steps, factor), real.steps, real.level)
    rows = []
    for place in PLACES:
        at = int(np.argmin(np.abs(source.steps - place * source.last)))
        error = float(level[at] - source.level[at])
        rows.append((problem, optimizer, factor, place, error / fall, error / float(unit[at])))
    return rows
