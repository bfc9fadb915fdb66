from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from loglens.readers import read
from loglens.readers.tables.wrapped import unwrapped
from tests.readers.written import only, role, steps, values, write


def frame(rows: int) -> str:
    at = np.arange(rows)
    table = pd.DataFrame(
        {"epoch": at, "train_loss": 2 / (at + 1), "train_accuracy": at / 50, "val_loss": 2.5 / (at + 1),
         "val_accuracy": at / 60, "learning_rate": 0.001, "seconds": 12.3}
    )  # fmt: skip
    with pd.option_context("display.width", 44, "display.max_rows", 200, "display.max_columns", 20):
        return str(table)


@pytest.mark.parametrize(("before", "after"), [("", ""), ("training took 12 s\n", "\nbest: 0.5")])
def test_a_frame_in_blocks_is_one_table(before: str, after: str, tmp_path: Path) -> None:
    text = frame(9)
    assert text.count("\\\n") >= 2
    run = only(read(write(tmp_path / "out.txt", f"{before}{text}{after}\n")))
    assert steps(run, "train_loss") == list(range(9))
    assert values(run, "train_loss") == pytest.approx([2 / (at + 1) for at in range(9)], rel=1e-4)
    assert values(run, "val_loss") == pytest.approx([2.5 / (at + 1) for at in range(9)], rel=1e-4)
    assert role(run, "learning_rate") == "learning_rate"


def test_what_is_no_whole_frame_keeps_its_first_block() -> None:
    cut = b"   a  b  \\\n0  1  2\n1  3  4\n\n   c\n0  5\n"
    assert unwrapped(cut) == b"   a  b  \n0  1  2\n1  3  4\n\n   c\n0  5\n"
    command = b"python train.py \\\n  --lr 0.1\n"
    assert unwrapped(command) == command
    assert unwrapped(command + cut).startswith(command)
    assert unwrapped(b"nothing\n") == b"nothing\n"
