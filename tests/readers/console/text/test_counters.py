from __future__ import annotations

import pytest

from loglens.readers.console.shapes import ShapeReader
from loglens.readers.console.text.counters import counters_of


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Epoch [1/5], Step [100/600], Loss: 2.1", {"epoch": 1, "step": 100, "total": 600}),
        ("3/10 epoch G_loss: 0.5", {"epoch": 3}),
        ("[0/5][50/1583] loss 0.5", {"epoch": 0, "step": 50, "total": 1583}),
        ("Train: 1/3 (33%) [49/323 (15%)]  loss 0.5", {"epoch": 1, "step": 49, "total": 323}),
        ("e001 loss 0.5", {"epoch": 1}),
        ("e2 i003 loss 0.5", {"epoch": 2, "step": 3}),
        ("e0 b0008 loss 0.5", {"epoch": 0, "step": 8}),
        ("[100]  train-rmse:0.52", {"step": 100}),
        ("global_step 7 step 3 loss 0.5", {"step": 7}),
        ("iter 12 step 1: loss 0.8426, iter time: 876.88ms", {"step": 12}),
        ("Iteration 110 step 3 loss 0.8", {"step": 3}),
        ("epoch 2 iter 12 step 112: loss 0.8", {"epoch": 2, "step": 112}),
        ("iter 3 step 2,103: loss 0.8", {"step": 2103}),
        ("I0421 12:00:00.1 solver.cpp:228] loss = 0.69", {}),
        ("E0421 12:00:00.1 solver.cpp:228] loss = 0.69", {}),
        ("loss 1e5 acc 0.5", {}),
    ],
)
def test_the_counters_of_a_line(line: str, found: dict[str, int]) -> None:
    text = line.encode()
    places, taken = counters_of(text)
    assert {place.kind: int(text[place.start : place.end].replace(b",", b"")) for place in places} == found
    assert bool(taken) is bool(found)


@pytest.mark.parametrize(
    ("line", "step"),
    [("samples seen 1000000  avg loss 4.3", 1_000_000), ("kimg 6.4     mse 0.3", 6400),
     ("tokens: 1.5M  loss 0.3", 1_500_000), ("frames 20000 | loss 0.5", 20_000), ("⏱  01/30 ▸ loss 1.0", 1),
     ("step#: 21869  learning rate: 0.1  average loss: 1.3", 21_869), ("Epoch: 1.3 \t train loss: 1.7", 1300),
     ("Epoch[ 1 of 1]-Minibatch[ 501-1000]: TrainLossPerSample =  5.8", 1000),
     ("Epoch 0 [TRAIN] progress 10/2754 loss 0.4", 10)],
)  # fmt: skip
def test_what_was_trained_on_so_far_counts_where_nothing_else_does(line: str, step: int) -> None:
    found = ShapeReader().read(line.encode())
    assert found is not None and found.step == step


def test_beside_an_epoch_it_does_not() -> None:
    places, _ = counters_of(b"Epoch 3 samples seen 1000 loss 0.5")
    assert [place.kind for place in places] == ["epoch"]
