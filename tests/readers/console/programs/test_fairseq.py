# ruff: noqa: E501 - lines as the programs print them
from __future__ import annotations

from tests.readers.text_lines import read


def test_json_lines() -> None:
    text = """2023-01-01 00:00:00 | INFO | fairseq.trainer | begin training epoch 1
2023-01-01 00:00:10 | INFO | train_inner | {"epoch": 1, "update": 0.1, "loss": "15.2", "ppl": "37", "num_updates": "100", "lr": "1e-05", "gnorm": "2.3", "clip": "0"}
2023-01-01 00:00:20 | INFO | train_inner | {"epoch": 1, "update": 0.2, "loss": "nan", "num_updates": "200", "lr": "2e-05", "gnorm": "inf"}
2023-01-01 00:00:30 | INFO | valid | {"epoch": 1, "valid_loss": "14.1", "valid_num_updates": "200", "valid_ppl": "30"}
2023-01-01 00:00:31 | INFO | train | {"epoch": 1, "train_loss": "15.0", "train_num_updates": "200"}
"""
    points = read(text, "fairseq")
    assert points["train_inner/loss"][0] == (100, 15.2)
    assert len(points["train_inner/loss"]) == 2
    assert points["valid/loss"] == [(200, 14.1)]
    assert points["train/loss"] == [(200, 15.0)]
    assert points["train_inner/lr"] == [(100, 1e-5), (200, 2e-5)]


def test_simple_lines_of_old_and_new() -> None:
    text = """| epoch 001:    100 / 5000 loss=12.3, nll_loss=11.9, ppl=3825, wps=1000, num_updates=100, lr=1e-05, gnorm=2.1, oom=0
2020-01-01 00:00:00 | INFO | train_inner | epoch 001:    200 / 5000 loss=11.3, nll_loss=10.9, num_updates=200, lr=2e-05
| epoch 001 | loss 11.7 | nll_loss 11.4 | num_updates 250 | lr 2e-05
| epoch 001 | valid on 'valid' subset | loss 10.1 | nll_loss 9.5 | num_updates 250
2020-01-01 00:00:09 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 10.0 | num_updates 300 | best_loss 10
"""
    points = read(text, "fairseq")
    assert points["train_inner/loss"] == [(100, 12.3), (200, 11.3)]
    assert points["train/loss"] == [(250, 11.7)]
    assert points["valid/loss"] == [(250, 10.1), (300, 10.0)]


def test_json_that_is_cut_is_passed_over() -> None:
    good = '| INFO | train_inner | {"loss": "2.0", "num_updates": "%d"}\n'
    points = read(good % 1 + good % 2 + '| INFO | train_inner | {"loss": "2.\n', "fairseq")
    assert points["train_inner/loss"] == [(1, 2.0), (2, 2.0)]
