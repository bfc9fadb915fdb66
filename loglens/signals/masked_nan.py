"""Losses that stand for a NaN.

Hugging Face's Trainer adds 0 instead of a non-finite loss to its running sum (`logging_nan_inf_filter`, on by default),
so that a run that has died logs a loss of exactly 0.0, or a fraction of the true one for the window in which it died.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglens.model.run import IntArray, Series
from loglens.signals.numerics.robust import median

LEAST_ZEROS = 3
"""Exact zeros at the end of a log that count as dead where no gradient norm is logged."""
FAR_BELOW = 1e-3
"""... provided that the loss had not been on its way to zero: its last values are above this share of its median."""


LEAST_LIVE, NOWHERE_NEAR = 5, 0.02
"""Losses that follow on zeros at the beginning, and the share of their median that all of them lie above."""
ALIVE_POINTS, ALIVE_SCORE = 2, 0.95
"""Points of a validation loss after the zeros began that show that the weights are numbers, if the last is one; share
of its best that a score keeps in a network whose weights are: one that guesses a single class keeps a good part."""


def hidden_non_finite(
    loss: Series, grad: Series | None, val: Series | None = None, scores: Sequence[Series] = ()
) -> IntArray:
    """Steps at which a loss of exactly 0.0 hides a NaN, (k,) int64.

    That is so where the gradient norm at the same step is not finite, where no point of the validation loss is a number
    beside a loss that is 0 from its first point to its last, or where the log ends in exact zeros that come out of
    nowhere, unless the validation (`val`, or accuracies: `scores`) goes on as before: then nothing is left to learn.
    """
    zero = loss.values == 0.0
    if not bool(zero.any()):
        return np.zeros(0, dtype=np.int64)
    hidden = np.zeros(len(loss), dtype=bool)
    if grad is not None:
        hidden |= zero & np.isin(loss.steps, grad.steps[~grad.finite])
    live = np.flatnonzero(~zero & loss.finite)
    if not len(live):
        if val is not None and len(val) and not bool(val.finite.any()):
            hidden |= zero
        return np.asarray(loss.steps[hidden])
    tail = int(live[-1]) + 1
    typical = median(np.abs(loss.values[live]))
    last = median(np.abs(loss.values[live[-5:]]))
    out_of_nowhere = len(loss) - tail >= LEAST_ZEROS and last > FAR_BELOW * typical
    if out_of_nowhere and not _goes_on(int(loss.steps[tail]), val, scores):
        hidden[tail:] |= zero[tail:]
    return np.asarray(loss.steps[hidden])


def placeholders(loss: Series) -> IntArray:
    """Steps at the beginning of a log at which a loss of exactly 0.0 stands for none that was measured yet, (k,) int64:
    what follows lies above it and comes nowhere near."""
    live = np.flatnonzero(loss.finite & (loss.values != 0.0))
    head = int(live[0]) if len(live) else 0
    rest = loss.values[live]
    if not head or len(live) < LEAST_LIVE or not bool(np.all(loss.finite[:head])):
        return np.zeros(0, dtype=np.int64)
    low, typical = float(rest.min()), median(rest)
    return np.asarray(loss.steps[: head if low > NOWHERE_NEAR * typical > 0 else 0])


def nothing_left(loss: Series, hidden: IntArray) -> int | None:
    """The step from which a log ends in exact zeros, three at least, that hide no NaN; None where it does not."""
    live = np.flatnonzero(loss.values != 0.0)
    tail = int(live[-1]) + 1 if len(live) else 0
    if not len(live) or len(loss) - tail < LEAST_ZEROS or len(hidden):
        return None
    return int(loss.steps[tail])


def _goes_on(since: int, val: Series | None, scores: Sequence[Series]) -> bool:
    """Whether the validation shows that the weights are numbers after a step."""
    return _is_number(val, since) or any(_holds(score, since) for score in scores)


def _is_number(val: Series | None, since: int) -> bool:
    """Whether a validation loss goes on as a number to its end, and no worse than it had been."""
    if val is None or not len(val) or not bool(val.finite[-1]):
        return False
    after, before = val.values[(val.steps > since) & val.finite], val.values[(val.steps <= since) & val.finite]
    return len(after) >= ALIVE_POINTS and float(after[-1]) <= float(np.max(before, initial=-np.inf))


def _holds(score: Series, since: int) -> bool:
    """Whether a score stands after a step where it stood before, above zero."""
    after = score.values[(score.steps > since) & score.finite]
    best = float(np.max(score.values[score.finite], initial=0.0))
    return len(after) >= ALIVE_POINTS and best > 0 and float(after[-1]) >= ALIVE_SCORE * best
