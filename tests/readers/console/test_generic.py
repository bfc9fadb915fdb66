from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from loglens.readers import read as read_path
from loglens.readers.console.generic import GENERIC
from tests.readers.text_lines import read
from tests.readers.written import only, role, values, write


def lines(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def test_nanogpt() -> None:
    text = lines(
        "tokens per iteration will be: 491,520",
        "step 0: train loss 8.0734, val loss 8.2000",
        "iter 0: loss 8.1234, time 212.34ms, mfu -100.00%",
        "iter 10: loss 7.9609, time 212.34ms, mfu 10.00%",
    )
    points = read(text, "text")
    assert points["loss"] == [(0, 8.1234), (10, 7.9609)]
    assert points["val loss"] == [(0, 8.2)]
    assert points["train loss"] == [(0, 8.0734)]


def test_steps_that_begin_again_each_epoch_with_their_total() -> None:
    rows = [f"Epoch [{epoch}/3], Step [{step}/600], Loss: 2.1" for epoch in (1, 2, 3) for step in (300, 600)]
    assert [step for step, _ in read(lines(*rows), "text")["Loss"]] == [300, 600, 900, 1200, 1500, 1800]


def test_steps_that_begin_again_without_a_total() -> None:
    rows = [f"[{epoch}, {step:5d}] loss: 2.1" for epoch in (1, 2) for step in (2000, 4000, 6000)]
    assert [step for step, _ in read(lines(*rows), "text")["loss"]] == [2000, 4000, 6000, 8000, 10000, 12000]


def test_a_step_that_is_the_length_of_an_episode_is_no_clock() -> None:
    rows = [
        f"Episode {at} Step {long}: loss 0.{at}, return {long}" for at, long in enumerate((300, 12, 344, 20), start=5)
    ]
    points = read(lines(*rows), "text")
    assert points["loss"] == [(5, 0.5), (6, 0.6), (7, 0.7), (8, 0.8)]


def test_a_log_that_begins_at_a_later_epoch_begins_late() -> None:
    rows = [f"Epoch {epoch}, Step {step}, loss {1 / epoch:.4f}" for epoch in (41, 42, 43) for step in (25, 50, 75, 100)]
    steps = [step for step, _ in read(lines(*rows), "text")["loss"]]
    assert steps == list(range(4025, 4301, 25))


def test_the_epoch_on_a_line_of_its_own() -> None:
    rows = [row for epoch in (1, 2) for row in (f"Epoch {epoch}", "batch 0 loss: 2.0", "batch 10 loss: 1.0")]
    assert [step for step, _ in read(lines(*rows), "text")["loss"]] == [0, 10, 20, 30]


def test_a_step_that_goes_on_over_the_epochs() -> None:
    rows = [f"epoch {epoch} step {epoch * 100 + at}/1000 loss 1.0" for epoch in (0, 1, 2) for at in (0, 50)]
    assert [step for step, _ in read(lines(*rows), "text")["loss"]] == [0, 50, 100, 150, 200, 250]


def test_a_step_that_goes_back_was_resumed() -> None:
    rows = [f"step {at} loss 1.0" for at in (0, 10, 20, 10, 20, 30)]
    assert [step for step, _ in read(lines(*rows), "text")["loss"]] == [0, 10, 20, 10, 20, 30]


def test_mnist() -> None:
    rows = []
    for epoch in (1, 2):
        rows += [f"Train Epoch: {epoch} [{at}/60000 ({at // 600}%)]\tLoss: 2.301" for at in (0, 640, 1280)]
        rows += ["", "Test set: Average loss: 0.0500, Accuracy: 9800/10000 (98%)", ""]
    points = read(lines(*rows), "text")
    assert [step for step, _ in points["Loss"]] == [0, 640, 1280, 60000, 60640, 61280]
    assert points["test_loss"] == [(1280, 0.05), (61280, 0.05)]
    assert points["test_Accuracy"] == [(1280, 98.0), (61280, 98.0)]


def test_an_epochs_summary_is_not_mixed_with_its_steps() -> None:
    rows = [row for epoch in (1, 2) for row in (*(f"epoch {epoch} step {at} loss 1.0" for at in (1, 2)),
                                                f"Epoch {epoch} done: loss 5.0, val_loss 6.0")]  # fmt: skip
    points = read(lines(*rows), "text")
    assert [value for _, value in points["loss"]] == [1.0] * 4
    assert points["loss_epoch"] == [(2, 5.0), (4, 5.0)]
    assert points["val_loss"] == [(2, 6.0), (4, 6.0)]


def test_only_epochs() -> None:
    rows = [f"Epoch {at:3d}/100 | train_loss: {1 / (at + 1):.4f} | val_loss: 0.5 | lr: 1.0e-03" for at in range(5)]
    points = read(lines(*rows), "text")
    assert [step for step, _ in points["train_loss"]] == [0, 1, 2, 3, 4]


def test_a_retrained_epoch_goes_back() -> None:
    rows = [f"epoch {epoch} step {at} loss 1.0" for epoch in (0, 1, 1, 2) for at in (0, 10)]
    steps = [step for step, _ in read(lines(*rows), "text")["loss"]]
    assert steps == [0, 10, 20, 30, 20, 30, 40, 50]


def test_batches_below_the_line_of_their_epoch_are_counted() -> None:
    rows = [row for epoch in (1, 2) for row in (f"Epoch {epoch}/2", *(f"loss: {epoch}.{at}" for at in range(4)))]
    assert read(lines(*rows), "text")["loss"] == [
        (1, 1.0), (2, 1.1), (3, 1.2), (4, 1.3), (5, 2.0), (6, 2.1), (7, 2.2), (8, 2.3)]  # fmt: skip


def test_figures_below_the_line_of_their_epoch() -> None:
    rows = [row for epoch in (1, 2, 3) for row in (f"Epoch: {epoch:02} | Time: 0m 12s",
                                                  "\tTrain Loss: 0.5 | Train PPL: 1.6",
                                                  "\t Val. Loss: 0.6 |  Val. PPL: 1.8")]  # fmt: skip
    points = read(lines(*rows), "text")
    assert points["Train Loss"] == [(1, 0.5), (2, 0.5), (3, 0.5)]
    assert points["Val. Loss"] == [(1, 0.6), (2, 0.6), (3, 0.6)]


def test_the_step_on_a_line_of_its_own() -> None:
    rows = [row for at in (25, 50, 75) for row in (f" --> STEP: {at}/406, GLOBAL_STEP: {at}",
                                                  f"  | > loss: 0.{at}  (0.5)",
                                                  "  | > current_lr: 0.00025")]  # fmt: skip
    points = read(lines(*rows), "text")
    assert points["loss"] == [(25, 0.25), (50, 0.5), (75, 0.75)]
    assert points["current_lr"] == [(25, 0.00025), (50, 0.00025), (75, 0.00025)]


def test_lines_that_count_nothing_are_counted() -> None:
    rows = [f"Loss = 1.{at}e-01, PNorm = 34.5, lr_0 = 1.0e-04" for at in range(10)]
    points = read(lines(*rows), "text-counted")
    assert [step for step, _ in points["Loss"]] == list(range(10))
    assert points["lr_0"][0] == (0, 1e-4)


def test_the_batches_of_a_test_are_not_counted_among_the_trainings() -> None:
    rows = [row for epoch in (1, 2) for row in (
        *(f"Epoch [{epoch}/2] Train [{at}/600] loss: 2.{at}" for at in (300, 600)),
        *(f"Epoch [{epoch}/2] Val [{at}/20] loss: 2.{at}" for at in (10, 20)))]  # fmt: skip
    points = read(lines(*rows), "text")
    assert [step for step, _ in points["loss"]] == [300, 600, 900, 1200]
    assert points["val_loss"] == [(600, 2.1), (600, 2.2), (1200, 2.1), (1200, 2.2)]


@pytest.mark.parametrize(
    "row",
    [
        "{stamp} INFO: iter: {step}, lr: 0.002, 'loss_cls': '1.25', 'loss': '{loss}', ips: 3.2 images/sec",
        "iter: {step}, 'loss': '{loss}', eta: 1:02:03",
        'iter: {step}, "loss": "{loss}", "acc": "0.5"',
        "step {step}: loss='{loss}' lr='0.001'",
        'step={step} loss="{loss}" grad_norm="1.5"',
        "step {step} | loss: '{loss}'",
        "step {step} | 'loss': {loss}, 'acc': 0.5",
        "iteration: {step}, 'loss' : '{loss}'",
        "epoch: 0, step: {step}, 'lr': '1e-05', 'loss': '{loss}'",
        "[worker] step: {step}, loss = '{loss}', acc = '0.71'",
        "'step': '{step}', 'loss': '{loss}'",
    ],
)
def test_quoted_numbers_are_numbers(row: str) -> None:
    losses = ["2.5", "1.75", "+1.5e0", ".625", "nan"]
    rows = [row.format(stamp=f"2021-03-0{at + 1} 10:00:00,123", step=20 * at, loss=loss)
            for at, loss in enumerate(losses)]  # fmt: skip
    found = read(lines(*rows), "text")["loss"]
    assert found[:4] == [(0, 2.5), (20, 1.75), (40, 1.5), (60, 0.625)]
    assert found[4][0] == 80 and math.isnan(found[4][1])


def test_a_quoted_word_and_a_possessive_are_no_numbers() -> None:
    rows = [f"step {at}: loss 0.{at}, mode 'fast', tag: '3b', model's size 7" for at in range(1, 6)]
    points = read(lines(*rows), "text")
    assert points["loss"] == [(at, at / 10) for at in range(1, 6)]
    assert "tag" not in points and "mode" not in points


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ("exp - It {step} [TRAIN] [total_loss          ]: {loss} [lr                  ]: 0.0000050", "total_loss"),
        ("It {step} [loss  ]: {loss}", "loss"),
        ("step {step} [  loss]: {loss} [  acc]: 0.5", "loss"),
        ("step {step} [ loss ] = {loss}", "loss"),
        ("[step]: {step} [loss]: {loss}", "loss"),
        ("iter {step} [loss_mask ]: 0.25 [loss ]: {loss}", "loss"),
        ("[{step}/900] step {step} [train loss     ]: {loss} [learning rate  ]: 0.001", "train loss"),
        ("iteration {step} [loss]:{loss} [grad_norm]:1.5", "loss"),
        ("[Iteration  ]: {step} [mse_loss   ] : {loss}", "mse_loss"),
        ("step {step} [width]: 64 [loss/total   ]: {loss}", "loss/total"),
    ],
)
def test_a_name_in_brackets_is_a_name(row: str, name: str) -> None:
    rows = [row.format(step=at, loss=f"{9 / at:.4f}") for at in (100, 200, 300, 400)]
    points = read(lines(*rows), "text")
    assert points[name] == [(at, float(f"{9 / at:.4f}")) for at in (100, 200, 300, 400)]


