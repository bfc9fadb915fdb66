# ruff: noqa: E501 - lines as the programs print them
from __future__ import annotations

from tests.readers.text_lines import read


def test_openmmlab_old_and_new() -> None:
    old = """2021-06-01 10:00:00,000 - mmdet - INFO - Epoch [1][50/100]\tlr: 9.890e-04, eta: 1:00:00, time: 0.5, loss_rpn_cls: 0.6, loss: 2.2
2021-06-01 10:00:01,000 - mmdet - INFO - Epoch [2][50/100]\tlr: 1.990e-03, eta: 1:00:00, time: 0.5, loss_rpn_cls: 0.5, loss: 2.0
2021-06-01 10:00:02,000 - mmdet - INFO - Epoch(val) [2][625]\tbbox_mAP: 0.3700, bbox_mAP_50: 0.5
"""
    points = read(old, "mmengine-text")
    assert points["loss"] == [(50, 2.2), (150, 2.0)]
    assert points["bbox_mAP"] == [(150, 0.37)]
    new = """2026/11/22 06:28:25 - mmengine - INFO - Epoch(train)  [1][ 5/31]  lr: 1.0000e-01  eta: 0:00:00  time: 0.0016  grad_norm: 3.3980  loss: 2.3670
2026/11/22 06:28:25 - mmengine - INFO - Epoch(train)  [2][ 5/31]  lr: 1.0000e-01  eta: 0:00:00  time: 0.0016  grad_norm: nan  loss: 1.3670
2026/11/22 06:28:26 - mmengine - INFO - Iter(train) [ 500/1000]  lr: 1.0000e-02  loss: 0.5
"""
    points = read(new, "mmengine-text")
    assert points["loss"] == [(5, 2.367), (36, 1.367), (500, 0.5)]
