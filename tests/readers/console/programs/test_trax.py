from __future__ import annotations

from tests.readers.text_lines import read


def test_a_metric_a_line_of_training_and_evaluation() -> None:
    rows = ["Step      1: Total number of trainable weights: 13421568", "Step      1: Ran 1 train steps in 31.22 secs"]
    for at in (1, 100, 200):
        rows += [
            f"Step {at:6d}: train CrossEntropyLoss |  {9 - at / 100:.8f}",
            f"Step {at:6d}: eval  Accuracy |  0.12500000",
            "",
        ]
    points = read("\n".join(rows), "trax")
    assert points["train/CrossEntropyLoss"] == [(1, 8.99), (100, 8.0), (200, 7.0)]
    assert points["eval/Accuracy"] == [(1, 0.125), (100, 0.125), (200, 0.125)]
