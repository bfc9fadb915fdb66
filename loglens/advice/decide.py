"""From scores to probabilities: what a log rules out, and what is left to `unknown`.

The same rule for one run and, with arrays one axis longer, for a whole table of them: what the program says and what
its evaluation counts is one thing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from loglens.model.finding import Finding
from loglens.model.run import FloatArray
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median
from loglens.signals.scaled import ScaledRun

DOUBT = 0.6
"""How much of the probability a loss that only scatters, without any finding, leaves to `unknown`."""
UNSURE = 0.3
"""Below this probability the likeliest cause is a guess: `unknown` is the answer, and gets as much."""
NO_JUMP = 0.1
"""ln of how far a rate may exceed all it had been without having jumped: a tenth, as rounded or averaged rates do."""
WIDE = 0.3
"""Scatter of the points, as a share of the loss's level, that is in the nature of some losses."""
CONVERGED = 0.25
"""A loss that falls with the logarithm of the steps from a tenth of the run on makes 0.30 of that fall in the second
half (Kaplan et al. 2020 have it slower still): less, and the loss had arrived."""
RISEN = math.e
"""Times its start at which a loss ends that nevertheless does not diverge."""


def probabilities(
    scores: FloatArray,
    outcomes: Sequence[str],
    *,
    never_jumped: NDArray[np.bool_],
    scatters: NDArray[np.bool_],
    converged: NDArray[np.bool_],
) -> FloatArray:
    """(..., outcomes) scores -> (..., outcomes + 1) probabilities, `unknown` last; they sum to 1.

    `never_jumped`, `scatters`, `converged` (...): see the functions of these names. `unknown` is the likeliest where it
    gets anything. A loss that only scatters says nothing against its rate: it may do so by nature.
    """
    jump, high, low = (outcomes.index(name) for name in ("lr_jump", "lr_too_high", "lr_too_low"))
    scores = np.array(scores, dtype=np.float64)
    scores[..., jump] = np.where(never_jumped, -np.inf, scores[..., jump])
    odds = np.exp(scores - scores.max(axis=-1, keepdims=True))
    known = odds / odds.sum(axis=-1, keepdims=True)
    unsure = np.where(known.max(axis=-1) < UNSURE, UNSURE, 0.0)
    top = known.argmax(axis=-1)
    unknown = np.where(scatters & ((top == high) | ((top == low) & converged)), DOUBT, unsure)[..., None]
    return np.concatenate([known * (1 - unknown), unknown], axis=-1)


def never_jumped(signals: Signals, jump_ratio: float | None) -> bool:
    """Whether the rate was logged and never jumped. `jump_ratio`: the evidence of that name."""
    steps_up = any(event.kind in ("step_up", "restart", "reset") for event in signals.schedule.events)
    return signals.lr is not None and not steps_up and abs(jump_ratio or 0.0) <= NO_JUMP


def converged(val_fell_late: float | None) -> bool:
    """Whether the validation loss had done its falling by half of the run, by the evidence of that name."""
    return val_fell_late is not None and val_fell_late < CONVERGED


def scatters(reading: ScaledRun, findings: Iterable[Finding]) -> bool:
    """Whether the loss did nothing but scatter widely, and nothing at warning or above was found.

    A rate that is too high keeps a loss scattering about where it began. The losses of reinforcement learning, of
    diffusion and of heavy-tailed data do the same by nature, and are well.
    """
    if reading.progressed or any(finding.severity != "info" for finding in findings):
        return False
    level = max(abs(median(reading.loss)), 1e-12)
    return reading.noise_between(0.0, 1.0) > WIDE * level or reading.end > RISEN * abs(reading.first)
