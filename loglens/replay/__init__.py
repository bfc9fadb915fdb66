"""Replay: runs the bad stretch of a training again, with the learning rate lowered and a control at the old one.

    from loglens.replay import PlanSettings, Recorder, TorchTarget, replay

    proven = loglens.replay("runs/bad", command="python train.py --resume {checkpoint} --lr {lr} --out {out}")

Names are imported when they are first used; torch is needed only by `Recorder` and `TorchTarget`. The package itself
can be called: it is `loglens.fleet.api.replay`, which lies above this layer and is reached by
name.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglens.replay.drivers.driver import ReplayTarget as ReplayTarget
    from loglens.replay.judging.update import apply_replay as apply_replay
    from loglens.replay.plan import PlanSettings as PlanSettings
    from loglens.replay.session import Replayed as Replayed
    from loglens.replay.session import replay as replay
    from loglens.replay.torch.recorder import Recorder as Recorder
    from loglens.replay.torch.recorder_hooks import lightning_callback as lightning_callback
    from loglens.replay.torch.recorder_hooks import transformers_callback as transformers_callback
    from loglens.replay.torch.target import TorchTarget as TorchTarget
    from loglens.replay.torch.target import loader_batches as loader_batches

_HOMES = {
    "PlanSettings": "plan",
    "Recorder": "torch.recorder",
    "ReplayTarget": "drivers.driver",
    "Replayed": "session",
    "TorchTarget": "torch.target",
    "apply_replay": "judging.update",
    "lightning_callback": "torch.recorder_hooks",
    "loader_batches": "torch.target",
    "replay": "session",
    "transformers_callback": "torch.recorder_hooks",
}

__all__ = [
    "PlanSettings", "Recorder", "ReplayTarget", "Replayed", "TorchTarget", "apply_replay", "lightning_callback",
    "loader_batches", "replay", "transformers_callback",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"loglens.replay.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'loglens.replay' has no attribute {name!r}")


class _Callable(ModuleType):
    """A package that can be called, so that `loglens.replay(...)` and `from loglens.replay import ...` both work."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return import_module("loglens.fleet.api").replay(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
