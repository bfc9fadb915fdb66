# ruff: noqa: E501 - lines as the programs print them
from __future__ import annotations

from tests.readers.text_lines import read


def test_torchvision_with_tests_between() -> None:
    text = """C:\\python.exe train.py
Epoch: [0]  [  0/660]  eta: 3:48:13  lr: 0.000002  loss: 5.3652 (5.3652)  acc1: 10.0 (10.0)  time: 20.7475  data: 13.8050  max mem: 11023
Epoch: [0]  [ 50/660]  eta: 0:08:23  lr: 0.000040  loss: nan (4.1181)  acc1: 12.0 (11.0)  time: 0.4281  data: 0.0002  max mem: 11539
Epoch: [0] Total time: 0:05:03
Test:  [  0/79]  eta: 0:00:10  loss: 0.9 (0.9)  acc1: 75.0 (75.0)  time: 0.1  data: 0.1  max mem: 100
Test:  [ 78/79]  eta: 0:00:00  loss: 0.8 (0.95)  acc1: 70.0 (72.5)  time: 0.1  data: 0.1  max mem: 100
Test: Total time: 0:00:10
[epoch: 0] val_MAE: 0.186 val_maxF1: 0.564
Epoch: [1]  [  0/660]  eta: 3:48:13  lr: 0.000500  loss: 2.0 (2.0)  acc1: 20.0 (20.0)  time: 20.7475  data: 13.8050  max mem: 11023
"""
    points = read(text, "torchvision")
    assert [step for step, _ in points["loss"]] == [0, 50, 660]
    assert points["lr"] == [(0, 2e-6), (50, 4e-5), (660, 5e-4)]
    assert points["test_loss"] == [(50, 0.95)]
    assert points["test_acc1"] == [(50, 72.5)]
    assert points["val_MAE"] == [(50, 0.186)]
    assert "eta" not in points and "test_time" not in points


def test_the_imagenet_example() -> None:
    text = """Epoch: [0][  10/5005]\tTime  0.5 ( 1.2)\tData  0.01 ( 0.10)\tLoss 6.9000e+00 (7.0000e+00)\tAcc@1   0.00 (  0.10)
Epoch: [0][  20/5005]\tTime  0.5 ( 1.2)\tData  0.01 ( 0.10)\tLoss 6.8000e+00 (6.9500e+00)\tAcc@1   1.00 (  0.20)
Test: [ 0/196]\tTime  1.0 ( 1.0)\tLoss 5.0e+00 (5.0e+00)\tAcc@1  10.00 ( 10.00)
 * Acc@1 12.500 Acc@5 30.000
Epoch: [1][  10/5005]\tTime  0.5 ( 1.2)\tData  0.01 ( 0.10)\tLoss 5.0000e+00 (5.0000e+00)\tAcc@1   5.00 (  5.10)
"""
    points = read(text, "torchvision")
    assert points["Loss"] == [(10, 6.9), (20, 6.8), (5015, 5.0)]
    assert points["test_Acc@1"] == [(20, 12.5)]
    assert points["test_Acc@5"] == [(20, 30.0)]


def test_timm() -> None:
    line = "Train: {} [{:>4d}/1251 ({:>3.0f}%)]  Loss: {:#.3g} ({:#.3g})  Time: 1.2s,  850.00/s  LR: {:.3e}  Data: 0.010 (0.010)\n"
    text = (
        line.format(0, 0, 0, 6.94, 6.94, 1e-6)
        + line.format(0, 50, 4, 6.9, 6.92, 1e-6)
        + line.format(1, 0, 0, 6.5, 6.5, 1e-3)
    )
    points = read(text, "torchvision")
    assert points["Loss"] == [(0, 6.94), (50, 6.9), (1251, 6.5)]
    assert points["LR"][-1] == (1251, 1e-3)


def test_epochs_that_count_from_one() -> None:
    text = "Epoch: [1][0/10] Loss 2.0 (2.0)\nEpoch: [2][0/10] Loss 1.0 (1.0)\n"
    assert read(text, "torchvision")["Loss"] == [(0, 2.0), (10, 1.0)]


def test_torch7_prints_its_loss_as_an_error_and_percent_in_a_name() -> None:
    text = "".join(
        f"Epoch: [11][{at}/10000] Time 0.675 Err {7 - at / 100} Top1-%: 0.50 LR 1e-02 DataLoadingTime 0.015\n"
        for at in (1, 2, 3)
    )
    points = read(text, "torchvision")
    assert [value for _, value in points["Err"]] == [6.99, 6.98, 6.97]
    assert [value for _, value in points["Top1-%"]] == [0.5] * 3
