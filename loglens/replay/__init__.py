"""Replay: runs the bad stretch of a training again, with the learning rate lowered and a control at the old one.

    from loglens.replay import PlanSettings, Recorder, TorchTarget, replay

Names are imported when they are first used; torch is needed only by `Recorder` and `TorchTarget`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglens.replay.plan import PlanSettings as PlanSettings
    from loglens.replay.recorder import Recorder as Recorder
    from loglens.replay.recorder_hooks import lightning_callback as lightning_callback
    from loglens.replay.recorder_hooks import transformers_callback as transformers_callback
    from loglens.replay.session import Replayed as Replayed
    from loglens.replay.session import replay as replay
    from loglens.replay.target import ReplayTarget as ReplayTarget
    from loglens.replay.torch_target import TorchTarget as TorchTarget
    from loglens.replay.torch_target import loader_batches as loader_batches
    from loglens.replay.update import apply_replay as apply_replay

_HOMES = {
    "PlanSettings": "plan",
    "Recorder": "recorder",
    "ReplayTarget": "target",
    "Replayed": "session",
    "TorchTarget": "torch_target",
    "apply_replay": "update",
    "lightning_callback": "recorder_hooks",
    "loader_batches": "torch_target",
    "replay": "session",
    "transformers_callback": "recorder_hooks",
}

__all__ = [
    "PlanSettings", "Recorder", "ReplayTarget", "Replayed", "TorchTarget", "apply_replay", "lightning_callback",
    "loader_batches", "replay", "transformers_callback",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"loglens.replay.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'loglens.replay' has no attribute {name!r}")
