"""Live training: the diagnosis while the training still runs, from the losses it has in hand.

    from loglens.callbacks import Monitor

    monitor = Monitor(optimizer=optimizer, stop=True)
    for batch in batches:
        ...  # forward, backward, optimizer.step()
        if monitor.step(loss):
            break

    Trainer(..., callbacks=[transformers_callback(stop=True)])
    lightning.Trainer(..., callbacks=[lightning_callback(stop=True)])
    model.fit(..., callbacks=[keras_callback(stop=True)])

All of them judge as `loglens diagnose` does, spend at most a set share of the time on it, and never raise into the
training.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loglens.callbacks.monitor import Alert as Alert
    from loglens.callbacks.monitor import Monitor as Monitor
    from loglens.callbacks.trainers import keras_callback as keras_callback
    from loglens.callbacks.trainers import lightning_callback as lightning_callback
    from loglens.callbacks.trainers import transformers_callback as transformers_callback

_HOMES = {
    "Alert": "monitor",
    "Monitor": "monitor",
    "keras_callback": "trainers",
    "lightning_callback": "trainers",
    "transformers_callback": "trainers",
}

__all__ = ["Alert", "Monitor", "keras_callback", "lightning_callback", "transformers_callback"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"loglens.callbacks.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'loglens.callbacks' has no attribute {name!r}")
