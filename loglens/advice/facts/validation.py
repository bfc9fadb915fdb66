"""Facts about the validation loss, at any length: whether there is one, whether it turned, whether it came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from loglens.advice.facts import say
from loglens.model.fact import Fact
from loglens.model.finding import Finding
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median, sigma
from loglens.signals.numerics.trend import tau

SLIGHT_RISE, CLEAR_RISE = 0.02, 0.2
"""Shares of its least value by which a validation loss has risen at all, and beyond doubt."""
STEADY_RISE, STEADY_POINTS, STEADY_TAU = 0.05, 12, 0.8
"""... and by which it has beyond doubt where it climbs from so many points to the next, with such a Kendall's tau."""
EVERY_RISE, EVERY_POINTS = 0.1, 4
"""... and where each of so many points lies above the one before."""
WOBBLES = 4.0
"""... and this many of its own wobbles."""
FELL = 0.02
"""Share of its level by which a train loss has fallen on."""
FEW = 8
"""Validation points up to which single values stand for levels."""


MOST_FALL = 0.95
"""Share fallen from which a percentage no longer tells two falls apart."""


def validation_facts(signals: Signals, findings: Sequence[Finding]) -> Iterator[Fact]:
    """`findings`: what the detectors saw of a turn."""
    val, train = signals.val, signals.loss
    if val is None or not signals.has_train_loss:
        yield say.fact("no_validation", "There is no validation loss in the log beside the train loss.")
        return
    values = val.values
    if len(values) < 3 or not len(train):
        return
    low = int(np.argmin(values))
    after = len(values) - 1 - low
    best = float(values[low])
    size = 1 if len(values) <= FEW else max(2, len(values) // 10)
    end = median(values[-size:])
    wobble = float(sigma(np.diff(values))) / np.sqrt(2.0) if len(values) > 5 else 0.0
    rise = end - best
    peak = float(np.max(values[: low + 1])) if low else best
    # a validation loss that rose by a good part and came back below its first low is no overfitting
    came_back = _came_back(values - signals.constant, low)
    if came_back is not None:
        first_low, top, at = came_back
        text = (
            f"The validation loss rose from {say.loss(first_low)} to {say.loss(top)} by step {int(val.steps[at])} and "
            f"fell again to {say.loss(best)}, below its first low."
        )
        yield say.fact("validation_came_back", text, val.steps[at], val.steps[-1], val.tag)
    start = median(values[:size])
    if start - end > max(0.02 * abs(start), 3 * wobble / np.sqrt(size)) and end - best <= 0.25 * (start - best):
        text = f"The validation loss falls from {say.loss(max(start, float(values[0])))} to {say.loss(end)}."
        yield say.fact("validation_falls", text, val.steps[0], val.steps[-1], val.tag)
    height = best - signals.constant
    if after < 1 or height <= 0 or rise < SLIGHT_RISE * height or rise < 1.5 * wobble:
        return
    later = values[low + 1 :]
    if len(later) >= 3 and float(np.mean(later > best + 0.25 * rise)) < 0.5:
        return
    then, now = _train_after(signals, int(val.steps[low]))
    fell = (then - now) / max(abs(then - signals.constant), 1e-300)
    if fell <= FELL:
        return
    steps = train.steps
    text = (
        f"The validation loss is lowest at step {int(val.steps[low])} ({say.loss(best)}) and rises to {say.loss(end)} "
        f"({rise / best:+.0%}) while the train loss falls on {_by((then - now) / max(abs(then), 1e-300))}."
    )
    seen = (
        any(finding.kind == "overfitting" and finding.severity != "info" for finding in findings) and came_back is None
    )
    steady = came_back is None and _steady(values, low, rise / height)
    clear = seen or (rise >= WOBBLES * wobble and (rise >= CLEAR_RISE * height or steady))
    last = max(int(steps[-1]), int(val.steps[-1]))
    yield say.fact(
        "validation_turned" if clear else "validation_rises", text, val.steps[low], last, val.tag,
        rise=rise / height, fell=fell, of_fall=rise / max(peak - best, 1e-12),
    )  # fmt: skip


def _steady(values: FloatArray, low: int, rise: float) -> bool:
    """Whether a series goes up from its least point on by a share of it, from point to point."""
    return (rise >= STEADY_RISE and _climbs(values[low + 1 :])) or (rise >= EVERY_RISE and _all_climb(values[low:]))


def _climbs(values: FloatArray) -> bool:
    """Whether a series goes up from its first point to its last nearly all the time."""
    if len(values) < STEADY_POINTS:
        return False
    some = values[np.linspace(0, len(values) - 1, min(len(values), 200)).astype(int)]
    return tau(some) >= STEADY_TAU


def _all_climb(values: FloatArray) -> bool:
    """Whether every point of a series lies above the one before."""
    return len(values) > EVERY_POINTS and bool(np.all(np.diff(values) > 0))


def _by(share: float) -> str:
    """`by 40%`; what fell by nearly all of it, by how many times."""
    return f"by {share:.0%}" if share < MOST_FALL else f"to {say.part(1.0 - share)} of that"


def _train_after(signals: Signals, turn: int) -> tuple[float, float]:
    """The level of the train loss at step `turn`, and at the end."""
    loss = signals.loss
    at = loss.index_at(turn)
    size = 1 if len(loss) < 12 else max(3, len(loss) // 20)
    then = median(loss.values[max(0, at - size + 1) : at + 1])
    if at == 0 and len(loss) > 1:
        then = float(loss.values[0])
    return then, median(loss.values[-size:])


def _came_back(values: np.ndarray, low: int) -> tuple[float, float, int] | None:
    """(first low, top after it, index of the top) where the series had risen well above an earlier low before it found
    its least value. Means of three decide; what is told are the points themselves, as every other sentence does."""
    if low < 4 or len(values) < 8:
        return None
    width = 3 if len(values) >= 12 else 1
    smooth = np.convolve(values, np.ones(width) / width, "valid")
    stop = min(low, len(smooth) - 1)
    running = np.minimum.accumulate(smooth[: stop + 1])
    rise = smooth[: stop + 1] / np.maximum(running, 1e-300) - 1
    at = int(np.argmax(rise))
    if float(rise[at]) < CLEAR_RISE or float(smooth[stop]) > 1.02 * float(running[at]):
        return None
    top = at + int(np.argmax(values[at : at + width]))
    return float(values[:top].min()), float(values[top]), top
