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
