"""The kinds of findings, each with its words: what every room needs to say or to know of a kind stands here, once.

To add a kind: its name in `FindingKind`, its line in `KINDS`, the schema's enumeration (a test compares), and the
detector that finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from loglens.model.causes import CauseName

FindingKind = Literal[
    "loss_spike", "oscillation", "stagnation", "divergence", "non_finite", "slow_progress", "overfitting", "lr_jump",
    "resume", "gradient_explosion", "gradient_vanishing", "periodic_pattern", "logging",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class KindInfo:
    """`title`: its heading. `said`: inside a sentence, as a reason. `doubt`: which observation would speak against it.

    `owners`: the causes that can be behind it; the likeliest owns it. `replayable`: arms at other learning rates can
    test it. `vague`: it is seen long after it began, so a replay starts as early as it can. `restated`: the features
    state it as plainly, and with its size, so that it is evidence but never a reason of its own.
    """

    title: str
    said: str
    doubt: str
    owners: frozenset[CauseName] = frozenset()
    replayable: bool = False
    vague: bool = False
    restated: bool = False


_KINDS: dict[FindingKind, KindInfo] = {
    "loss_spike": KindInfo(
        title="Loss spike",
        said="the loss spikes",
        doubt=(
            "The same batch spiking at any learning rate would point at the data; no spike in a replay "
            "at the same rate, at chance."
        ),
        owners=frozenset({"bad_data", "lr_jump", "lr_too_high", "resume_discontinuity", "warmup_too_short"}),
        replayable=True,
    ),
    "oscillation": KindInfo(
        title="Oscillation",
        said="the loss oscillates",
        doubt=(
            "A loss just as restless at half the learning rate would clear the rate and point at the "
            "batch size or the data order."
        ),
        owners=frozenset({"data_order", "lr_jump", "lr_too_high"}),
        replayable=True,
        vague=True,
    ),
    "stagnation": KindInfo(
        title="Stagnation",
        said="the loss stagnates",
        doubt=(
            "A loss that falls again after a change of the rate would show that the plateau was the "
            "schedule's; one that stays flat at every rate, that the model has reached its floor."
        ),
        owners=frozenset({"dead_network", "label_noise", "lr_decays_too_early", "lr_too_high", "lr_too_low"}),
        replayable=True,
        vague=True,
    ),
    "divergence": KindInfo(
        title="Divergence",
        said="the loss diverges",
        doubt="A later part of the log in which the loss comes back would make this a spike.",
        owners=frozenset({"lr_jump", "lr_too_high", "warmup_too_short"}),
        replayable=True,
    ),
    "non_finite": KindInfo(
        title="NaN or infinity",
        said="the loss or the gradient norm becomes NaN or infinite",
        doubt=(
            "Finite values in full precision (no fp16) from the same checkpoint would point at numerics "
            "rather than at the learning rate."
        ),
        owners=frozenset({"bad_data", "lr_jump", "lr_too_high", "numerical_failure", "warmup_too_short"}),
        replayable=True,
    ),
    "slow_progress": KindInfo(
        title="Slow progress",
        said="the loss falls far too slowly",
        doubt="A short run at three times the rate that falls no faster would clear the learning rate.",
        owners=frozenset({"dead_network", "lr_decays_too_early", "lr_too_low"}),
        replayable=True,
        vague=True,
    ),
    "overfitting": KindInfo(
        title="Overfitting",
        said="the validation loss rises while the train loss falls",
        doubt=(
            "More validation points, or the same rise on a second validation set, would settle it; a "
            "train loss that rises too would make it divergence."
        ),
        owners=frozenset({"overfitting"}),
    ),
    "lr_jump": KindInfo(
        title="Jump of the learning rate",
        said="the learning rate jumps",
        doubt=(
            "A schedule on purpose (warm restarts, a second stage) would make this jump part of the "
            "plan: tell LogLens with --schedule."
        ),
        owners=frozenset({"lr_jump"}),
        replayable=True,
        restated=True,
    ),
    "resume": KindInfo(
        title="Resume",
        said="the run was resumed",
        doubt=("Optimizer state, data position and schedule restored in full would leave no trace at this step."),
        owners=frozenset({"resume_discontinuity"}),
        restated=True,
    ),
    "gradient_explosion": KindInfo(
        title="Exploding gradient",
        said="the gradient norm explodes",
        doubt="Norms logged before clipping that stay level would clear the gradients.",
        owners=frozenset({"bad_data", "lr_jump", "lr_too_high", "warmup_too_short"}),
        replayable=True,
    ),
    "gradient_vanishing": KindInfo(
        title="Vanishing gradient",
        said="the gradient norm vanishes",
        doubt="A norm that recovers once the rate rises would clear the network.",
        owners=frozenset({"dead_network"}),
    ),
    "periodic_pattern": KindInfo(
        title="Periodic pattern",
        said="the loss repeats itself periodically",
        doubt="A fresh shuffle every epoch that keeps the pattern would clear the order of the data.",
        owners=frozenset({"data_order"}),
    ),
    "logging": KindInfo(
        title="Logging",
        said="the log itself is odd",
        doubt="A log written without smoothing or sampling would show whether the loss itself does this.",
        restated=True,
    ),
}
KINDS: Mapping[FindingKind, KindInfo] = MappingProxyType(_KINDS)
"""Every kind, in the order in which outputs list them."""