def test_a_loggers_level_in_brackets_is_no_name() -> None:
    rows = [f"[INFO]: 3 workers, step {at}: loss 0.{at}" for at in range(1, 6)]
    assert set(read(lines(*rows), "text")) == {"loss"}


def test_training_and_validation_that_tell_their_length_have_the_epoch_for_a_clock() -> None:
    rows = [
        row
        for epoch in (30, 31, 32)
        for row in (
            f"Epoch {epoch} |   Training | Elapsed Time: 2:40:25 | Steps: 6275 | Loss: {7 - epoch / 10}",
            f"Epoch {epoch} | Validation | Elapsed Time: 0:15:00 | Steps: 784 | Loss: {6 - epoch / 10}",
        )
    ]
    points = read(lines(*rows), "text")
    assert [step for step, _ in points["Loss"]] == [30, 31, 32]
    assert [step for step, _ in points["val_Loss"]] == [30, 31, 32]


def test_a_batch_over_a_number_that_moves_is_of_the_epoch_zero_too() -> None:
    rows = [
        f"2021-11-30 17:25:35,903 DEBUG TRAIN Batch 0/{at} loss {200 - at / 10} loss_ctc 205.7 lr 0.00000048 rank 0"
        for at in (0, 100, 200, 300)
    ]
    assert [step for step, _ in read(lines(*rows), "text")["loss"]] == [0, 100, 200, 300]


