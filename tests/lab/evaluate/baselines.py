"""The textbook rules the advice is measured against, each a few lines, from their published formulas.

Each says of a run whether something is wrong with it at all (`alarm`), or which points are spikes. References: OLMo 2
(arXiv 2501.00656, section 3.2), OLMo-core's stability monitor, llm-foundry's KillLossSpike, the built-in rules of
Amazon SageMaker Debugger, AutoTrainer (ICSE 2021), and the median absolute deviation at six sigmas.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def _trailing(values: Floats, window: int) -> tuple[Floats, Floats]:
    """Mean and population deviation of the `window` values strictly before each point; NaN where there are fewer."""
    mean, deviation = np.full(len(values), np.nan), np.full(len(values), np.nan)
    if len(values) > window:
        windows = sliding_window_view(values, window)[:-1]
        mean[window:], deviation[window:] = windows.mean(1), windows.std(1)
    return mean, deviation


def olmo_spikes(loss: Floats) -> Bools:
    """OLMo 2's spike score: seven deviations from the average of the last 1,000 values."""
    mean, deviation = _trailing(loss, 1000)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(loss - mean) >= 7 * deviation)


def olmo_core_spikes(loss: Floats) -> Bools:
    """OLMo-core: above six deviations over the mean of the 128 values before."""
    mean, deviation = _trailing(loss, 128)
    with np.errstate(invalid="ignore"):
        return np.asarray((loss > mean + 6 * deviation) & (deviation > 1e-10))


def mad_spikes(loss: Floats) -> Bools:
    """More than six robust deviations above the median of the 21 values before."""
    out = np.zeros(len(loss), dtype=bool)
    if len(loss) > 21:
        windows = sliding_window_view(loss, 21)[:-1]
        middle = np.median(windows, axis=1)
        spread = np.median(np.abs(windows - middle[:, None]), axis=1)
        out[21:] = 0.6745 * (loss[21:] - middle) > 6 * spread
    return out


def kill_loss_spike(loss: Floats) -> bool:
    """llm-foundry: more than four outliers of twice the window's mean in a row, or half a window above the cap."""
    window = max(100, len(loss) // 20)
    if len(loss) <= window:
        return False
    cap = min(float(loss[:window].max()), 10.0)
    windows = sliding_window_view(loss, window)[:-1]
    high = np.count_nonzero(windows > cap, axis=1) >= window / 2
    if bool(high[window + 1 :].any()):
        return True
    outlier = loss[window:] >= 2 * windows.mean(axis=1)
    return bool(len(outlier) > 4 and sliding_window_view(outlier, 5).all(axis=1).any())


def loss_not_decreasing(loss: Floats) -> bool:
    """SageMaker: every tenth step compared with the one ten steps back; fires where it did not fall."""
    checks = loss[::10]
    return bool(np.any(np.diff(checks) >= 0))


def oscillating(loss: Floats) -> bool:
    """AutoTrainer's rule on the loss: pairs of neighbouring extremes at least 3 % of the range apart make up 20 %."""
    if len(loss) < 3:
        return False
    turns = np.flatnonzero(np.diff(np.sign(np.diff(loss))) != 0) + 1
    gaps = np.abs(np.diff(loss[turns]))
    return bool(np.count_nonzero(gaps >= 0.03 * np.ptp(loss)) >= 0.2 * len(loss))


def reduce_on_plateau(loss: Floats) -> bool:
    """Keras' ReduceLROnPlateau on fifty stretch means: ten without an improvement of 1e-4."""
    best, waited = np.inf, 0
    for value in (part.mean() for part in np.array_split(loss, min(50, len(loss)))):
        waited = 0 if value < best - 1e-4 else waited + 1
        best = min(best, value)
        if waited >= 10:
            return True
    return False


ALARMS: Mapping[str, Callable[[Floats], bool]] = {
    "OLMo 2, 7 sigma of 1,000": lambda loss: bool(olmo_spikes(loss).any()),
    "OLMo-core, 6 sigma of 128": lambda loss: bool(olmo_core_spikes(loss).any()),
    "MAD, 6 sigma of 21": lambda loss: bool(mad_spikes(loss).any()),
    "KillLossSpike": kill_loss_spike,
    "SageMaker LossNotDecreasing": loss_not_decreasing,
    "AutoTrainer oscillation": oscillating,
    "ReduceLROnPlateau, patience 10": reduce_on_plateau,
}
SPIKES: Mapping[str, Callable[[Floats], Bools]] = {
    "OLMo 2, 7 sigma of 1,000": olmo_spikes,
    "OLMo-core, 6 sigma of 128": olmo_core_spikes,
    "MAD, 6 sigma of 21": mad_spikes,
}
