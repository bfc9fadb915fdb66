# ruff: noqa: E501 - lines as programs print them
from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loglens.readers.console.shapes import ShapeReader
from loglens.readers.console.values import BEYOND, LineValues, Readings


def read(line: str) -> LineValues | None:
    return ShapeReader().read(line.encode())


def values(line: str) -> dict[str, float]:
    reading = read(line)
    return {} if reading is None else dict(reading.values)


def counters(line: str) -> tuple[int | None, int | None, int | None]:
    reading = read(line)
    assert reading is not None, line
    return reading.epoch, reading.step, reading.total


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("iter 10: loss 7.96, time 212.34ms, mfu 10.00%", {"loss": 7.96, "time": 212.34, "mfu": 10.0}),
        ("step 0: train loss 8.0734, val loss 8.2000", {"train loss": 8.0734, "val loss": 8.2}),
        ("Step 1 | loss:1.82 lr:2e-05 tokens_per_second_per_gpu:123.4 grad_norm:1.2 ",
         {"loss": 1.82, "lr": 2e-5, "tokens_per_second_per_gpu": 123.4, "grad_norm": 1.2}),
        ("[rank0]:[titan] 2025-02-01 12:00:00,123 - root - INFO - step:  1  loss: 12.2690  grad_norm:  4.1  memory:  0.5GiB(1%)  tps: 7,114  mfu: 5.2%",
         {"loss": 12.269, "grad_norm": 4.1, "memory": 0.5, "tps": 7114, "mfu": 5.2}),
        ("12/11/2023 15:00:00 [INFO|DP=0|PP=0]: iteration: 10 / 50 | consumed_tokens: 10.5K | lr: 0.0003 | lm_loss: 7.1 | grad_norm: 2.1",
         {"consumed_tokens": 10500, "lr": 0.0003, "lm_loss": 7.1, "grad_norm": 2.1}),
        ("Epoch [1/5], Step [100/600], Loss: 2.1", {"Loss": 2.1}),
        ("Epoch 3 Train Loss 0.51 Val Loss 0.63", {"Train Loss": 0.51, "Val Loss": 0.63}),
        ("Epoch 3 Train: loss 0.5 acc 0.9 Val: loss 0.6 acc 0.8", {"loss": 0.5, "acc": 0.9, "val_loss": 0.6, "val_acc": 0.8}),
        ("Test set: Average loss: 0.0500, Accuracy: 9800/10000 (98%)", {"test_loss": 0.05, "test_Accuracy": 98}),
        ("I0101 10:00:00.1 123 solver.cpp:228] Iteration 100, loss = 0.69", {"loss": 0.69}),
        ("I0101 10:00:00 123 solver.cpp:404]     Test net output #0: accuracy = 0.72", {"test_accuracy": 0.72}),
        ("[10]\ttrain-rmse:0.52000\teval-rmse:0.61000", {"train-rmse": 0.52, "eval-rmse": 0.61}),
        ("steps: 10 loss: 5.1 iter time (s): 1.2 samples/sec: 3.4", {"loss": 5.1, "iter time (s)": 1.2, "samples/sec": 3.4}),
        ("[Epoch 1/200] [Batch 10/938] [D loss: 0.69] [G loss: -1.5]", {"D loss": 0.69, "G loss": -1.5}),
        ("step=100 loss=2.5 lr=1.0E-3", {"loss": 2.5, "lr": 1e-3}),
        ("loss: 0.5, learning_rate: 1e-05, global_step: 10, speed: 3.1", {"loss": 0.5, "learning_rate": 1e-5, "speed": 3.1}),
        ("[Rank 0] step=10, skipped=0, lr=[1e-05, 2e-05], mom=[(0.9, 0.95)]", {"skipped": 0, "lr": 1e-5}),
        ("epoch 3: {'train_loss': 0.5, 'val_loss': np.float64(0.6)}", {"train_loss": 0.5, "val_loss": 0.6}),
        ('2025-01-01 INFO {"step": 3, "loss": 0.5, "lr": 0.001}', {"loss": 0.5, "lr": 0.001}),
        ("step 3 loss tensor(0.5, device='cuda:0', grad_fn=<NllLossBackward0>)", {"loss": 0.5}),
        ("2025-01-01 12:00:00: Current learning rate: 0.00999", {"Current learning rate": 0.00999}),
        ("Epoch 1: 10%|# | 5/50 [00:10<01:30, 10.00it/s, loss=0.5, v_num=0]", {"loss": 0.5, "v_num": 0}),
        ("validate step: 10 loss: 2.3", {"val_loss": 2.3}),
        ("DEV : loss 0.67 - score 0.76", {"dev_loss": 0.67, "dev_score": 0.76}),
        ("step    1/19560 | loss 11.009 (+nanz)| norm 15.3 (+nanz)| lr 8.57e-07 | 3000 ms | 50% bf16 MFU", {"loss": 11.009, "norm": 15.3, "lr": 8.57e-7}),
        ("eta: 0:10:00  iter: 19  total_loss: 1.9  loss_cls: 0.7  lr: 0.0002  max_mem: 3000M", {"total_loss": 1.9, "loss_cls": 0.7, "lr": 0.0002, "max_mem": 3e9}),
        ("Episode 10: average success rate over last 100 episodes = 74.00%", {"average success rate": 74}),
        ("Episode 10\tAverage Reward over the last 100 episodes: 23.4", {"Average Reward": 23.4}),
        ("Episode 10, Average Score (last 100): 21.4, Epsilon: 0.3", {"Average Score": 21.4, "Epsilon": 0.3}),
        ("Ep 10 mean reward (last 100 episodes): 20.4 loss 0.1", {"mean reward": 20.4, "loss": 0.1}),
        ("step 10 loss over past 50 steps: 0.5 lr 0.1", {"loss": 0.5, "lr": 0.1}),
        ("game 7 step 10 reward of previous 5 games 3.5", {"reward": 3.5}),
        ("Cost after iteration 100: 0.693", {"Cost": 0.693}),
        ("Loss after epoch 3 = 0.41, accuracy: 0.86", {"Loss": 0.41, "accuracy": 0.86}),
        ("Average loss at step 2000 :  4.91", {"Average loss": 4.91}),
        ("Training loss for epoch 3/10: 0.5", {"Training loss": 0.5}),
        ("MSE after 500 iterations: 0.02", {"MSE": 0.02}),
        ("mean loss at the end of epoch 4 is 0.3", {"mean loss": 0.3}),
        ("Loss (at step 100): 0.5", {"Loss": 0.5}),
        ("Validation loss in epoch 3 was 0.62", {"Validation loss": 0.62}),
        ("error at iteration 10 -> 0.25", {"error": 0.25}),
        ("Epoch 3, avg loss so far is 0.41", {"avg loss so far": 0.41}),
        ("Epoch 3 the loss is 0.5, acc is 0.9", {"loss": 0.5, "acc": 0.9}),
        ("epoch:3loss:0.5acc:0.9", {"loss": 0.5, "acc": 0.9}),
        ("Epoch 3 D loss:0.640000G loss:0.55", {"D loss": 0.64, "G loss": 0.55}),
        ("step=10train_loss=1.5e-3val_loss=2", {"train_loss": 1.5e-3, "val_loss": 2}),
        ("iter: 5 time:3ms loss: 0.5 mem:12G", {"time": 3, "loss": 0.5, "mem": 12e9}),
        ("step 3 top1acc: 50 layer3a: 0.5 loss: 1", {"top1acc": 50, "layer3a": 0.5, "loss": 1}),
        ("step 3 eval loss: 0.27, acc: 0.94, lr: 0.1", {"eval loss": 0.27, "eval_acc": 0.94, "lr": 0.1}),
        ("epoch 3 val_loss: 0.27 ppl: 1.3 f1: 0.9", {"val_loss": 0.27, "val_ppl": 1.3, "val_f1": 0.9}),
        ("epoch 3 val_loss: 0.27 loss: 0.2 acc: 0.9", {"val_loss": 0.27, "loss": 0.2, "acc": 0.9}),
        ("epoch 3 train loss 0.2 acc 0.9 val loss 0.3 acc 0.8", {"train loss": 0.2, "acc": 0.9, "val loss": 0.3, "val_acc": 0.8}),
        ("Epoch 44/50 | Train Loss: 0.04 Acc: 0.98 | Val Loss: 0.05 Acc: 0.97", {"Train Loss": 0.04, "Acc": 0.98, "Val Loss": 0.05, "val_Acc": 0.97}),
        ("step    10 | loss: 6.5 | lr 6.0e-04 | norm: 1.2 | dt: 100.00ms | tok/sec: 5000.00", {"loss": 6.5, "lr": 6e-4, "norm": 1.2, "dt": 100, "tok/sec": 5000}),
    ],
)  # fmt: skip
def test_names_and_numbers(line: str, expected: dict[str, float]) -> None:
    assert values(line) == pytest.approx(expected)


