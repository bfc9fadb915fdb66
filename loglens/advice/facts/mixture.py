"""A loss that goes to and fro between two levels: batches of two data sets, of long and short samples, of easy and hard
tasks. What looks like a scatter that is too wide for its rate is two narrow ones."""

from __future__ import annotations

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.shape import LossShape
from loglens.model.fact import Fact
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import differences, median, sigma

FEWEST = 40
"""Points that show two levels."""
APART = 5.0
"""Standard deviations of either by which the levels lie apart."""
LEAST = 0.1
"""Share of the points, in each third of the log, that each level has at least."""
SWITCHES = (0.15, 0.65)
"""Share of the points at which the loss goes from one level to the other: at random it is a half at most, and a loss
that a rate throws from side to side goes at every point."""
STEADY = 0.25
"""Share of their distance by which either level moves from the first third to the last at most."""


def two_levels(signals: Signals, shape: LossShape) -> Fact | None:
    """The two levels, where the loss has no other course than to go to and fro between them."""
    x = shape.loss
    if len(x) < FEWEST or not signals.is_objective or (border := _border(x)) is None:
        return None
    high = x > border
    low_level, high_level = median(x[~high]), median(x[high])
    distance = high_level - low_level
    if distance <= APART * max(float(sigma(x[~high])), float(sigma(x[high]))):
        return None
    if not SWITCHES[0] <= float(np.mean(high[1:] != high[:-1])) <= SWITCHES[1]:
        return None
    thirds = list(zip(np.array_split(x, 3), np.array_split(high, 3), strict=True))
    if any(not LEAST <= float(np.mean(upper)) <= 1 - LEAST for _, upper in thirds):
        return None
    (first, above), (last, still) = thirds[0], thirds[-1]
    moved = (median(last[~still]) - median(first[~above]), median(last[still]) - median(first[above]))
    if max(map(abs, moved)) > STEADY * distance:
        return None
    text = (
        f"The loss goes to and fro between two levels, {say.loss(low_level)} and {say.loss(high_level)}, as batches of "
        "two kinds make it, from two data sets or of two lengths."
    )
    return say.fact("flat_noise", text, shape.steps[0], shape.steps[-1], signals.loss.tag)


def _border(x: FloatArray) -> float | None:
    """The middle of the widest gap between neighbouring losses, the outermost tenths left out."""
    ordered = np.sort(x)
    edge = max(1, int(LEAST * len(ordered)) - 1)
    inner = ordered[edge : len(ordered) - edge]
    gaps = differences(inner)
    if not len(gaps) or float(gaps.max()) <= 0:
        return None
    at = int(np.argmax(gaps))
    return float(inner[at] + inner[at + 1]) / 2
