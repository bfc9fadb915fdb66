"""The epoch clock: how many steps an epoch has, as far as the log says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray, Run, Series
from loglens.signals.numerics.robust import differences, median

LONGEST = 2.0**53
NAMES = ("epoch", "train/epoch", "epochs", "current_epoch")


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochClock:
    """`steps_per_epoch`: None where the log does not say, or where it counts epochs itself. `first_step`: the step at
    which epoch 0 began. `exact`: the boundaries are known to the step (an epoch fraction, or a counter at every step).
    """

    steps_per_epoch: float | None
    first_step: float = 0.0
    exact: bool = False

    def epochs_at(self, steps: IntArray | FloatArray) -> FloatArray | None:
        """The epoch (with fraction) of each step, None where the clock is unknown."""
        if self.steps_per_epoch is None:
            return None
        return (np.asarray(steps, dtype=np.float64) - self.first_step) / self.steps_per_epoch


UNKNOWN_CLOCK = EpochClock(steps_per_epoch=None)


def epoch_clock(run: Run) -> EpochClock:
    """The clock of a run, from its epoch series (the role `epoch`, else a series of that name)."""
    series = run.role("epoch") or next((series for series in run.series if series.tag.strip().lower() in NAMES), None)
    if series is None:
        return UNKNOWN_CLOCK
    return clock_from(series)


def clock_from(series: Series) -> EpochClock:
    """A clock from an epoch series: the slope of a fractional epoch, or the spacing of a whole-number counter."""
    keep = series.finite
    steps, epochs = series.steps[keep].astype(np.float64), series.values[keep]
    if len(steps) < 3 or epochs[-1] - epochs[0] <= 0:
        return UNKNOWN_CLOCK
    moved = np.flatnonzero(differences(epochs) > 0)
    if not bool(np.all(epochs == np.round(epochs))):
        if bool(np.all(differences(epochs) >= 0)):
            # rounded fractions are right over the whole run only: from line to line they jump by a digit, or stay
            per_epoch = _slope(steps[-1:] - steps[:1], epochs[-1:] - epochs[:1])
        else:
            per_epoch = _slope(differences(steps)[moved], differences(epochs)[moved])
        with np.errstate(over="ignore", invalid="ignore"):
            return _clock(per_epoch, median(steps - epochs * per_epoch), exact=True)
    first_points, counts = steps[moved + 1], epochs[moved + 1]
    if len(moved) == len(epochs) - 1:  # one point an epoch
        return _clock(median(differences(steps) / differences(epochs)), float(steps[0]), exact=False)
    if len(moved) < 2:
        return UNKNOWN_CLOCK
    forth = differences(counts) > 0  # a counter that went back began again: no slope lies across that place
    if not forth.any():
        return UNKNOWN_CLOCK
    per_epoch = _slope(differences(first_points)[forth], differences(counts)[forth])
    return _clock(
        per_epoch, float(first_points[0] - counts[0] * per_epoch), exact=bool(np.all(differences(steps) <= 1))
    )


def _slope(steps: FloatArray, epochs: FloatArray) -> float:
    """Steps an epoch between points; NaN where an epoch moved too little to divide by."""
    with np.errstate(over="ignore", invalid="ignore"):
        return median(steps / epochs)


def _clock(steps_per_epoch: float, first_step: float, *, exact: bool) -> EpochClock:
    """Where an epoch is a step or less, the run counts in epochs and there is no clock within them."""
    if not 1.5 < steps_per_epoch < LONGEST or not abs(first_step) < LONGEST:
        return UNKNOWN_CLOCK
    if abs(steps_per_epoch - round(steps_per_epoch)) < 1e-3 * steps_per_epoch:
        steps_per_epoch = float(round(steps_per_epoch))  # float32 fractions of an epoch
    return EpochClock(steps_per_epoch=steps_per_epoch, first_step=first_step, exact=exact)