@pytest.mark.parametrize("line", ["Best val loss at epoch 3: 0.5", "Lowest loss after 20 epochs = 0.1"])
def test_what_looks_back_is_no_point(line: str) -> None:
    assert read(line) is None


@pytest.mark.parametrize("line", ["0: loss 0.5", "3: train_loss=0.5 lr=0.1"])
def test_the_number_of_a_process_counts_nothing(line: str) -> None:
    assert counters(line) == (None, None, None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Epoch [1/5], Step [100/600], Loss: 2.1", (1, 100, 600)),
        ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.301", (1, 640, 60000)),
        ("[1,  2000] loss: 2.1", (1, 2000, None)),
        ("Epoch 3: loss 0.5", (3, None, None)),
        ("Cost after iteration 100: 0.693", (None, 100, None)),
        ("Loss after 3 epochs: 0.5", (3, None, None)),
        ("Score at iteration 76800 is 0.86", (None, 76800, None)),
        ("3/10 epoch G_loss : 0.5, D_loss : 0.3", (3, None, None)),
        ("[3/10] epoch, loss: 0.5", (3, None, None)),
        ("3rd epoch: loss 0.5", (3, None, None)),
        ("[12:30:01] 4 epoch | loss 0.5", (4, None, None)),
        ("100 loss: 0.5", (None, 100, None)),
        ("100, train_loss=0.5, val_loss=0.6", (None, 100, None)),
        ("  7) loss 0.5", (None, 7, None)),
        ("(20) - loss: 0.5", (None, 20, None)),
        ("global_step 1,200 (step 3) loss 1.0", (None, 1200, None)),
        ("Epoch 2, batch 7 of 90, loss=1", (2, 7, 90)),
        ("Epoch: 01 | Time: 0m 12s", (1, None, None)),
        ("| epoch   3 |   200/ 2983 batches | lr 20.00 | loss  5.12", (3, 200, 2983)),
        ("[0/5][50/1583]\tLoss_D: 0.5\tLoss_G: 3.1", (0, 50, 1583)),
        ("I0101 00:00:00.1 140 logging_writer.py:48] [100] eval_loss=0.5", (None, 100, None)),
        ("[12:00:00] [7]\tvalidation_0-logloss:0.5", (None, 7, None)),
        ("100 | loss 2.5 | lr 5.0e-04 | 123.45ms", (None, 100, None)),
        ("loss: 2.301  [ 6400/60000]", (None, 6400, 60000)),
        ("{'loss': 1.0, 'epoch': 0.15}", (None, None, None)),
    ],
)
def test_counters(line: str, expected: tuple[int | None, int | None, int | None]) -> None:
    assert counters(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "", "Loading checkpoint shards: 100%|####| 3/3 [00:01<00:00,  2.50it/s]", "number of parameters: 124.37M",
        "2025-01-01 12:00:00 INFO starting", "Downloading:  10%|█ | 100/1000 [00:10<01:30, 10.00it/s, v_num=0]",
        "Namespace(batch_size=64, epochs=10, lr=0.001, min_lr=1e-06)", "epochs: 5, lr: 0.1", "batch=128  lr=0.0005",
        'print(f"step {step}: loss {loss:.4f}")', "x" * 10_000,
    ],
)  # fmt: skip
def test_lines_that_tell_nothing(line: str) -> None:
    assert read(line) is None


