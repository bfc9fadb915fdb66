# ruff: noqa: E501 - lines as programs print them
from __future__ import annotations

from pathlib import Path

from loglens.readers import read as read_path
from tests.readers.text_lines import read
from tests.readers.written import only, role, write

HOST = "[host:0/1] 2021-01-01 00:00:00,000"


def test_espnet_by_batch() -> None:
    rows = []
    for epoch in (1, 2):
        rows += [f"{HOST} (trainer:672) INFO: {epoch}epoch:train:{end - 49}-{end}batch: iter_time=0.1, loss_ctc=12.3, loss=2.{epoch}, grad_norm=1.5, optim0_lr0=1.000e-06, train_time=1.2"
                 for end in (50, 100)]  # fmt: skip
        rows.append(
            f"{HOST} (trainer:338) INFO: {epoch}epoch results: [train] loss=2.5, acc=0.5, time=1 hour, total_count=100, [valid] loss=2.6, acc=0.6, time=10.2 seconds"
        )
    points = read("\n".join(rows), "espnet")
    assert points["loss"] == [(50, 2.1), (100, 2.1), (150, 2.2), (200, 2.2)]
    assert points["valid_loss"] == [(100, 2.6), (200, 2.6)]
    assert points["train_loss"] == [(100, 2.5), (200, 2.5)]


def test_espnet_where_only_epochs_were_kept(tmp_path: Path) -> None:
    rows = [
        f"{HOST} (trainer:338) INFO: {epoch}epoch results: [train] loss=2.5, optim0_lr0=1.0e-04, time=1 hour, 2 minutes and 3.4 seconds, [valid] loss=2.6"
        for epoch in (1, 2, 3)
    ]
    run = only(read_path(write(tmp_path / "train.log", "\n".join(rows) + "\n")))
    assert run.x_axis == "epoch"
    assert (role(run, "train_loss"), role(run, "val_loss"), role(run, "learning_rate")) == (
        "train_loss",
        "valid_loss",
        "train_optim0_lr0",
    )


def test_espnet_that_begins_with_a_later_epoch_begins_late() -> None:
    rows = [
        f"{HOST} (trainer:672) INFO: {epoch}epoch:train:{end - 49}-{end}batch: iter_time=0.1, loss=2.{epoch}, optim0_lr0=1.000e-06"
        for epoch in (37, 38)
        for end in (50, 100)
    ]
    assert [step for step, _ in read("\n".join(rows), "espnet")["loss"]] == [3650, 3700, 3750, 3800]
