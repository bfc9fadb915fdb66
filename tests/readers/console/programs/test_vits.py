from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from tests.readers.written import only, role, steps, values, write


@pytest.mark.parametrize("told", [True, False])
def test_the_unnamed_losses_of_glow_tts_have_a_whole(told: bool, tmp_path: Path) -> None:
    rows = []
    for at in range(6):
        whole = f"\tLoss: {-0.5 - at / 100:.6f}" if told else ""
        rows += [f"INFO:base:Train Epoch: 211 [{640 * at}/15600 ({at}%)]{whole}",
                 f"INFO:base:[{-1.4 - at / 100}, 0.9, {45080 + 20 * at}, 0.000310004]"]  # fmt: skip
    run = only(read(write(tmp_path / "train.log", "\n".join(rows) + "\n")))
    assert role(run, "train_loss") == "loss"
    assert values(run, "loss") == pytest.approx([-0.5 - at / 100 for at in range(6)])
    assert steps(run, "loss") == [45080 + 20 * at for at in range(6)]
    assert any("a list that nothing names" in note.message for note in run.notes) is not told
