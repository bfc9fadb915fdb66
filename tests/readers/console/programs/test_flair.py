from __future__ import annotations

from tests.readers.text_lines import read


def test_flair() -> None:
    text = """2020-06-23 12:11:11,945 epoch 1 - iter 0/4 - loss 1.20414293 - samples/sec: 129.35
2020-06-23 12:11:12,243 epoch 1 - iter 1/4 - loss 0.90223247 - samples/sec: 112.48
2020-06-23 12:11:12,547 EPOCH 1 done: loss 0.8579 - lr 0.1000
2020-06-23 12:11:31,969 DEV : loss 0.6743201017379761 - score 0.7667
2020-06-23 12:11:33,268 epoch 2 - iter 0/4 - loss 0.66289943 - samples/sec: 545.88
2020-06-23 12:11:33,399 EPOCH 2 done: loss 0.5965 - lr 0.0500000
"""
    points = read(text, "flair")
    assert points["loss"] == [(1, 0.8579), (2, 0.5965)]
    assert points["lr"] == [(1, 0.1), (2, 0.05)]
    assert points["dev_loss"] == [(1, 0.6743201017379761)]


def test_the_rate_that_moves_within_an_epoch_is_told_by_its_batches() -> None:
    """The batches' lines tell means since the epoch began: between two of them is the mean of what came since."""
    rows = []
    for epoch, means in ((1, (0.8, 0.7, 0.6)), (2, (0.5, 0.45, 0.4))):
        rows += [f"2024-05-01 10:00:00,000 epoch {epoch} - iter {10 * at}/30 - loss {mean} - time (sec): 3.10"
                 f" - samples/sec: 9.10 - lr: 0.00000{epoch}{at} - momentum: 0.9"
                 for at, mean in enumerate(means, start=1)]  # fmt: skip
        rows += [f"2024-05-01 10:00:00,000 EPOCH {epoch} done: loss {means[-1]} - lr: 0.00000{epoch}3",
                 f"2024-05-01 10:00:00,000 DEV : loss 0.6{epoch} - f1-score (micro avg)  0.7"]  # fmt: skip
    points = read("\n".join(rows) + "\n", "flair")
    assert [step for step, _ in points["loss"]] == [10, 20, 30, 40, 50, 60]
    assert [round(value, 6) for _, value in points["loss"]] == [0.8, 0.6, 0.4, 0.5, 0.4, 0.3]
    assert points["lr"][:2] == [(10, 1.1e-6), (20, 1.2e-6)]
    assert points["loss_epoch"] == [(30, 0.6), (60, 0.4)]
    assert points["dev_loss"] == [(30, 0.61), (60, 0.62)]
