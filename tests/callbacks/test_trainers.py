"""The callbacks inside the real trainers, where they are installed: a rate that is far too high is stopped before NaN,
a fitting one trains to the end."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.callbacks import keras_callback, lightning_callback, transformers_callback
from loglens.errors import MissingDependency

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")

STEPS = 200


def ignore(alert: object) -> None:
    """An alert needs nobody here."""


def data() -> tuple[Any, Any]:
    """Inputs (512, 20) and targets (512,) of a noisy linear problem."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(512, 20, generator=generator)
    inputs[:, 0] *= 3
    return inputs, inputs @ torch.randn(20, generator=generator) + 0.1 * torch.randn(512, generator=generator)


def check(monitor: Any, steps: int, *, blew_up: bool) -> None:
    losses = monitor.log().role("train_loss").values
    assert np.isfinite(losses).all()
    if not blew_up:
        assert monitor.alerts == []
        assert steps == STEPS
        return
    assert steps < STEPS
    assert monitor.should_stop
    assert monitor.alerts[0].run.cause.cause == "lr_too_high"


@pytest.mark.parametrize(("rate", "blew_up"), [(0.02, False), (0.4, True)])
def test_transformers_trainer(tmp_path: Path, rate: float, blew_up: bool) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    inputs, targets = data()

    class Model(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(20, 1)

        def forward(self, inputs: Any, labels: Any) -> dict[str, Any]:
            said = self.layer(inputs).squeeze(1)
            return {"loss": torch.nn.functional.mse_loss(said, labels), "logits": said}

    rows = [{"inputs": one, "labels": target} for one, target in zip(inputs, targets, strict=True)]
    model = Model()
    callback = transformers_callback(stop=True, on_alert=ignore)
    trainer = transformers.Trainer(
        model=model,
        args=transformers.TrainingArguments(
            output_dir=str(tmp_path), max_steps=STEPS, per_device_train_batch_size=32, learning_rate=rate,
            lr_scheduler_type="constant", logging_steps=1, report_to=[], disable_tqdm=True, use_cpu=True,
            save_strategy="no", max_grad_norm=0.0, logging_nan_inf_filter=False,
        ),
        train_dataset=rows,
        optimizers=(torch.optim.SGD(model.parameters(), lr=rate), None),
        callbacks=[callback],
    )  # fmt: skip
    trainer.train()
    check(callback.monitor, trainer.state.global_step, blew_up=blew_up)


@pytest.mark.parametrize(("rate", "blew_up"), [(0.02, False), (0.4, True)])
def test_lightning(tmp_path: Path, rate: float, blew_up: bool) -> None:
    lightning = pytest.importorskip("lightning.pytorch")
    inputs, targets = data()

    class Module(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(20, 1)

        def training_step(self, batch: Any, number: int) -> Any:
            return torch.nn.functional.mse_loss(self.layer(batch[0]).squeeze(1), batch[1])

        def validation_step(self, batch: Any, number: int) -> None:
            self.log("val_loss", self.training_step(batch, number))

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=rate)

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(inputs, targets), batch_size=32)
    callback = lightning_callback(stop=True, on_alert=ignore)
    trainer = lightning.Trainer(
        max_steps=STEPS, callbacks=[callback], logger=False, enable_progress_bar=False, enable_checkpointing=False,
        enable_model_summary=False, accelerator="cpu", default_root_dir=str(tmp_path),
    )  # fmt: skip
    trainer.fit(Module(), loader, loader)
    check(callback.monitor, trainer.global_step, blew_up=blew_up)
    if not blew_up:
        val = callback.monitor.log().role("val_loss")
        assert val is not None
        assert len(val) == STEPS // 16


@pytest.mark.parametrize(("rate", "blew_up"), [(0.02, False), (0.4, True)])
def test_keras(monkeypatch: pytest.MonkeyPatch, rate: float, blew_up: bool) -> None:
    if "keras" not in sys.modules:
        monkeypatch.setitem(os.environ, "KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    inputs, targets = (one.numpy() for one in data())
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((20,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="mse")
    callback = keras_callback(stop=True, on_alert=ignore)
    model.fit(
        inputs, targets[:, None], batch_size=32, epochs=STEPS // 16 + 1, steps_per_epoch=16, verbose=0,
        validation_data=(inputs[:64], targets[:64, None]), callbacks=[callback],
    )  # fmt: skip
    steps = len(callback.monitor.log().role("train_loss"))
    check(callback.monitor, STEPS if not blew_up else steps, blew_up=blew_up)
    # the mean of an epoch so far is what Keras hands out: the batches' own losses scatter more than that
    losses = callback.monitor.log().role("train_loss").values
    if not blew_up:
        assert losses[-1] < 0.1 * losses[0]
        assert np.std(np.diff(losses[-64:])) > 1e-4


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("transformers", "lightning.pytorch", "pytorch_lightning", "keras"):
        monkeypatch.setitem(sys.modules, name, None)
    for make, name in (
        (transformers_callback, "transformers"),
        (lightning_callback, "pytorch_lightning"),
        (keras_callback, "keras"),
    ):
        with pytest.raises(MissingDependency, match=f"pip install {name}"):
            make()