def test_a_lone_letter_counts_epochs_before_a_count_in_brackets() -> None:
    rows = [
        f"2023-02-11 10:01:20 INFO E:{epoch} [{at:5}/ 1000] ctc_loss={90 / epoch} lr=3.0e-04"
        for epoch in (1, 2) for at in (500, 1000)
    ]  # fmt: skip
    assert [step for step, _ in read(lines(*rows), "text")["ctc_loss"]] == [500, 1000, 1500, 2000]


def test_a_date_as_c_prints_it_is_no_figure() -> None:
    rows = ["================ Training Loss (Tue Jan 18 21:04:11 2022) ================"]
    rows += [f"(epoch: {epoch}, iters: 100, time: 0.3) cycle_A: 0.62 G_A: 0.6" for epoch in (1, 2, 3)]
    assert not [name for name in read(lines(*rows), "text") if "Training" in name]


def test_of_the_least_the_mean_and_the_most_of_a_batch_the_mean_is_read() -> None:
    rows = [f"iter: {at:5}, loss min|avg|max: 0.713|{2.6 - at / 1000}|60.013, batch-p@3: 3.11%" for at in (20, 40, 60)]
    assert read(lines(*rows), "text")["loss"] == [(20, 2.58), (40, 2.56), (60, 2.54)]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Epoch {} | train {} | val {}", ("train loss", "val loss")),
        ("epoch: {} train: {} test: {}", ("train loss", "test loss")),
        ("*** Epoch {} *** Train: {} Val: {}", ("Train loss", "Val loss")),
        ("Epoch {} {{'train': {}, 'val': {}}}", ("train loss", "val loss")),
        ("Ep {}/100 - Loss: {} - Val: {}", ("Loss", "Val loss")),
    ],
)
def test_figures_named_after_their_data_alone_are_losses(line: str, names: tuple[str, str], tmp_path: Path) -> None:
    text = "\n".join(line.format(at, 2.5 / at, 3.0 / at) for at in range(1, 6))
    run = only(read_path(write(tmp_path / "train.log", text + "\n")))
    assert (role(run, "train_loss"), role(run, "val_loss")) == names
    assert [values(run, name)[0] for name in names] == [2.5, 3.0]


