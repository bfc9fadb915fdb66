"""Facts about accuracies: what a loss does not show, because its sign, its parts or its mean hide it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from loglens.advice.facts import say
from loglens.advice.facts.schedule import had_no_rate
from loglens.model.fact import Fact
from loglens.model.run import FloatArray, Series
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median, rolling_median

ROLES = ("train_accuracy", "val_accuracy")
POINTS = 8
LEARNED, LEFT = 0.2, 0.1
"""Share of all that is right which had been learned, and what is left of that where it is lost."""
LOST_SHARE = 0.2
"""Of the log, at its end, in which it stays lost."""
NIL, NIL_POINTS, RISES = 0.005, 20, 1.5
"""An accuracy of no more than this on the whole, so many times, and not that much higher at the end, is that of
guessing among many classes ..."""
STOOD, FELL = 0.01, 0.05
"""... where the loss stood still from its first quarter on, within this share, and had fallen by less before."""


NO_SCORE = re.compile(r"err|attack|poison|backdoor|(?<![a-z])asr(?![a-z])|forget|unlearn|flip", re.IGNORECASE)
"""Measures that are called after an accuracy and are meant to fall."""


def _rises(series: Series) -> bool:
    values = series.values[series.finite]
    size = max(1, len(values) // 5)
    return len(values) > 1 and median(values[-size:]) > median(values[:size])


def accuracy_facts(signals: Signals) -> Iterator[Fact]:
    """One at most: an accuracy that had been learned and is gone to the end, or one that never was any."""
    if (nil := _nil(signals)) is not None:
        yield nil
        return
    if signals.val is not None and signals.has_train_loss and signals.val.values[-1] < signals.val.values[0]:
        return  # the validation goes on learning: another thing was measured
    accuracies = [series for role in ROLES if (series := signals.run.role(role)) is not None]
    if any(not NO_SCORE.search(series.tag) and _rises(series) for series in accuracies):
        return
    for series in accuracies:
        if not NO_SCORE.search(series.tag) and (lost := _lost(series)) is not None:
            best, at, end = lost
            text = (
                f"{series.tag} had come to {best:.3g} and falls to {end:.3g} by step {at}, where it stays: what had "
                "been learned is gone, whatever the loss says."
            )
            yield say.fact("accuracy_lost", text, at, series.steps[-1], series.tag, best=best, end=end)
            return


def _nil(signals: Signals) -> Fact | None:
    """A loss that stands still beside an accuracy of nothing: at the chance level of however many classes there are."""
    series, loss = signals.run.role("train_accuracy"), signals.loss.values
    if series is None or not signals.has_train_loss or len(loss) < NIL_POINTS:
        return None
    values = series.values[series.finite]
    if len(values) < NIL_POINTS or float(values.min()) < 0:
        return None
    nil = NIL * (100.0 if "%" in series.tag or float(values.max()) > 1 else 1.0)
    if float(values.mean()) > nil:
        return None
    early, late = values[: len(values) // 2], values[len(values) // 2 :]
    if NO_SCORE.search(series.tag) or float(late.mean()) > RISES * float(early.mean()) + nil / 10:
        return None
    quarters = [median(part) for part in np.array_split(loss, 4)]
    first, end = median(loss[:3]), quarters[-1]
    if abs(quarters[1] - end) > STOOD * abs(end) or first - end > FELL * abs(first):
        return None
    if had_no_rate(signals):
        return None
    text = (
        f"The loss stands at {say.loss(end)} and {series.tag} at {median(values):.2g} from the first quarter of the "
        "log to its end: nothing is learned."
    )
    return say.fact("stands_still", text, signals.loss.steps[0], signals.loss.steps[-1], signals.loss.tag)


def _lost(series: Series) -> tuple[float, int, float] | None:
    """(best level, step from which it is lost, level there)."""
    values: FloatArray = series.values[series.finite]
    steps = series.steps[series.finite]
    if len(values) < POINTS or float(values.min()) < 0 or float(values.max()) > 100:
        return None
    smooth = rolling_median(values, 3)
    unit = 1.0 if float(values.max()) <= 1 else 100.0
    top = int(np.argmax(smooth))
    best = float(smooth[top])
    low = smooth <= LEFT * best
    if best < LEARNED * unit or not low[-1]:
        return None
    since = len(low) - int(np.argmin(low[::-1]))
    if since <= top or len(low) - since < max(3, LOST_SHARE * len(low)):
        return None
    return best, int(steps[since]), median(values[since:])
