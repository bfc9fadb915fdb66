"""The Recorder for trainers that own the loop: transformers' Trainer and Lightning.

    Trainer(..., callbacks=[transformers_callback("out/recorder")])
    lightning.Trainer(..., callbacks=[lightning_callback("out/recorder")])

The packages are imported only when a callback is made.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from loglens.errors import MissingDependency, ReplayError
from loglens.replay.torch.recorder import Recorder


def transformers_callback(folder: str | Path, *, every: int | None = None, keep: int = 5) -> Any:
    """A `TrainerCallback` that records the state after each optimizer step."""
    transformers = _package(folder, "transformers")

    class RecorderCallback(transformers.TrainerCallback):  # type: ignore[name-defined, misc]
        recorder: Recorder | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.recorder = Recorder(
                folder,
                model=kwargs["model"],
                optimizer=_unwrapped(kwargs["optimizer"]),
                scheduler=kwargs.get("lr_scheduler"),
                every=every,
                keep=keep,
                start=state.global_step,
                data={"epoch": float(state.epoch or 0.0)},
            )

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if self.recorder is None:
                raise ReplayError("the recorder saw a step before training began")
            # the loss is not handed to callbacks per step: the last one logged is watched
            logged = next((row["loss"] for row in reversed(state.log_history) if "loss" in row), None)
            self.recorder.step(state.global_step - 1, logged, data={"epoch": float(state.epoch or 0.0)})

    return RecorderCallback()


def lightning_callback(folder: str | Path, *, every: int | None = None, keep: int = 5) -> Any:
    """A Lightning `Callback` that records the state after each batch (automatic optimization, one optimizer)."""
    try:
        lightning = importlib.import_module("lightning.pytorch")
    except ImportError:
        lightning = _package(folder, "pytorch_lightning")

    class RecorderCallback(lightning.Callback):  # type: ignore[name-defined, misc]
        recorder: Recorder | None = None

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            if len(trainer.optimizers) != 1:
                raise ReplayError(f"the recorder keeps one optimizer, this module has {len(trainer.optimizers)}")
            schedulers = trainer.lr_scheduler_configs
            self.recorder = Recorder(
                folder,
                model=pl_module,
                optimizer=_unwrapped(trainer.optimizers[0]),
                scheduler=schedulers[0].scheduler if schedulers else None,
                every=every,
                keep=keep,
                start=trainer.global_step,
                data={"epoch": trainer.current_epoch},
            )

        def on_train_batch_end(
            self,
            trainer: Any,
            pl_module: Any,
            outputs: Any,
            batch: Any,
            batch_idx: int,
        ) -> None:
            if self.recorder is None:
                raise ReplayError("the recorder saw a step before training began")
            loss = outputs["loss"] if isinstance(outputs, dict) and "loss" in outputs else outputs
            self.recorder.step(
                trainer.global_step - 1, loss, data={"epoch": trainer.current_epoch, "batch": batch_idx + 1}
            )

    return RecorderCallback()


def _unwrapped(optimizer: Any) -> Any:
    """The torch optimizer inside a wrapper (accelerate, Lightning), whose state is what is resumed from."""
    return getattr(optimizer, "optimizer", getattr(optimizer, "_optimizer", optimizer))


def _package(folder: str | Path, name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependency(folder, f"this callback needs {name}: pip install {name}") from error