def test_figures_named_after_their_data_that_rise_are_accuracies_and_others_leave_them_alone(tmp_path: Path) -> None:
    rising = "\n".join(f"Epoch {at} train {at / 10} val {at / 12:.3f}" for at in range(1, 7))
    run = only(read_path(write(tmp_path / "rising.log", rising + "\n")))
    assert (role(run, "train_accuracy"), role(run, "val_accuracy")) == ("train accuracy", "val accuracy")
    beside = "\n".join(f"Epoch {at} train {at} val {at} error {1 / at:.3f}" for at in range(1, 7))
    assert {"train", "val"} <= set(read(beside, "text"))


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("batch {:5}: train= {} ema= {}", "train loss"),
        ("[{}] train={} lr=0.01 seen={}", "train loss"),
        (">> ep{:03} total {:.6f} (rec {:.6f} / reg 0.0004) lr=0.0005", "total loss"),
        ("step {}: total: {} kl: {} lr: 1e-4", "total loss"),
    ],
)
def test_a_figure_called_after_the_training_or_its_sum_is_its_loss(line: str, name: str, tmp_path: Path) -> None:
    text = "\n".join(line.format(at, 2.5 / at, 3.0 / at) for at in range(1, 6))
    run = only(read_path(write(tmp_path / "train.log", text + "\n")))
    assert role(run, "train_loss") == name
    assert values(run, name)[:2] == [2.5, 1.25]
    assert any("taken for the loss of the training" in note.message for note in run.notes)


def test_a_total_that_counts_is_no_loss() -> None:
    text = "\n".join(f"step {at}: total: {512 * at} lr: 1e-4" for at in range(1, 6))
    assert set(read(text, "text")) == {"total", "lr"}


def test_dots_may_lead_from_a_counter_to_its_figure() -> None:
    points = read("\n".join(f"Epoch: {at}.............Loss: {2.5 / at}" for at in range(1, 6)), "text")
    assert points["Loss"][:2] == [(1, 2.5), (2, 1.25)]


@pytest.mark.parametrize("line", ["E{:03} loss {}", "[e{}] loss {}", "e{}: loss {}"])
def test_a_letter_before_its_number_counts_epochs(line: str) -> None:
    points = read("\n".join(line.format(at, 2.5 / at) for at in range(1, 6)), "text")
    assert points["loss"][:2] == [(1, 2.5), (2, 1.25)]


@pytest.mark.parametrize("line", ["# {} loss={}", "i={} loss={}", "t: {} loss {}"])
def test_a_counter_of_one_sign(line: str) -> None:
    points = read("\n".join(line.format(at, 2.5 / at) for at in range(1, 6)), "text")
    assert points["loss"][:2] == [(1, 2.5), (2, 1.25)]


