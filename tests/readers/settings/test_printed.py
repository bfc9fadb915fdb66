"""Settings among what a training printed before its figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.model.run import Setting
from loglens.readers import read
from loglens.readers.settings.printed import settings_in_comments, settings_said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Namespace(batch_size=64, lr=0.001, optimizer='adam')", {"batch_size": 64, "lr": 0.001, "optimizer": "adam"}),
        ("python train.py --lr 0.1 --momentum 0.9 --opt sgd", {"lr": 0.1, "momentum": 0.9, "optimizer": "sgd"}),
        ("- learning_rate: 2e-05", {"learning_rate": 2e-5}),
        ("Learning Rate: 0.001, Momentum: 0.9, Decay: 0.0005", {"learning_rate": 0.001, "momentum": 0.9}),
        ("  lr .................... 0.00015", {"lr": 0.00015}),
        ("│ lr            │ 0.001 │", {"lr": 0.001}),
        ("Using SGD optimizer with initial learning rate 0.1", {"initial_lr": 0.1, "optimizer": "sgd"}),
        ("optimizer = torch.optim.AdamW(params, lr=3e-4)", {"lr": 3e-4, "optimizer": "adamw"}),
        ("optim=<OptimizerNames.ADAMW_TORCH: 'adamw_torch'>, learning_rate=5e-05",
         {"learning_rate": 5e-5, "optimizer": "adamw_torch"}),
        ("Adam (", {"optimizer": "adam"}),
        ("learningRate = 0.5", {"learning_rate": 0.5}),
        ("[config] learn-rate: 0.0003", {"learning_rate": 0.0003}),
    ],
)  # fmt: skip
def test_settings_are_found_as_they_are_printed(line: str, said: dict[str, Setting]) -> None:
    assert settings_said([line.encode()]) == said


@pytest.mark.parametrize(
    "line",
    [
        "min lr: 1e-6", "suggested learning rate: 0.01", "lr = 10^-4", "lr=0.1*8", "learning rate 1/5",
        "generator lr: 0.1", "lr_scheduler: cosine", "learning rate decay: 0.5", "the learning rate is reduced",
        "color: 0.5", "lr: 1e999", "batch_size: 1" + "0" * 300,
    ],
)  # fmt: skip
def test_other_things_are_not_taken_for_the_rate(line: str) -> None:
    assert settings_said([line.encode()]) == {}


def test_what_is_said_in_two_ways_is_left_out() -> None:
    assert settings_said([b"lr: 0.1", b"momentum: 0.9", b"lr: 0.01"]) == {"momentum": 0.9}


def test_the_settings_of_a_console_log_stand_before_its_figures(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    figures = "".join(f"Epoch {epoch}/9 - loss: {2 / epoch:.4f}\n" for epoch in range(1, 10))
    path.write_text("args: lr=0.05 opt=sgd\n" + figures + "next time: momentum=0.9\n", encoding="utf-8")
    (run,) = read(path).runs
    assert dict(run.config) == {"lr": 0.05, "optimizer": "sgd"}


def test_a_training_without_a_heading_of_its_own_has_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    figures = "".join(f"step {step} | loss {3 / step:.4f}\n" for step in range(1, 13))
    path.write_text("lr: 0.1\n" + figures + figures + "Namespace(batch_size=8, lr=0.2)\n" + figures, encoding="utf-8")
    assert [dict(run.config) for run in read(path).runs] == [{"lr": 0.1}, {"lr": 0.1}, {"lr": 0.2, "batch_size": 8}]


def test_the_comments_above_a_table(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("# lr=0.3\n# seed 5\nstep,loss\n1,0.5\n2,0.4\n# lr=0.9\n3,0.3\n", encoding="utf-8")
    assert settings_in_comments(path) == {"lr": 0.3}
    (run,) = read(path).runs
    assert run.config["lr"] == 0.3
    assert settings_in_comments(tmp_path / "none.csv") == {}
