"""The recorder inside trainers that own the loop: the real packages, where they are installed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from loglens.errors import MissingDependency
from loglens.replay.torch.recorder import recorded_steps
from loglens.replay.torch.recorder_hooks import lightning_callback, transformers_callback

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Lines(torch.utils.data.Dataset[dict[str, Tensor]]):
    def __len__(self) -> int:
        return 64

    def __getitem__(self, place: int) -> dict[str, Tensor]:
        x = torch.full((4,), place / 64)
        return {"x": x, "labels": x.sum()}


class Model(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, 1)

    def forward(self, x: Tensor, labels: Tensor) -> dict[str, Tensor]:
        return {"loss": nn.functional.mse_loss(self.line(x).squeeze(-1), labels)}


def test_transformers(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    args = transformers.TrainingArguments(
        output_dir=str(tmp_path / "out"), max_steps=12, per_device_train_batch_size=4, logging_steps=1, report_to=[],
        save_strategy="no", use_cpu=True, disable_tqdm=True,
    )  # fmt: skip
    callback = transformers_callback(tmp_path / "record", every=4, keep=2)
    transformers.Trainer(model=Model(), args=args, train_dataset=Lines(), callbacks=[callback]).train()
    assert recorded_steps(tmp_path / "record") == (0, 8, 12)
    content = torch.load(tmp_path / "record" / "ckpt-00000008.pt", weights_only=True)
    assert content["step"] == 8 and set(content["model"]) == {"line.weight", "line.bias"}
    assert content["optimizer"]["param_groups"][0]["lr"] > 0 and content["scheduler"]["last_epoch"] == 8


def test_lightning(tmp_path: Path) -> None:
    lightning = pytest.importorskip("lightning.pytorch", reason="lightning is not installed")

    class Module(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = Model()

        def training_step(self, batch: dict[str, Tensor], place: int) -> Tensor:
            return self.model(**batch)["loss"]  # type: ignore[no-any-return]

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.Adam(self.parameters(), lr=0.1)
            scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 5)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    trainer = lightning.Trainer(
        max_steps=12, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        accelerator="cpu", callbacks=[lightning_callback(tmp_path / "record", every=4, keep=2)],
    )  # fmt: skip
    trainer.fit(Module(), torch.utils.data.DataLoader(Lines(), batch_size=4))
    assert recorded_steps(tmp_path / "record") == (0, 8, 12)
    content = torch.load(tmp_path / "record" / "ckpt-00000008.pt", weights_only=True)
    assert content["scheduler"]["last_epoch"] == 8, "the schedule is as far as the weights"
    assert content["data"] == {"epoch": 0, "batch": 8}


@pytest.mark.parametrize("make", [transformers_callback, lightning_callback])
def test_a_missing_package_is_named(make: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("transformers", "lightning", "lightning.pytorch", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependency, match="pip install"):
        make(tmp_path)


def test_nothing_heavy_is_imported_before_a_callback_is_made() -> None:
    import subprocess

    asked = "print(any(m in sys.modules for m in ('transformers', 'lightning')))"
    code = f"import sys, loglens.replay.torch.recorder_hooks; {asked}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
