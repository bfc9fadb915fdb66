from __future__ import annotations

from tests.readers.text_lines import read


def test_modded_nanogpt_behind_its_source() -> None:
    text = """import torch
print0(f"step:{step}/{args.num_iterations} val_loss:{val_loss:.4f} train_time:{t:.0f}ms")
step:0/200 val_loss:10.9264 train_time:285ms step_avg:nanms
step:1/200 train_loss:10.9184 train_time:74701ms step_avg:nanms
step:1/200 val_loss:10.5 train_time:74702ms step_avg:213.4ms
step:2 train_loss:8.5 train_time:75s
"""
    points = read(text, "modded-nanogpt")
    assert points["val_loss"] == [(0, 10.9264), (1, 10.5)]
    assert points["train_loss"] == [(1, 10.9184), (2, 8.5)]
    assert points["train_time"] == [(0, 285), (1, 74701), (2, 75)]  # told once a step
    assert "step_avg" not in points
