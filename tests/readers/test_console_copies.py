"""`python train.py > out.log` beside what the framework logged itself: one run, not two."""

from __future__ import annotations

import math
from pathlib import Path

from loglens.readers import read
from tests.readers.written import only, write


def loss(step: int) -> float:
    return 2 / (1 + step / 10) + 0.3 * math.sin(step * 1.7)


def bars(steps: int = 60) -> str:
    return "\r".join(f"Epoch 0: {at}%|█| {at}/{steps} [00:01<00:10, 9.1it/s, v_num=0, train_loss={loss(at - 1):.3g}]"
                     for at in range(1, steps + 1)) + "\n"  # fmt: skip


def table(every: int = 5, steps: int = 60, shift: float = 0.0) -> str:
    rows = [f"0,{at},{loss(at) + shift:.9f}" for at in range(every - 1, steps, every)]
    return "\n".join(["epoch,step,train_loss", *rows, ""])


def test_bars_are_read_only_where_nothing_else_holds_the_run(tmp_path: Path) -> None:
    """The bar counts from 1 where the logger counts from 0, and shows three digits of every step."""
    write(tmp_path / "out.log", bars())
    write(tmp_path / "metrics.csv", table())
    run = only(read(tmp_path))
    assert (run.name, run.format) == (".", "lightning-csv")
    assert any("out.log" in note.message for note in run.notes)
    (tmp_path / "metrics.csv").unlink()
    assert only(read(tmp_path)).format == "text-log"


def test_a_console_log_above_the_run_it_shows(tmp_path: Path) -> None:
    write(tmp_path / "out.log", bars())
    write(tmp_path / "lightning_logs" / "version_0" / "metrics.csv", table())
    run = only(read(tmp_path))
    assert run.name == "lightning_logs/version_0"
    assert any("out.log" in note.message for note in run.notes)


def test_a_console_log_of_another_training_stays(tmp_path: Path) -> None:
    write(tmp_path / "out.log", bars())
    write(tmp_path / "lightning_logs" / "version_0" / "metrics.csv", table(shift=0.4))
    assert [run.name for run in read(tmp_path).runs] == [".", "lightning_logs/version_0"]


def test_a_console_log_that_fits_two_runs_is_neithers(tmp_path: Path) -> None:
    write(tmp_path / "out.log", bars())
    for version in (0, 1):
        write(tmp_path / "logs" / f"version_{version}" / "metrics.csv", table())
    assert len(read(tmp_path).runs) == 3
