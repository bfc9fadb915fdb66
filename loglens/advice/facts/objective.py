"""Facts about what is minimised: a setting of the loss or of the task that moves during the run makes the loss move."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.shape import LossShape
from loglens.model.fact import Fact
from loglens.model.run import FloatArray, Series
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median

SETTING = re.compile(
    r"(?:kl|kld|loss|reg|aux|adv|gan|commit\w*)[_ ./-]?(?:weight|coeff?|coefficient|factor|lambda|scale|anneal\w*)$"
    r"|(?:^|[_ ./-])(?:beta|lambda)(?:_?(?:kld?|vae|reg|adv))?$"
    r"|^(?:weight|lambda|beta|coeff?)[_ ./-]?(?:kld?|reg|adv|loss)$"
    r"|anneal|teacher_?forc|scheduled_?sampling|sampling_?(?:prob|rate|ratio)|mask(?:ing)?_?(?:ratio|rate|prob)"
    r"|curriculum|difficulty",
    re.IGNORECASE,
)
"""What trainers call the weight of a term of the loss, or how hard the task is made."""
NOT_OF_LOSS = re.compile(r"loss[ _-]?scale|grad|adam|lr|learning", re.IGNORECASE)
MOVES = 0.5
"""Share of its largest value by which a setting moves that is annealed."""
ONE_WAY = 0.9
"""Share of the way that goes in one direction."""
MEANWHILE = 0.7
"""Share of a rise of the loss that falls into the time in which the setting moved."""
CLEAR_RISE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A setting that moves one way, `begin` to `end` in steps, from `first` to `last`."""

    tag: str
    begin: int
    end: int
    first: float
    last: float


UP, STAYS, NEAR = 0.1, 0.2, 0.03
"""Share of its level by which a train loss rises; share of that, and of its own level, by which the validation loss
does not rise with it."""
FEWEST_AFTER = 3
"""Validation points behind the rise that show it."""
AWAY = 4.0
"""Times its lowest level by which a loss that rises so far has risen by itself, whatever the validation says."""


def objective_facts(signals: Signals, shape: LossShape) -> Iterator[Fact]:
    """`shape`: of the judged loss."""
    for series in signals.run.series:
        ramp = _ramp(series) if SETTING.search(series.tag) and not NOT_OF_LOSS.search(series.tag) else None
        if ramp is None or not _rose_meanwhile(shape, ramp):
            continue
        text = (
            f"“{ramp.tag}” goes from {say.loss(ramp.first)} to {say.loss(ramp.last)} between steps {ramp.begin:,} and "
            f"{ramp.end:,}, and the loss rises meanwhile: what is minimised changed there."
        )
        yield say.fact("objective_changed", text, ramp.begin, ramp.end, ramp.tag)
        return
    if (alone := _rises_alone(signals, shape)) is not None:
        yield alone


def _rises_alone(signals: Signals, shape: LossShape) -> Fact | None:
    """A train loss that goes up and stays there while the validation loss knows nothing of it, or falls: the weights
    are no worse, the data or the way the loss is taken is another (lessons from short to long, a mean over the first
    part of an epoch, a network that was trained before)."""
    val = signals.val
    if val is None or not signals.has_train_loss or len(shape) < 6 or len(signals.non_finite_steps):
        return None
    low, end = min(shape.first, shape.low), shape.end
    if low <= 0 or not UP * low <= end - low <= AWAY * low:
        return None
    half = low + (end - low) / 2
    below = np.flatnonzero(shape.loss < half)
    at = int(below[-1]) + 1 if len(below) else 0
    if not 0 < at < len(shape):
        return None
    step = int(shape.steps[at])
    before, after = val.values[val.steps < step], val.values[val.steps >= step]
    if not len(before) or len(after) < FEWEST_AFTER:
        return None
    was, last, top = float(np.min(before)), float(after[-1]), float(np.max(after[len(after) // 2 :]))
    falls = end > (1 + UP) * shape.first and top <= (1 - UP) * was
    # where it climbs and comes back, or no level was below, only a validation loss that falls tells
    stood = float(np.mean(shape.loss[:at] < half)) >= ONE_WAY
    stays = stood and was > 0 and top - was <= min(STAYS * (end - low) / low, NEAR) * was
    return _of_data(signals, shape, low, (was, last), since=step) if falls or stays else None


def _of_data(signals: Signals, shape: LossShape, low: float, val: tuple[float, float], *, since: int) -> Fact:
    text = (
        f"The loss goes up from {say.loss(low)} to {say.loss(shape.end)} and stays there, while the validation loss "
        f"goes from {say.loss(val[0])} to {say.loss(val[1])}: the weights are no worse, the data or what is averaged "
        "changed."
    )
    return say.fact("objective_changed", text, since, shape.steps[-1], signals.loss.tag)


def _ramp(series: Series) -> Ramp | None:
    """The one move of a setting; None where it stays, or goes to and fro."""
    steps, values = series.steps[series.finite], series.values[series.finite]
    if len(values) < 3:
        return None
    moves = np.diff(values)
    way, whole = float(values[-1] - values[0]), float(np.sum(np.abs(moves)))
    most = float(np.max(np.abs(values)))
    if most <= 0 or abs(way) < MOVES * most or abs(way) < ONE_WAY * whole:
        return None
    moving = np.flatnonzero(np.abs(moves) > 1e-3 * abs(way))
    begin, end = int(steps[int(moving[0])]), int(steps[int(moving[-1]) + 1])
    return Ramp(tag=series.tag, begin=begin, end=end, first=float(values[0]), last=float(values[-1]))


def _rose_meanwhile(shape: LossShape, ramp: Ramp) -> bool:
    """Whether what the loss rose above its lowest level before the end of the move it rose while the setting moved."""
    if len(shape) < 6:
        return False
    levels: FloatArray = shape.levels
    places = np.linspace(0, len(shape) - 1, len(levels)).round().astype(int)
    at = shape.steps[places]
    until = int(np.searchsorted(at, ramp.end, side="right"))
    inside = np.flatnonzero(at[:until] >= ramp.begin)
    if not len(inside):
        return False
    low = int(np.argmin(levels[: int(inside[-1]) + 1]))
    top = low + int(np.argmax(levels[low:]))
    rise = float(levels[top] - levels[low])
    if rise <= CLEAR_RISE * abs(median(levels)):
        return False
    start = max(low, int(inside[0]) - 1)
    stop = min(top, int(inside[-1]) + 1)
    return stop > start and float(levels[stop] - levels[start]) >= MEANWHILE * rise
