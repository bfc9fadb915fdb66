"""Settings beside a log."""

from __future__ import annotations

from pathlib import Path

from loglens.readers import read
from loglens.readers.settings.beside import settings_beside

YAML = """\
# written by the framework
lr: 0.001
name: 'my: run'
epochs: 10   # at most
amp: true
resume: null
sizes: [1, 2]
layers:
- a
- b
optimizer:
  kind: sgd
  lr: 1e-3
  nested:
    decay: 0.5
batch: 16
"""


def test_single_values_are_taken_with_their_type(tmp_path: Path) -> None:
    (tmp_path / "hparams.yaml").write_text(YAML)
    assert settings_beside(tmp_path, "args.yaml", "hparams.yaml") == {
        "lr": 0.001, "name": "my: run", "epochs": 10, "amp": True, "resume": None, "optimizer.kind": "sgd",
        "optimizer.lr": 0.001, "optimizer.nested.decay": 0.5, "batch": 16,
    }  # fmt: skip


def test_what_cannot_be_read_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text('{"lr": ')
    (tmp_path / "hparams.yaml").write_bytes(b"\xff\xfe\x00")
    assert settings_beside(tmp_path, "params.json") == {}
    assert settings_beside(tmp_path, "hparams.yaml", "gone.yaml") == {}


def test_a_run_carries_them(tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text("epoch,step,train_loss\n0,49,2\n0,99,1\n")
    (tmp_path / "hparams.yaml").write_text("lr: 0.1\n")
    assert read(tmp_path).runs[0].config == {"lr": 0.1}