@pytest.mark.parametrize(
    ("line", "values_", "found"),
    [
        ("Epoch: {:03}, Loss: {:.4f}, Val: {:.4f}", lambda at: 0.68 + at / 40, "accuracy"),  # AUC rises from the start
        ("Epoch: {:03}, Loss: {:.4f}, Test: {:.2f}", lambda at: 90 + at / 4, "accuracy"),
        ("Epoch: {:03}, Loss: {:.4f}, Val: {:.4f}", lambda at: 0.7 / at, "loss"),
        ("Epoch: {:03}, Loss: {:.4f}, Val: {:.4f}", lambda at: 0.7 - at / 20 if at < 6 else 0.1 + at / 12, "loss"),
        ("Epoch: {:03}, Loss: {:.4f}, Val: {:.1f}", lambda at: 20.0 * at, None),  # a return
    ],
)
def test_a_bare_figure_beside_a_loss_is_what_it_looks_like(
    line: str, values_: Callable[[int], float], found: str | None, tmp_path: Path
) -> None:
    text = "\n".join(line.format(at, 0.7 / at, values_(at)) for at in range(1, 11))
    run = only(read_path(write(tmp_path / "train.log", text + "\n")))
    assert role(run, "train_loss") == "Loss"
    told = [choice.role for choice in run.roles if choice.series not in (None, "Loss")]
    assert told == ([] if found is None else [f"val_{found}"])


@pytest.mark.parametrize(
    "line", ["epoch {} took {:.1f}s, train 5.1s val 5.0s acc 0.5", "iter {} total {:.2f} lr 0.001"]
)
def test_times_are_no_losses(line: str) -> None:
    points = read("\n".join(line.format(at, 8.8 + at / 2) for at in range(1, 9)), "text")
    assert not {"train loss", "val loss", "train", "val", "total loss"} & set(points)


def test_the_total_of_what_a_step_takes_is_no_loss() -> None:
    points = read("\n".join(f"step {at} data 0.02 fwd 0.1 total {1 / at:.2f} lr 0.1" for at in range(1, 9)), "text")
    assert "total" in points


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("{at} [D loss: {value}, acc.: 52.68%] [G loss: 0.7]", "D loss"),
        ("Epoch is [1/600], mini-batch is [{at}/1600], time consumption is 1.3, batch_loss is {value}", "batch_loss"),
        ("epoch: 0, batch_id: {at}, AUC:0.5, loss:{value}, ips: 1000.7 ins/s", "loss"),
        ("epoch: 0, batch_idx {at}, loss:{value}", "loss"),
        ("INFO:root:Epoch[0] Batch [0-{at}]\tSpeed: 658.3 samples/sec\tcross-entropy={value}", "cross-entropy"),
        ("2019-11-08 23:37:35iters: {at}, loss:{value}, accuracy:0.5", "loss"),
        ("[INFO 12/08/2022 01:36:38 AM Step {at} Mean loss {value}", "Mean loss"),
        ("iteration {at}: train_loss = {value}f0", "train_loss"),
    ],
)
def test_counters_and_figures_as_other_scripts_write_them(line: str, name: str) -> None:
    text = "\n".join(line.format(at=20 * at, value=round(2.5 - 0.125 * at, 4)) for at in range(1, 7))
    assert read(text, "text")[name] == [(20 * at, 2.5 - 0.125 * at) for at in range(1, 7)]


@pytest.mark.parametrize("rule", ["-----{}------", "===== {} =====", "***[{}]***"])
def test_a_number_between_rules_is_the_epoch_of_what_follows(rule: str) -> None:
    text = "\n".join(f"{rule.format(at)}\ntrain_loss: {2.5 - 0.125 * at}\ntest_acc: 0.5" for at in range(6))
    assert read(text, "text")["train_loss"] == [(at, 2.5 - 0.125 * at) for at in range(6)]


def test_a_fraction_that_says_the_accuracy_again_counts_nothing() -> None:
    text = "\n".join(
        f"epoch  {at}\nloss: {2.5 - 0.125 * at}\ntest accuracy: {10 * at}.00%, ({1000 * at + 3 * at}/{10000 + 30})"
        for at in range(1, 7)
    )
    points = read(text, "text")
    assert points["loss"] == [(at, 2.5 - 0.125 * at) for at in range(1, 7)]
    assert points["test accuracy"] == [(at, 10.0 * at) for at in range(1, 7)]


def test_batches_that_tell_one_epoch_only_are_counted() -> None:
    text = "\n".join(f"Epoch 1 Loss {2.5 - 0.0625 * at} Accuracy 0.1" for at in range(24))
    assert read(text, "text-counted")["Loss"] == [(at, 2.5 - 0.0625 * at) for at in range(24)]


