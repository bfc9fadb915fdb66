"""The monitor for trainers that own the loop: transformers' Trainer, Lightning, Keras.

The packages are imported only when a callback is made. Keyword arguments are those of `Monitor`.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

from loglens.callbacks.monitor import Monitor
from loglens.errors import MissingDependency


def transformers_callback(**settings: Any) -> Any:
    """A `TrainerCallback` that watches what the Trainer logs (every `logging_steps`); its `.monitor` holds the alerts.

        trainer = Trainer(..., callbacks=[transformers_callback(stop=True)])

    Takes `Monitor`'s keyword arguments; with `stop=True` the Trainer ends after the step of an alert.
    """
    transformers = _package("transformers")

    class MonitorCallback(transformers.TrainerCallback):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            self.monitor = Monitor(**settings)

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> Any:
            said = logs or {}
            if "loss" in said:
                self.monitor.step(
                    said["loss"], step=state.global_step, lr=said.get("learning_rate"), grad_norm=said.get("grad_norm")
                )
            if "eval_loss" in said:
                self.monitor.validation(said["eval_loss"], step=state.global_step)
            if self.monitor.should_stop:
                control.should_training_stop = True
            return control

        def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
            self.monitor.judge()
            return control

    return MonitorCallback()


def lightning_callback(*, val_loss: str = "val_loss", **settings: Any) -> Any:
    """A Lightning `Callback` that watches each batch's loss; its `.monitor` holds the alerts.

        trainer = lightning.Trainer(..., callbacks=[lightning_callback(stop=True)])

    `val_loss`: the name the module logs its validation loss under. Takes `Monitor`'s keyword arguments; with
    `stop=True` it sets `trainer.should_stop`, which Lightning heeds after the batch (and after `min_steps`).
    """
    try:
        lightning = importlib.import_module("lightning.pytorch")
    except ImportError:
        lightning = _package("pytorch_lightning")

    class MonitorCallback(lightning.Callback):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            self.monitor = Monitor(**settings)

        def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            loss = outputs.get("loss") if isinstance(outputs, dict) else outputs
            if loss is None:
                return  # manual optimization that hands no loss on
            rates = [group["lr"] for optimizer in trainer.optimizers for group in optimizer.param_groups]
            step = trainer.global_step - 1
            if self.monitor.step(loss, step=step, lr=max(rates, default=math.nan)):
                trainer.should_stop = True

        def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
            loss = trainer.callback_metrics.get(val_loss)
            if (
                loss is not None
                and not trainer.sanity_checking
                and self.monitor.validation(loss, step=max(0, trainer.global_step - 1))
            ):
                trainer.should_stop = True

        def on_train_end(self, trainer: Any, pl_module: Any) -> None:
            self.monitor.judge()

    return MonitorCallback()


def keras_callback(**settings: Any) -> Any:
    """A Keras `Callback` that watches each batch's loss; its `.monitor` holds the alerts.

        model.fit(..., callbacks=[keras_callback(stop=True)])

    Keras hands callbacks the mean of the epoch so far: the batch's own loss is worked out from it. Takes `Monitor`'s
    keyword arguments; with `stop=True` it sets `model.stop_training`, which Keras heeds after the batch.
    """
    keras = _package("keras")

    class MonitorCallback(keras.callbacks.Callback):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.monitor = Monitor(**settings)
            self._mean = 0.0
            self._steps = 0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self._mean = 0.0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            mean = (logs or {}).get("loss")
            if mean is None:
                return
            mean = float(mean)
            loss = mean * (batch + 1) - self._mean * batch
            self._mean = mean
            step, self._steps = self._steps, self._steps + 1
            rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
            if self.monitor.step(loss, step=step, lr=rate):
                self.model.stop_training = True

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            loss = (logs or {}).get("val_loss")
            if loss is not None and self.monitor.validation(loss, step=max(0, self._steps - 1)):
                self.model.stop_training = True

        def on_train_end(self, logs: Any = None) -> None:
            self.monitor.judge()

    return MonitorCallback()


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependency("loglens.callbacks", f"this callback needs {name}: pip install {name}") from error
