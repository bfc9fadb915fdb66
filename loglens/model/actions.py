"""What can be changed: the actions a recommendation names, each with its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Action = Literal[
    "keep", "lower_lr", "raise_lr", "lengthen_warmup", "remove_lr_jump", "decay_later", "inspect_data", "shuffle_data",
    "regularize_or_stop_early", "fix_network", "fix_resume", "fix_numerics", "collect_more",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ActionInfo:
    """`title`: its heading. `short`: for a column of a table, '' where the number beside it says it all."""

    title: str
    short: str = ""


_ACTIONS: dict[Action, ActionInfo] = {
    "keep": ActionInfo("Keep the learning rate", "keep"),
    "lower_lr": ActionInfo("Lower the learning rate"),
    "raise_lr": ActionInfo("Raise the learning rate"),
    "lengthen_warmup": ActionInfo("Lengthen the warm-up", "longer warm-up"),
    "remove_lr_jump": ActionInfo("Remove the jump of the learning rate", "remove LR jump"),
    "decay_later": ActionInfo("Decay the learning rate later", "decay later"),
    "inspect_data": ActionInfo("Inspect the data of the flagged steps", "inspect data"),
    "shuffle_data": ActionInfo("Shuffle the data", "shuffle data"),
    "regularize_or_stop_early": ActionInfo("Regularise, or stop earlier", "regularise"),
    "fix_network": ActionInfo("Fix the network before the learning rate", "fix network"),
    "fix_resume": ActionInfo("Restore the full training state on resume", "fix resume"),
    "fix_numerics": ActionInfo("Fix the numerics before the learning rate", "fix numerics"),
    "collect_more": ActionInfo("Log more before deciding", "log more"),
}
ACTIONS: Mapping[Action, ActionInfo] = MappingProxyType(_ACTIONS)
