from __future__ import annotations

from tests.readers.text_lines import read


def test_build_nanogpt() -> None:
    points = read("0 val 10.95\n0 hella 0.2463\n0 train 10.955029\n1 train 10.5\n", "build-nanogpt")
    assert points == {"val_loss": [(0, 10.95)], "hella": [(0, 0.2463)], "train_loss": [(0, 10.955029), (1, 10.5)]}
