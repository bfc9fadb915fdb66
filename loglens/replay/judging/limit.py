"""The largest learning rate that removes the fault: what an arm must do, and how it is read off noisy losses.

An arm is *sound* where, from the onset of the fault on, its loss

- never climbs more than `RISE` of the run's whole progress above where the arm stood before the onset, and
- ends (mean of the last quarter) at most `LOST` of the progress above the best arm.

The limit is the largest sound factor that is reached from an arm which cured the fault through sound ones only: a rate
that passes by luck above one that fails is no limit. A test on clean data uses the same definition
(`tests/lab/replay_eval.py`); here only the losses of the training batches are known. But all arms meet the same
batches: what a batch adds in every arm alike is the batch's own, and is taken off before an arm is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.model.results.replay import ArmRun
from loglens.model.run import FloatArray, IntArray
from loglens.replay.drivers.stop_rule import PAST, WIDTH
from loglens.replay.judging.symptom import end_level, running_median
from loglens.signals.numerics.robust import sigma

RISE = 0.08
"""Of the run's whole progress, the climb that counts as a fault: as much as a rate must cost to be called too high."""
LOST = 0.05
"""Of the run's whole progress, how far an arm may end above the level before the fault, or above the best arm."""
NOISE_SIGMA = 3.0
"""A climb must also exceed what the noise left in such a mean does by chance over a stretch."""
ALIKE = 0.1
"""Of the run's whole progress, how far above the best arm one may end whose batches are as hard for it."""


@dataclass(frozen=True, slots=True)
class BatchNoise:
    """`steps` and `extra`: how much each batch adds to the loss of any arm; `rest`: the noise that stays, as the sigma
    of a single loss."""

    steps: IntArray
    extra: FloatArray
    rest: float

    @classmethod
    def of(cls, runs: Sequence[ArmRun], progress: float) -> BatchNoise:
        """From the arms that end near the best one: a batch is as hard for them, whereas a network that learned
        nothing, or broke, finds all batches alike."""
        ends = {id(run): level_of(run) for run in runs}
        best = min(ends.values(), default=np.inf)
        kept = [run for run in runs if ends[id(run)] <= best + ALIKE * progress and np.isfinite(run.losses).all()]
        if not kept:
            return cls(np.array([], dtype=np.int64), np.array([]), 0.0)
        steps = kept[0].steps
        for run in kept[1:]:
            steps = np.intersect1d(steps, run.steps)
        off = np.array([(run.losses - running_median(run.losses, PAST))[np.isin(run.steps, steps)] for run in kept])
        extra = np.median(off, axis=0)
        return cls(steps, extra, min((float(sigma(item - extra)) for item in off), default=0.0))

    def without(self, run: ArmRun, batches: IntArray) -> FloatArray:
        """(n,) the losses of an arm without what its batches add. `batches`: (n,) the number of each loss's batch."""
        if not len(self.steps):
            return run.losses
        place = np.minimum(np.searchsorted(self.steps, batches), len(self.steps) - 1)
        return run.losses - np.where(self.steps[place] == batches, self.extra[place], 0.0)


def climb(run: ArmRun, onset: int, noise: BatchNoise, batches: IntArray | None = None) -> float:
    """How far the mean of `WIDTH` losses climbs, from the onset on, above the arm's level before it; infinite where a
    loss is NaN or infinite. In the loss's unit. `batches`: the number of each loss's batch where it is not its step."""
    if not len(run.losses) or run.broken or not np.isfinite(run.losses).all():
        return float("inf")
    losses = noise.without(run, run.steps if batches is None else batches)
    before, late = losses[run.steps < onset], losses[run.steps >= onset]
    if not len(late):
        return 0.0
    level = float(np.median(before[-PAST:] if len(before) else losses[:3]))
    means = np.lib.stride_tricks.sliding_window_view(late, min(WIDTH, len(late))).mean(axis=1)
    return float(means.max()) - level


def shortfall(run: ArmRun, best: ArmRun) -> float:
    """How far the arm ends above the best one: mean difference on the same batches in the last quarter."""
    shared, mine, theirs = np.intersect1d(run.steps, best.steps, return_indices=True)
    late = np.isin(shared, best.steps[-max(3, len(best.steps) // 4) :])
    apart = (run.losses[mine] - best.losses[theirs])[late]
    ended = len(apart) and not run.broken and np.isfinite(run.losses[-1])
    return float(apart.mean()) if ended else float("inf")


def level_of(run: ArmRun) -> float:
    """Where an arm ends (`end_level`), infinite where it broke."""
    return float("inf") if run.broken else end_level(run.losses)


def limit(factors: Sequence[float], sound: Sequence[bool], anchor: int) -> tuple[float, float]:
    """The largest factor reached from the one at place `anchor`, a good one, through sound ones, and the next one above
    it (1, the control, where there is none)."""
    order = sorted(range(len(factors)), key=lambda place: factors[place])
    at = order.index(anchor)
    while at + 1 < len(order) and sound[order[at + 1]]:
        at += 1
    return factors[order[at]], factors[order[at + 1]] if at + 1 < len(order) else 1.0
