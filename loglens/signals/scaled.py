"""A run as the evidence reads it: finite points on a clock of 0..1, with rate, gradient norm and validation at hand.

Everything here is free of units: time is the share of the run, of its steps or of its summed learning rate; heights are
shares of the loss that was gained. Logs of 60 and of 100,000 points, and one loss times a constant, read the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from loglens.model.run import FloatArray, IntArray, Rewind
from loglens.signals.core import Signals
from loglens.signals.excursions import Excursion, excursions
from loglens.signals.local import Local, local_statistics
from loglens.signals.numerics.robust import differences, median, medians, middle, middle_mean, parts, stretch_medians
from loglens.signals.numerics.spectrum import Periodicity
from loglens.signals.track import Track

TAIL = 0.08
"""The last 8 % of the run stand for its end."""
BEGUN = 0.03
"""The first 3 % of a run are its start: what is high there is no spike."""
SPIKE = 6.0
"""Sigmas above the level from which an excursion is evidence."""
LEAST_POINTS = 12
"""Fewer finite losses than this are not judged."""
RESOLVED = 3.0
"""Standard deviations of its points by which a loss has to come down to have moved beyond doubt."""
ABSURD = 1e30
"""Larger losses count as not finite: they only await their overflow."""
MOST_POINTS = 200_000
"""Longer logs are read at this many evenly spaced points: shapes do not need more, and a diagnosis stays quick."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ScaledRun:
    """The arrays all evidence is computed from.

    `steps`, `loss` (n,): the finite train losses. `lr`, `grad` (n,): the rate and the gradient norm at these points, or
    None. `val_at` (v,) in 0..1 and `val` (v,), or None. `epoch` points an epoch takes, or None.
    `lost`: share of the logged losses that are not finite; `lost_at`: where the first one lies, 0..1, or None.
    `periodicities` of the loss, strongest first. `local`: level, noise and outliers of the loss. `excursions`: those
    the detectors report, in order of steps; indices are into `loss`. `asked`: what was computed of the reading once, by
    what was asked, for several measures ask the same.
    """

    steps: IntArray
    loss: FloatArray
    lr: FloatArray | None
    grad: FloatArray | None
    val_at: FloatArray | None
    val: FloatArray | None
    epoch: float | None
    lost: float
    lost_at: float | None
    rewinds: tuple[Rewind, ...]
    periodicities: tuple[Periodicity, ...]
    local: Local
    excursions: tuple[Excursion, ...]
    asked: dict[object, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.loss)

    @cached_property
    def clock(self) -> FloatArray:
        """(n,) share of the steps done."""
        span = max(1, int(self.steps[-1] - self.steps[0]))
        return np.asarray((self.steps - self.steps[0]) / span, dtype=np.float64)

    @cached_property
    def lr_clock(self) -> FloatArray:
        """(n,) share of the learning rate spent: the summed rate over its total, the time of gradient flow. Steps where
        the rate is unknown or zero throughout."""
        if self.lr is None:
            return self.clock
        weights = np.maximum(self.lr, 0.0) * np.gradient(self.clock) if len(self) > 1 else np.ones(1)
        spent = np.cumsum(weights)
        return np.asarray(spent / spent[-1], dtype=np.float64) if spent[-1] > 0 else self.clock

    @cached_property
    def spikes(self) -> tuple[Excursion, ...]:
        """Excursions of the loss once the run has begun, highest first."""
        late = [item for item in self.excursions if item.peak >= max(3, int(BEGUN * len(self))) and item.height > SPIKE]
        return tuple(sorted(late, key=lambda excursion: -excursion.height))

    @cached_property
    def first(self) -> float:
        """The loss the run began with."""
        return float(self.loss[0])

    @cached_property
    def smooth(self) -> FloatArray:
        """(m,) medians of up to sixty equal stretches: the level without spikes."""
        return stretch_medians(self.loss, parts(len(self), min(60, len(self) // 3)))

    @cached_property
    def end(self) -> float:
        """The level the run ended at."""
        return self.level_between(1 - TAIL, 1.0)

    @cached_property
    def low(self) -> float:
        """The lowest level the run reached."""
        return float(min(self.smooth.min(), self.end))

    @cached_property
    def gain(self) -> float:
        """How far the loss came down from its start to its lowest level; at least a thousandth of the loss itself."""
        return max(self.first - self.low, 1e-3 * abs(self.first), 1e-12)

    @cached_property
    def progressed(self) -> bool:
        """Whether the loss came down by more than three times the scatter of its points: progress beyond doubt. The
        start is the second highest of the first five points, so that one odd loss is not taken for a fall."""
        fall = float(np.sort(self.loss[:5])[-2]) - self.end
        return fall > RESOLVED * self.noise_between(0.0, 1.0)

    def level_between(self, start: float, stop: float, *, clock: FloatArray | None = None) -> float:
        """The median loss between two times of a clock (the share of steps unless another is given); of the nearest
        three points where the stretch holds fewer."""
        a, b = self._between(start, stop, self.clock if clock is None else clock)
        return self._once(median, a, b)

    def _between(self, start: float, stop: float, time: FloatArray, least: int = 3) -> tuple[int, int]:
        a, b = int(time.searchsorted(start, "left")), int(time.searchsorted(stop, "right"))
        if b - a < least:
            a = max(0, min(a, len(self) - least))
            b = min(len(self), a + least)
        return a, b

    def levels_about(self, times: FloatArray, reach: float) -> FloatArray:
        """(m,) the level from `reach` before to `reach` after each of some times."""
        a = np.searchsorted(self.clock, times - reach, "left")
        b = np.searchsorted(self.clock, times + reach, "right")
        few = b - a < 3
        a = np.where(few, np.maximum(0, np.minimum(a, len(self) - 3)), a)
        return medians(self.loss, a, np.where(few, np.minimum(len(self), a + 3), b))

    def mean_between(self, start: float, stop: float, *, clock: FloatArray | None = None) -> float:
        """The same with the mean of the middle 80 %, which is steadier where noise is all there is."""
        a, b = self._between(start, stop, self.clock if clock is None else clock)
        return self._once(middle_mean, a, b)

    def _once(self, level: Callable[[FloatArray], float], begin: int, end: int) -> float:
        """Several measures ask for the level of one stretch of the loss."""
        what = level, begin, end
        if what not in self.asked:
            self.asked[what] = level(self.loss[begin:end])
        return float(self.asked[what])

    def noise_between(self, start: float, stop: float) -> float:
        """Robust standard deviation of the points about their local level, in the unit of the loss; blind to trend."""
        what = "noise", start, stop
        if what not in self.asked:
            a, b = self._between(start, stop, self.clock, 5)
            self.asked[what] = float(1.4826 / np.sqrt(2) * middle(self.moves[a : b - 1])) if b - a > 1 else 0.0
        return float(self.asked[what])

    @cached_property
    def moves(self) -> FloatArray:
        """(n - 1,) how far the loss moves from each point to the next."""
        return np.abs(differences(self.loss))


def read(signals: Signals) -> ScaledRun | None:
    """The reading of a run; None where it holds too few finite losses to be judged."""
    track, series = signals.loss, signals.series
    keep = np.flatnonzero(np.abs(track.values) < ABSURD)
    if len(keep) < LEAST_POINTS:
        return None
    complete = len(keep) == len(series)
    lost = series.steps[:0] if complete else np.setdiff1d(series.steps, track.steps[keep], assume_unique=True)
    if len(keep) > MOST_POINTS:
        keep = keep[np.linspace(0, len(keep) - 1, MOST_POINTS).astype(int)]
    steps = track.steps[keep]
    loss = track.values[keep] - signals.constant
    whole = len(steps) == len(track) and not signals.constant
    local = signals.local if whole else local_statistics(loss)
    val = signals.val if signals.has_train_loss else None
    span = max(1, int(steps[-1] - steps[0]))
    return ScaledRun(
        steps=steps,
        loss=loss,
        lr=_at(signals.lr, steps),
        grad=_at(signals.grad, steps),
        val_at=None if val is None else (val.steps - steps[0]) / span,
        val=None if val is None else val.values - signals.constant,
        epoch=_epoch(signals.epochs.steps_per_epoch, steps),
        lost=len(lost) / len(series),
        lost_at=float(np.searchsorted(series.steps, lost[0]) / len(series)) if len(lost) else None,
        rewinds=signals.run.rewinds,
        periodicities=signals.spectrum,
        local=local,
        excursions=signals.excursions if whole else excursions(Track(tag=track.tag, steps=steps, values=loss), local),
    )


def _at(track: Track | None, steps: IntArray) -> FloatArray | None:
    return None if track is None or len(track) < 2 else track.at(steps)


def _epoch(steps_per_epoch: float | None, steps: IntArray) -> float | None:
    """Points per epoch, None where it is unknown or the run holds less than two passes."""
    if steps_per_epoch is None or steps[-1] - steps[0] < 2 * steps_per_epoch:
        return None
    return steps_per_epoch * (len(steps) - 1) / max(1, int(steps[-1] - steps[0]))
