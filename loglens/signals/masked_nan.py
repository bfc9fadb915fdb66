"""Losses that stand for a NaN.

Hugging Face's Trainer adds 0 instead of a non-finite loss to its running sum (`logging_nan_inf_filter`, on by default),
so that a run that has died logs a loss of exactly 0.0, or a fraction of the true one for the window in which it died.
"""

from __future__ import annotations

import numpy as np

from loglens.model.run import IntArray, Series
from loglens.signals.numerics.robust import median

LEAST_ZEROS = 3
"""Exact zeros at the end of a log that count as dead where no gradient norm is logged."""
FAR_BELOW = 1e-3
"""... provided that the loss had not been on its way to zero: its last values are above this share of its median."""


def hidden_non_finite(loss: Series, grad: Series | None) -> IntArray:
    """Steps at which a loss of exactly 0.0 hides a NaN, (k,) int64.

    That is so where the gradient norm at the same step is not finite, or where the log ends in exact zeros that come
    out of nowhere.
    """
    zero = loss.values == 0.0
    if not bool(zero.any()):
        return np.zeros(0, dtype=np.int64)
    hidden = np.zeros(len(loss), dtype=bool)
    if grad is not None:
        hidden |= zero & np.isin(loss.steps, grad.steps[~grad.finite])
    live = np.flatnonzero(~zero & loss.finite)
    if len(live):
        tail = int(live[-1]) + 1
        typical = median(np.abs(loss.values[live]))
        last = median(np.abs(loss.values[live[-5:]]))
        if len(loss) - tail >= LEAST_ZEROS and last > FAR_BELOW * typical:
            hidden[tail:] |= zero[tail:]
    return np.asarray(loss.steps[hidden])
