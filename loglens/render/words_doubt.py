"""What would change the verdict: per kind of finding and per cause, the observation that would speak against it."""

from __future__ import annotations

import math

from loglens.model.diagnosis import Cause
from loglens.render import numbers, words

KINDS = {
    "loss_spike": "The same batch spiking at any learning rate would point at the data; "
    "no spike in a replay at the same rate, at chance.",
    "oscillation": "A loss just as restless at half the learning rate would clear the rate and point at the batch size "
    "or the data order.",
    "stagnation": "A loss that falls again after a change of the rate would show that the plateau was the schedule's; "
    "one that stays flat at every rate, that the model has reached its floor.",
    "divergence": "A later part of the log in which the loss comes back would make this a spike.",
    "non_finite": "Finite values in full precision (no fp16) from the same checkpoint would point at numerics "
    "rather than at the learning rate.",
    "slow_progress": "A short run at three times the rate that falls no faster would clear the learning rate.",
    "overfitting": "More validation points, or the same rise on a second validation set, would settle it; "
    "a train loss that rises too would make it divergence.",
    "lr_jump": "A schedule on purpose (warm restarts, a second stage) would make this jump part of the plan: "
    "tell LogLens with --schedule.",
    "resume": "Optimizer state, data position and schedule restored in full would leave no trace at this step.",
    "gradient_explosion": "Norms logged before clipping that stay level would clear the gradients.",
    "gradient_vanishing": "A norm that recovers once the rate rises would clear the network.",
    "periodic_pattern": "A fresh shuffle every epoch that keeps the pattern would clear the order of the data.",
    "logging": "A log written without smoothing or sampling would show whether the loss itself does this.",
}

CAUSES = {
    "healthy": "A longer log or a validation loss could show what this one does not.",
    "lr_too_high": "A replay at a lower rate that shows the same fault would clear the learning rate.",
    "lr_too_low": "A short run at three times the rate that falls no faster would clear the learning rate.",
    "warmup_too_short": "A replay with a warm-up five times as long that fails at the same rate would blame the peak, "
    "not the warm-up.",
    "lr_jump": "A loss that reacts the same way where the rate does not jump would clear the jump.",
    "lr_decays_too_early": "A run that holds its rate longer and flattens at the same loss would clear the schedule.",
    "bad_data": "Other batches spiking after a reshuffle, at the same steps, would clear the data.",
    "data_order": "The same pattern under a fresh shuffle would clear the order.",
    "label_noise": "A loss that falls further at a lower rate would make this the rate's noise, not the labels'.",
    "overfitting": "A validation loss that falls with the same train loss on more data would confirm it.",
    "dead_network": "A loss that moves at another rate or with another seed would clear the network.",
    "resume_discontinuity": "A resume with the full state (optimizer, schedule, data position) that jumps again "
    "would clear the restart.",
    "numerical_failure": "The same NaN in full precision from the same checkpoint would clear the number format; none at a "
    "lower rate would blame the rate.",
    "unknown": "A gradient norm, a validation loss or the learning rate in the log would narrow this down.",
}


def against_finding(kind: str) -> str:
    return KINDS.get(kind, "")


def against_cause(cause: str) -> str:
    return CAUSES.get(cause, "")


def without_strongest(cause: Cause) -> str:
    """What the probability would be without its strongest evidence, from the sum of log-odds; '' where none speaks
    for the cause."""
    strongest = max((one for one in cause.weights if one.points > 0), key=lambda one: one.points, default=None)
    if strongest is None or not 0 < cause.probability < 1:
        return ""
    odds = cause.probability / (1 - cause.probability) * math.exp(-min(strongest.points, 50.0))
    left = numbers.percent(odds / (1 + odds))
    return f"Without “{words.plain(strongest.name).lower()}”, the strongest evidence, it would stand at about {left}."
