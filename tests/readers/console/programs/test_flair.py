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
