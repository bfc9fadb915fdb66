from __future__ import annotations

from pathlib import Path

import pytest

from loglens.errors import UnknownFormat
from loglens.readers import read
from loglens.readers.console.text.labels import labelled, unlabelled
from tests.readers.written import only, role, steps, values, write

TABLE = [
    "epoch     train_loss  valid_loss  time",
    *(f"{at}         0.{9 - at}       0.8         01:20" for at in range(5)),
]
LABELS = {
    "torchrun": "[rank0]: ", "DeepSpeed": "[default0]:", "srun": "0: ", "compose": "trainer-1  | ",
    "Ray": "(RayTrainWorker pid=1234, ip=10.0.0.3) ", "glog": "I0501 12:00:00.123456  4321 train.py:12] ",
    "logging": "2024-05-01 12:00:00,123 - INFO - ", "named": "2024-05-01 12:00:00,123 - my.trainer - INFO - ",
    "level first": "INFO:root:", "level": "[INFO] ", "hydra": "[2024-05-01 12:00:00,123][train][INFO] - ",
    "loguru": "2024-05-01 12:00:00.123 | INFO     | __main__:fit:42 - ", "kubectl": "2024-05-01T12:00:00.123456789Z ",
    "ts": "12:00:01 ",
}  # fmt: skip


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_table_is_read_behind_what_stands_before_every_line(label: str, tmp_path: Path) -> None:
    run = only(read(write(tmp_path / "job.log", "\n".join(label + line for line in TABLE) + "\n")))
    assert values(run, "train_loss") == [0.9, 0.8, 0.7, 0.6, 0.5]
    assert (role(run, "val_loss"), run.x_axis) == ("valid_loss", "epoch")


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_label_is_taken_off_alone(label: str) -> None:
    assert unlabelled(f"{label}loss 0.5 at 3".encode()) == b"loss 0.5 at 3"


def test_lines_that_say_what_they_are_keep_the_time_before_them(tmp_path: Path) -> None:
    lines = [f"2024-05-01 12:00:0{at},123 - INFO - Epoch {at}: loss 0.{9 - at}" for at in range(5)]
    run = only(read(write(tmp_path / "job.log", "\n".join(lines))))
    assert steps(run, "loss") == [0, 1, 2, 3, 4]
    assert not any("stands before" in note.message for note in run.notes)


@pytest.mark.parametrize("label", ["[rank0]: ", "2024-05-01 12:00:00,123 - INFO - "])
def test_a_counter_is_read_that_a_label_hides(label: str, tmp_path: Path) -> None:
    told = {0: "saving model_0.pt", 4: "resuming from step 40"}
    lines = [f"{label}   {10 * at}/9000 loss {9 - at} lr 1e-4" for at in range(9)]
    text = "\n".join(f"{label}{told[at]}\n{line}" if at in told else line for at, line in enumerate(lines))
    run = only(read(write(tmp_path / "job.log", text + "\n")))
    assert steps(run, "loss") == [10 * at for at in range(9)]
    phases = "\n".join(f"{label}A {20 * at:5}/1200  loss={9 - at}  iou=0.{at}" for at in range(9))
    run = only(read(write(tmp_path / "phases.log", phases + "\n")))
    assert steps(run, "loss") == [20 * at for at in range(9)]


def test_few_lines_and_a_label_before_some_are_none() -> None:
    assert not labelled([b"[rank0]: a", b"[rank0]: b"])
    assert labelled([b"[rank0]: a"] * 9 + [b"b"])
    assert not labelled([b"[rank0]: a"] * 8 + [b"b"] * 2)
    assert not labelled([])


@pytest.mark.parametrize("row", ["{}: loss={}, ppl=7.0, lr=1.0e-03", "  {}: {{'loss': {}, 'lr': 0.001}}"])
@pytest.mark.parametrize("count", [5, 12])
def test_a_number_before_every_line_that_grows_is_its_step(row: str, count: int, tmp_path: Path) -> None:
    at = [0, 3, 6, 8, 20, 21, 22, 40, 41, 60, 61, 99][:count]
    text = "\n".join(row.format(step, 2 - step / 100) for step in at)
    run = only(read(write(tmp_path / "train.txt", text + "\n")))
    assert (steps(run, "loss"), values(run, "loss")) == (at, [2 - step / 100 for step in at])
    assert any("number before every line" in note.message for note in run.notes)


@pytest.mark.parametrize("processes", [2, 16])
def test_the_number_of_a_process_is_no_step(processes: int, tmp_path: Path) -> None:
    text = "\n".join(f"{at % processes}: loss {2 - at / 1000:.2f}" for at in range(40 * processes))
    run = only(read(write(tmp_path / "train.txt", text + "\n")))
    assert not any("number before every line" in note.message for note in run.notes)


def test_a_number_that_starts_again_with_every_epoch_is_counted_on(tmp_path: Path) -> None:
    text = "\n".join(f"{at % 50}: loss={2.3 - at / 100:.4f}" for at in range(200))
    run = only(read(write(tmp_path / "train.txt", text + "\n")))
    assert steps(run, "loss") == list(range(200))


@pytest.mark.parametrize("mark", ["% ", "# ", "    ## ", "// ", "> "])
@pytest.mark.parametrize("name", ["train.m.txt", "run.py", "notes.md"])
def test_a_log_in_comments_is_read(tmp_path: Path, mark: str, name: str) -> None:
    log = [f"Epoch {at}/12 - loss: {2.5 - at / 8} - val_loss: {2.75 - at / 8}" for at in range(1, 13)]
    text = "\n".join(["options = training(", "  'adam');", "", *(mark + line for line in log), "y = 3;"])
    run = only(read(write(tmp_path / name, text)))
    assert values(run, "loss") == [2.5 - at / 8 for at in range(1, 13)]


def test_comments_that_only_speak_of_losses_are_no_log(tmp_path: Path) -> None:
    text = "\n".join(f"# the loss of variant {at} was 0.{at}" for at in range(6)) + "\n"
    with pytest.raises(UnknownFormat):
        read(write(tmp_path / "train.py", text))
