"""The figures of an evaluation: right answers with intervals, calibration, confusion, regret of the recommended
rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loglens.model.causes import CAUSES as KNOWN
from loglens.model.causes import CauseName
from tests.lab.fit.fit import CAUSES, OK_REGRET

Floats = NDArray[np.float64]
OUTCOMES: tuple[CauseName, ...] = (*CAUSES, "unknown")
LR_CAUSES = ("lr_too_high", "lr_too_low", "healthy")
LR_FREE = tuple(cause for cause in CAUSES if KNOWN[cause].rate_free)
SURE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """`probability` (n, outcomes) and `octaves` (n,) (log2 of the recommended factor) for rows with their `weights`."""

    rows: Sequence[dict[str, Any]]
    weights: Floats
    probability: Floats
    octaves: Floats

    @property
    def top(self) -> NDArray[np.int_]:
        return np.asarray(self.probability.argmax(axis=1))

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.array([OUTCOMES[t] in row["accept"] for t, row in zip(self.top, self.rows, strict=True)])

    def of(self, keep: NDArray[np.bool_]) -> Answers:
        return Answers(
            rows=[row for row, used in zip(self.rows, keep, strict=True) if used],
            weights=self.weights[keep], probability=self.probability[keep], octaves=self.octaves[keep],
        )  # fmt: skip

    def is_cause(self, *causes: str) -> NDArray[np.bool_]:
        return np.array([row["cause"] in causes for row in self.rows])


def share(hits: NDArray[np.bool_], weights: Floats) -> float:
    return float(np.average(hits, weights=weights)) if weights.sum() > 0 else math.nan


def interval(rate: float, count: float) -> tuple[float, float]:
    """Wilson's 95 % interval for a share of `count` runs."""
    if not count or math.isnan(rate):
        return 0.0, 1.0
    z = 1.96
    centre = (rate + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def recalls(answers: Answers) -> dict[str, tuple[float, int]]:
    """Share answered right and number of runs, by true cause."""
    out: dict[str, tuple[float, int]] = {}
    for cause in CAUSES:
        mine = answers.is_cause(cause)
        if mine.any():
            out[cause] = (share(answers.right[mine], answers.weights[mine]), int(mine.sum()))
    return out


def false_alarms(answers: Answers) -> float:
    mine = answers.is_cause("healthy")
    return share(answers.top[mine] != CAUSES.index("healthy"), answers.weights[mine])


def brier(answers: Answers) -> float:
    mask = np.array([[float(name in row["accept"]) for name in OUTCOMES] for row in answers.rows])
    return float(np.average((1 - (answers.probability * mask).sum(1)) ** 2, weights=answers.weights))


def calibration_error(answers: Answers) -> float:
    """Expected calibration error of the first answer over ten bins."""
    sure = answers.probability.max(axis=1)
    bins = np.minimum(9, (10 * sure).astype(int))
    gaps = [
        abs(float(np.sum(answers.weights[bins == b] * (answers.right[bins == b] - sure[bins == b])))) for b in range(10)
    ]
    return sum(gaps) / float(answers.weights.sum())


def confusion(answers: Answers) -> Floats:
    """(causes, outcomes): share of each true cause (row) answered as each outcome (column)."""
    out = np.zeros((len(CAUSES), len(OUTCOMES)))
    for row, said, weight in zip(answers.rows, answers.top, answers.weights, strict=True):
        out[CAUSES.index(row["cause"]), said] += weight
    return np.asarray(out / np.maximum(out.sum(axis=1, keepdims=True), 1e-12))


def regret_at(row: dict[str, Any], octaves: float) -> float:
    """Regret of the family's training at 2**octaves times the run's rate, between the runs of its sweep."""
    known: list[float] = [math.inf if one is None else float(one) for one in row["regrets"]]
    place = octaves - float(row["from"])
    if place <= 0:
        return known[0]
    if place >= len(known) - 1:
        return known[-1]
    left = int(place)
    part = place - left
    if math.isinf(known[left]) or math.isinf(known[left + 1]):
        return float(known[left]) if part < 1e-9 else math.inf
    return known[left] * (1 - part) + known[left + 1] * part


def rate_within_tolerance(answers: Answers) -> float:
    """Share of the runs that are about the rate whose recommended rate would have been a good one."""
    mine = answers.of(answers.is_cause(*LR_CAUSES))
    good = np.array([regret_at(row, x) <= OK_REGRET for row, x in zip(mine.rows, mine.octaves, strict=True)])
    return share(good, mine.weights)


def rate_left_alone(answers: Answers) -> float:
    mine = answers.of(answers.is_cause(*LR_FREE))
    return share(np.abs(mine.octaves) <= 1.0, mine.weights)


def sure_and_opposite(answers: Answers) -> float:
    """Share of the runs told with a probability above 0.8 to move the rate in the wrong direction."""
    sure = answers.probability.max(axis=1) > SURE
    high, low = CAUSES.index("lr_too_high"), CAUSES.index("lr_too_low")
    wrong = (answers.is_cause("lr_too_high", "warmup_too_short", "lr_jump") & (answers.top == low)) | (
        answers.is_cause("lr_too_low", "lr_decays_too_early") & (answers.top == high)
    )
    return share(sure & wrong, answers.weights)
