from __future__ import annotations

from tests.readers.text_lines import read

STAMP = "2020-05-11 14:04:20,548 - INFO - allennlp.training"


def test_a_table_behind_each_epoch() -> None:
    rows = [f"{STAMP}.tensorboard_writer - loss            |      9.000  |     9.000"]  # of no epoch
    for epoch in range(3):
        rows += [
            f"{STAMP}.trainer - Epoch {epoch}/39",
            f"{STAMP}.trainer - Training",
            f"{STAMP}.tensorboard_writer -                     Training |  Validation",
            f"{STAMP}.tensorboard_writer - loss            |      0.{9 - epoch}00  |     0.500",
            f"{STAMP}.tensorboard_writer - gpu_0_memory_MB |   4211.000  |       N/A",
        ]
    points = read("\n".join(rows), "allennlp")
    assert points["training_loss"] == [(0, 0.9), (1, 0.8), (2, 0.7)]
    assert points["validation_loss"] == [(0, 0.5), (1, 0.5), (2, 0.5)]
    assert "validation_gpu_0_memory_MB" not in points