def test_the_epoch_of_a_bar_that_shows_nothing_stands_above_the_figures_below_it() -> None:
    found = read("Epoch 3/10: 100%|##| 100/100 [00:10<00:00, 10.00it/s]")
    assert found is not None
    assert (found.epoch, found.step, found.names) == (3, None, ())


def test_an_ordered_dictionary_as_python_shows_it() -> None:
    found = read("OrderedDict([('global_step', 50), ('loss', 5.5), ('lr', 1e-04)])")
    assert found is not None
    assert (found.step, found.values) == (50, (("loss", 5.5), ("lr", 1e-4)))


def test_nan_and_infinity() -> None:
    assert math.isnan(values("step 1 loss: nan")["loss"])
    assert values("step 1 loss: -inf grad Infinity") == {"loss": -math.inf, "grad": math.inf}


@given(st.lists(st.tuples(st.integers(0, 10**7), st.floats(-1e6, 1e6), st.floats(1e-9, 1)), min_size=1, max_size=8))
def test_a_known_shape_is_read_as_by_search(rows: list[tuple[int, float, float]]) -> None:
    reader = ShapeReader()
    for step, loss, rate in rows:
        line = (
            f"[2026-01-08 10:01:{step % 60:02d}] step {step:>8} | loss: {loss:.4f} | lr {rate:.3e} | eval nan".encode()
        )
        assert repr(reader.read(line)) == repr(ShapeReader().read(line))


@given(st.binary(max_size=200))
def test_no_line_raises(line: bytes) -> None:
    reader = ShapeReader()
    reader.read(b"step 1 loss: 0.5")
    reader.read(line)


def test_a_process_out_of_all_is_no_step() -> None:
    found = read("2023-04-18 21:12:04 INFO [finetune.py:812] (3/4) Not all are finite! train_loss: 61.2")
    assert found is None or found.step is None


def test_the_running_loss_of_icefall_stands_beside_that_of_the_batch() -> None:
    found = read("Epoch 0, batch 50, loss[loss=2.451, simple_loss=2.3], tot_loss[loss=inf, simple_loss=2.4], lr: 5e-05")
    assert found is not None
    assert dict(found.values)["loss"] == 2.451 and dict(found.values)["loss_running"] == float("inf")


@pytest.mark.parametrize("line", ["Epoch " + "9" * 380 + "/3: 10%|#  | 1/10 [00:01<00:09,  1.00it/s]",
                                  "samples seen " + "9" * 380 + "M  train_loss: 4.3"])  # fmt: skip
def test_a_counter_that_no_integer_of_64_bits_holds(line: str) -> None:
    found = read(line)
    assert found is not None
    assert max(found.epoch or 0, found.step or 0) == BEYOND
    Readings([(1, found)])  # it can be packed