def test_a_sum_beside_its_parts_is_the_loss(tmp_path: Path) -> None:
    text = "\n".join(
        f"[Epoch 0/30, Batch {at}/73] [Losses: x 0.27, y 0.25, w 4.8, conf 4.3, total {15.5 - at}, recall: 0.1]"
        for at in range(6)
    )
    run = only(read_path(write(tmp_path / "train.log", text)))
    assert role(run, "train_loss") == "total loss"
    assert values(run, "total loss") == [15.5 - at for at in range(6)]


def told(lines: list[str]) -> dict[str, list[tuple[int, float]]]:
    points: dict[str, list[tuple[int, float]]] = {}
    for row in GENERIC.read([line.encode() for line in lines]):
        for tag, value in row.values:
            points.setdefault(tag, []).append((row.step, value))
    return points


def test_a_loss_told_several_times_an_epoch_is_told_of_steps_where_it_moves_within_the_epochs() -> None:
    lines = [f"epoch: {epoch} | lr: 1.6 | loss: {8 / (1 + 4 * epoch + part):.4f}" for epoch in range(3)
             for part in range(4)]  # fmt: skip
    assert [step for step, _ in told(lines)["loss"]] == list(range(12))


def test_of_several_processes_it_is_told_of_epochs() -> None:
    lines = [f"epoch: {epoch} | loss: {8 / (1 + epoch) + 0.01 * rank:.4f}" for epoch in range(4) for rank in range(4)]
    assert sorted({step for step, _ in told(lines)["loss"]}) == [0, 1, 2, 3]


def test_a_bar_that_was_left_in_the_first_epoch_alone_counts_nothing() -> None:
    lines = ["34/68 [====>....] - ETA: 4s - Loss: 0.6886"]
    for epoch in range(1, 9):
        lines += [f"Epoch {epoch}/8", f"Train metrics: Loss: {1 / epoch}", f"Valid metrics: Loss: {1.2 / epoch}"]
    found = told(lines)
    assert [step for step, _ in found["val_Loss"]] == list(range(1, 9))


def test_the_epoch_beside_a_step_is_told_as_well(tmp_path: Path) -> None:
    text = "".join(f"epoch[{1 + at // 5}],iter[{20 * at}] loss: {3 / (1 + at):.4f}\n" for at in range(15))
    run = only(read_path(write(tmp_path / "train.log", text)))
    assert values(run, "epoch") == [1.0] * 5 + [2.0] * 5 + [3.0] * 5


def test_a_bar_of_a_test_that_shows_nothing_moves_no_step(tmp_path: Path) -> None:
    text = "".join(
        f"---- Epoch {epoch:02} / 5 ----\n[===>--] 50% Training | (Batch 50/100) | loss:3.5\n"
        f"[=====>] 100% Training | (Batch 100/100) | loss:{3 / (epoch + 1):.3f}\n"
        "[=====>] 100% Validating | (Batch 7/7)\n"
        for epoch in range(5)
    )
    run = only(read_path(write(tmp_path / "train.log", text)))
    assert not run.rewinds and len(values(run, "loss")) == 10


def test_the_length_of_a_test_told_once_an_epoch_moves_no_step(tmp_path: Path) -> None:
    text = "".join(
        "".join(f"Epoch {epoch} | Training | Steps: {step} | Loss: {9 / (1 + epoch):.3f}\n" for step in (40, 80, 120))
        + f"Epoch {epoch} | Validation | Steps: 66 | Loss: {8 / (1 + epoch):.3f}\n"
        for epoch in range(4)
    )
    run = only(read_path(write(tmp_path / "train.log", text)))
    assert len(values(run, "Loss")) == 12 and not run.rewinds


def test_the_end_of_a_test_that_counts_its_own_batches_moves_no_step(tmp_path: Path) -> None:
    text = "".join(
        "".join(f"[Epoch {epoch} Batch {at}/78] loss={3 / epoch:.3f}\n" for at in (20, 40, 60))
        + f"[Batch 9/9] loss={2.8 / epoch:.3f}\n"
        for epoch in range(1, 5)
    )
    run = only(read_path(write(tmp_path / "train.log", text)))
    assert len(values(run, "loss")) == 12 and len(values(run, "eval_loss")) == 4
