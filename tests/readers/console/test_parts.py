"""Trainings in one text: folds, trainings one behind the other, processes, counters that start anew."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from loglens.model.run import Run
from loglens.readers import read
from tests.readers.written import values


def runs_of(folder: Path, text: str, name: str = "train.log") -> tuple[Run, ...]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read(path).runs


def training(first: float = 3.0, *, steps: range = range(10, 310, 10), form: str = "step {} | loss {:.4f}\n") -> str:
    return "".join(form.format(step, 0.3 + first * math.exp(-at / 8)) for at, step in enumerate(steps))


@pytest.mark.parametrize(
    "between", ["", "***** Running training *****\n", "Killed\nLoading pretrained weights from a.pt\n"]
)
def test_two_trainings_one_behind_the_other(tmp_path: Path, between: str) -> None:
    first, second = runs_of(tmp_path, training() + between + training(2.5))
    assert (first.name, second.name) == ("train.log#training 1", "train.log#training 2")
    for run in (first, second):
        loss = run.role("train_loss")
        assert loss is not None
        assert loss.steps.tolist() == list(range(10, 310, 10))
        assert any("2 trainings" in note.message for note in run.notes)
    assert [one.kind for one in first.events] == (["killed"] if "Killed" in between else [])
    assert len(second.events) == (1 if between else 0)


@pytest.mark.parametrize("said", ["=> loading checkpoint 'a/last.pth'\n", "Resuming from a/latest.pt\n"])
def test_a_counter_that_begins_again_behind_a_checkpoint_is_counted_on(tmp_path: Path, said: str) -> None:
    (run,) = runs_of(tmp_path, training() + "Killed\n" + said + training(2.5))
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(10, 610, 10))
    assert [(one.last_step, one.resumed_at) for one in run.rewinds] == [(300, 310)]
    assert any("counted on from step 310" in note.message for note in run.notes)


def test_a_checkpoint_that_is_done_again_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    flat = "".join(f"step {step} | loss {0.5 + 0.001 * (step % 30):.4f}\n" for step in range(10, 310, 10))
    (run,) = runs_of(tmp_path, flat + "=> loading checkpoint 'a/last.pth'\n" + flat)
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(10, 310, 10))


def test_trainings_that_all_load_the_same_are_trainings_of_their_own(tmp_path: Path) -> None:
    one = "Loading checkpoint shards: a.bin\n" + training()
    assert len(runs_of(tmp_path, one + one)) == 2


def test_three_trainings_by_epoch(tmp_path: Path) -> None:
    text = training(steps=range(1, 13), form="Epoch {}/12 - train loss: {:.4f}\n") * 3
    assert len(runs_of(tmp_path, text)) == 3


def test_a_heading_above_the_first_figures_belongs_to_them(tmp_path: Path) -> None:
    bar = "10/10 [==============================] - 1s 9ms/step - loss: {:.4f} - val_loss: 0.5\n"
    text = "".join(f"Epoch {at}/9\n" + bar.format(2 / at) for at in range(1, 10))
    found = runs_of(tmp_path, text + "Killed\n" + text)
    assert [len(run.role("train_loss") or ()) for run in found] == [9, 9]
    assert [[one.kind for one in run.events] for run in found] == [["killed"], []]


def test_a_resume_from_the_middle_is_one_run(tmp_path: Path) -> None:
    text = training() + "Resuming from step 200\n" + training(0.05, steps=range(210, 510, 10))
    (run,) = runs_of(tmp_path, text)
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(10, 510, 10))
    assert [one.kind for one in run.events] == ["resumed"]


def test_a_step_that_starts_anew_in_each_epoch_goes_on(tmp_path: Path) -> None:
    whole = [0.3 + 3 * math.exp(-at / 60) for at in range(120)]
    text = "".join(f"step {at % 30} | loss {loss:.4f}\n" for at, loss in enumerate(whole))
    (run,) = runs_of(tmp_path, text)
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(120))
    assert any("starts anew 3 times" in note.message for note in run.notes)


@pytest.mark.parametrize(
    "banner", ["Fold {}/3\n", "===== FOLD {} =====\n", "Training fold: {}\n", "[fold {}] start\n", "Fold #{}\n"]
)
def test_folds_are_runs(tmp_path: Path, banner: str) -> None:
    form = "Epoch {} | train loss {:.4f} | val loss 0.5\n"
    text = "".join(banner.format(fold) + training(fold, steps=range(1, 9), form=form) for fold in (1, 2, 3))
    found = runs_of(tmp_path, text)
    assert [run.name for run in found] == [f"train.log#fold {fold}" for fold in (1, 2, 3)]
    assert all(len(run.role("train_loss") or ()) == 8 for run in found)


def test_a_fold_in_every_line(tmp_path: Path) -> None:
    form = "Fold 0 Epoch {} train loss {:.4f}\n"
    text = "".join(training(2, steps=range(1, 9), form=form.replace("0", str(fold), 1)) for fold in (1, 2))
    assert [run.name for run in runs_of(tmp_path, text)] == ["train.log#fold 1", "train.log#fold 2"]


@pytest.mark.parametrize("mark", ["[rank{}] ", "[Rank {}] ", "{}: ", "[1,{}]<stdout>:", "[GPU {}] ", "rank={} "])
def test_of_processes_that_print_one_training_the_first_is_read(tmp_path: Path, mark: str) -> None:
    text = "".join(
        f"{mark.format(rank)}step {step} | loss {0.3 + 3 * math.exp(-step / 80) + 0.1 * rank:.4f} | lr 0.001\n"
        for step in range(10, 310, 10)
        for rank in (0, 1)
    )
    (run,) = runs_of(tmp_path, text)
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(10, 310, 10))
    assert loss.values[0] == pytest.approx(0.3 + 3 * math.exp(-10 / 80), abs=1e-4)
    assert any("2 processes" in note.message for note in run.notes)


def test_rows_written_twice_are_one_row(tmp_path: Path) -> None:
    text = "".join(line + line for line in training().splitlines(keepends=True))
    (run,) = runs_of(tmp_path, text)
    assert len(run.role("train_loss") or ()) == 30


def test_a_trainer_that_printed_each_line_twice(tmp_path: Path) -> None:
    line = "{{'loss': {:.4f}, 'grad_norm': {:.4f}, 'learning_rate': 1e-05, 'epoch': {:.2f}}}\n"
    text = "".join(2 * line.format(2 / at, 1 + at / 7, at / 100) for at in range(1, 31))
    (run,) = runs_of(tmp_path, text)
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(1, 31))


@pytest.mark.parametrize("digits", [1, 2, 3])
@pytest.mark.parametrize("lines_an_epoch", [40, 270, 1500])
def test_a_trainers_losses_are_all_points(tmp_path: Path, digits: int, lines_an_epoch: int) -> None:
    text = "".join(
        f"{{'loss': {2 / at:.4f}, 'learning_rate': 1e-05, 'epoch': {at / lines_an_epoch:.{digits}f}}}\n"
        for at in range(1, 201)
    )
    (run,) = runs_of(tmp_path, text)
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(1, 201))


def test_decimal_commas_are_figures(tmp_path: Path) -> None:
    text = "".join(
        f"2024-01-01 10:00:{at:02d},123 Epoch: {at}, Loss:  0,{9000 - 200 * at}, val loss: 1,{5000 - 100 * at}, "
        f"Learning Rate: 0,001000\n" for at in range(1, 21)
    )  # fmt: skip
    (run,) = runs_of(tmp_path, text)
    loss, held_out, rate = (run.role(role) for role in ("train_loss", "val_loss", "learning_rate"))
    assert loss is not None and held_out is not None and rate is not None
    assert (loss.values[0], held_out.values[0], rate.values[0]) == (0.88, 1.49, 0.001)
    assert any("decimal commas" in note.message for note in run.notes)


def test_a_comma_that_parts_thousands_is_none(tmp_path: Path) -> None:
    text = "".join(f"step {at} | loss: {3 / at:.4f} | tps: {7 + at},114\n" for at in range(1, 21))
    (run,) = runs_of(tmp_path, text)
    tps = run.get("tps")
    assert tps is not None
    assert tps.values[0] == 8114.0


@pytest.mark.parametrize(
    ("text", "late"),
    [
        (training(), False),
        (training(steps=range(300_000, 300_150, 5)), True),
        (training(steps=range(182, 212)), True),
        (training(steps=range(1, 31), form="Epoch {} loss {:.4f}\n"), False),
        (training(steps=range(80, 110), form="Epoch {} loss {:.4f}\n"), True),
    ],
)
def test_a_log_that_begins_late_knows_it(tmp_path: Path, text: str, late: bool) -> None:
    (run,) = runs_of(tmp_path, text)
    assert run.starts_late is late


def test_a_value_that_no_loss_takes_is_told(tmp_path: Path) -> None:
    (run,) = runs_of(tmp_path, training() + "step 310 | loss -1e34\n" + training(steps=range(320, 350, 10)))
    assert any("-1e+34 at step 310" in note.message for note in run.notes)


def test_colours_and_carriage_returns(tmp_path: Path) -> None:
    text = "".join(
        f"\x1b[32m[INFO]\x1b[0m \x1b]0;title\x07step {at} | \x1b[1mloss\x1b[0m {3 / at:.4f}\r" for at in range(1, 31)
    )
    (run,) = runs_of(tmp_path, text)
    assert len(run.role("train_loss") or ()) == 30


def test_a_first_line_that_begins_with_a_tab_makes_no_table(tmp_path: Path) -> None:
    text = "".join(
        f"\titers: {100 * at}, epoch: {epoch} | loss: {1 / (at + 3 * epoch):.7f}\n\tspeed: 0.1s/iter; left time: 9s\n"
        for epoch in range(1, 8)
        for at in (1, 2)
    )
    (run,) = runs_of(tmp_path, text, "train.txt")
    loss = run.role("train_loss")
    assert loss is not None
    assert len(loss) == 14


@pytest.mark.parametrize(
    "marks",
    [
        ("10.0.0.1: ", "10.0.0.2: ", "10.0.0.3: "),
        ("172.16.4.9: ", "172.16.40.10: "),
        ("node01: ", "node02: ", "node03: ", "node04: "),
        ("worker-0: ", "worker-1: "),
        ("ip-10-0-0-1: ", "ip-10-0-0-2: "),
        ("gpu07.cluster.lan: ", "gpu08.cluster.lan: "),
        ("dgx-1: ", "dgx-2: "),
        ("compute-3-1: ", "compute-3-2: "),
        ("[rank0]: ", "[rank1]: ", "[rank2]: "),
        ("[rank2]:", "[rank5]:"),
        ("Host3: ", "Host11: "),
    ],
)
def test_what_several_hosts_print_is_one_training(tmp_path: Path, marks: tuple[str, ...]) -> None:
    rows = [f"{mark}{{'loss': {3 - at / 50:.4f}, 'learning_rate': 1e-05, 'epoch': {at / 30:.2f}}}"
            for at in range(1, 91) for mark in marks]  # fmt: skip
    (run,) = runs_of(tmp_path, "\n".join(rows) + "\n")
    assert values(run, "loss") == [round(3 - at / 50, 4) for at in range(1, 91)]
    assert any(f"{len(marks)} processes" in note.message and "print the same training" in note.message
               for note in run.notes)  # fmt: skip


def test_steps_that_cannot_be_counted_on_are_left_as_they_are(tmp_path: Path) -> None:
    far = range(2**62, 2**62 + 12)
    text = training(steps=far) + "=> loading checkpoint 'a/last.pth'\n" + training(2.5, steps=far)
    assert all(run.series for run in runs_of(tmp_path, text))
