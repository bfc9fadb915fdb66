"""Where a loss ended up, and how far that number can be trusted: what two runs are compared by.

The level is the mean of the last stretch (a tenth of the points), wild values clipped. Its noise is the largest of

- the scatter of such levels from stretch to stretch over the last two thirds of the run, by second differences, which
  a steady trend does not touch (von Neumann 1941, one order higher), and their median, which a stretch with a spike
  does not move: s² = median((a - 2b + c)²) / (6 × 0.455);
- the standard error within the last stretch by batch means, which allows for correlated points (Law & Kelton);
- 1 % of the level: what a run cannot know of itself is how far another seed would have ended up. Five small trainings
  of fourteen seeds each ended 0.8 to 3.5 % apart (one standard deviation), also where an annealed learning rate had
  left next to no noise within a run. Of their pairs 0 to 1 % lie further apart than 2.5 times this noise in the train
  loss, and 0 to 2 % in the validation loss (7 % where that is close to zero); without the last rule it would be half
  of the annealed ones. Several seeds of one setting, where they are there, are the better yardstick.
"""

from __future__ import annotations

import math

import numpy as np

from loglens.model.diagnosis import LossLevel
from loglens.model.run import FloatArray, IntArray, Run
from loglens.signals.numerics.robust import mean, median, parts, row_medians

SHARE = 0.1
SEEN_SHARE = 2 / 3
LEAST_POINTS = 8
"""Finite points below which the noise is not estimated."""
BATCHES = 8
CLIP_SIGMAS = 5.0
SEED_SHARE = 0.01
CHI_SQUARE_MEDIAN = 0.4549
"""Median of the square of a standard normal variable."""
METHOD = "mean of the last tenth; noise from stretch to stretch and by batch means, at least 1 % for the seed"


def loss_levels(run: Run, *, hidden: IntArray | None = None) -> tuple[LossLevel, ...]:
    """The levels of the train and validation loss of `run`, those of them it has.

    `hidden`: steps whose train loss is a number in the log only because its format could not write NaN.
    """
    found = []
    for role in ("train_loss", "val_loss"):
        series = run.role(role)
        if series is None or not len(series):
            continue
        values: FloatArray = series.values
        if role == "train_loss" and hidden is not None and len(hidden):
            values = np.where(np.isin(series.steps, hidden), np.nan, values)
        found.append(loss_level(role, series.steps, values))
    return tuple(found)


def loss_level(role: str, steps: IntArray, values: FloatArray) -> LossLevel:
    """The level of (n,) `values` logged at (n,) `steps`, n >= 1."""
    # the largest floats have a mean that is none: it becomes None below, as what is not finite does
    with np.errstate(over="ignore", invalid="ignore"):
        return _loss_level(role, steps, values)


def _loss_level(role: str, steps: IntArray, values: FloatArray) -> LossLevel:
    n = len(values)
    length = max(min(4, n // 4), math.ceil(SHARE * n), 1)
    finite = np.isfinite(values)
    ended = bool(finite[-length:].mean() >= 0.5)
    at, known = steps[finite], values[finite]
    blocks = _levels(known, length)
    best, best_step = _best(role, at, known, blocks, length)
    return LossLevel(
        role=role,
        final=_number(blocks[-1]) if ended and len(blocks) else None,
        noise=_number(_noise(known, blocks, length)) if ended and len(blocks) and len(known) >= LEAST_POINTS else None,
        best=_number(best),
        best_step=best_step,
        first_step=int(steps[-length]),
        last_step=int(steps[-1]),
        points=int(finite.sum()),
        non_finite=int(n - finite.sum()),
        method=METHOD,
    )


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _levels(values: FloatArray, length: int) -> FloatArray:
    """Levels of the stretches of `length` points, counted from the end; what is left at the start belongs to none."""
    rows = _stretches(values, length)
    if not rows.size:
        return np.zeros(0)
    middle = row_medians(rows)[:, None]
    spread = CLIP_SIGMAS * 1.4826 * row_medians(np.abs(rows - middle))[:, None]
    cut = np.where(spread > 0, np.clip(rows, middle - spread, middle + spread), rows)
    return np.array([mean(row) for row in cut])


def _stretches(values: FloatArray, length: int) -> FloatArray:
    count = len(values) // length
    return values[len(values) - count * length :].reshape(count, length)


def _clipped(values: FloatArray) -> FloatArray:
    middle = median(values)
    spread = CLIP_SIGMAS * 1.4826 * median(np.abs(values - middle))
    return np.clip(values, middle - spread, middle + spread) if spread > 0 else values


def _noise(values: FloatArray, blocks: FloatArray, length: int) -> float:
    # medians here: a spike may fill more of a stretch than clipping can take away
    recent = row_medians(_stretches(values, length))[-max(4, int(SEEN_SHARE * len(blocks))) :]
    bend = np.diff(recent, 2)
    between = math.sqrt(median(bend**2) / (6 * CHI_SQUARE_MEDIAN)) if len(bend) else 0.0
    return max(between, _batch_error(_clipped(values[-length:])), SEED_SHARE * abs(float(blocks[-1])))


def _batch_error(values: FloatArray) -> float:
    """Standard error of the mean of correlated `values` about their line: scatter of the batch means / sqrt(batches).

    0 where there are too few points for three batches.
    """
    count = min(BATCHES, len(values) // 2)
    if count < 3:
        return 0.0
    means = np.array([mean(values[first:last]) for first, last in parts(len(values), count)])
    place = np.arange(count) - (count - 1) / 2
    slope = float(place @ means) / float(place @ place)
    rest = means - means.mean() - slope * place
    return math.sqrt(float(rest @ rest) / (count - 2) / count)


def _best(
    role: str, steps: IntArray, values: FloatArray, blocks: FloatArray, length: int
) -> tuple[float | None, int | None]:
    """The lowest level and the step where it was reached. A validation loss is measured on a whole set and taken point
    by point, as a checkpoint would be chosen; a train loss stretch by stretch."""
    if not len(values):
        return None, None
    if role == "val_loss" or not len(blocks):
        place = int(np.argmin(values))
        return float(values[place]), int(steps[place])
    place = int(np.argmin(blocks))
    return float(blocks[place]), int(steps[len(values) - (len(blocks) - 1 - place) * length - 1])
