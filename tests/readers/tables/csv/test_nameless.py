"""Figures without names: by their file, by their course, as far as either tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.errors import UnknownFormat
from loglens.readers import read
from tests.readers.written import only, role, steps, values, write

FALLING = [round(2.0 / (at + 1) + 0.1, 4) for at in range(12)]
HELD_OUT = [round(value + 0.2, 4) for value in FALLING]


@pytest.mark.parametrize("name", ["log_train.txt", "training_log.out", "train.log", "learning_curve.dat"])
def test_what_comes_down_in_a_file_of_the_training_is_its_loss(tmp_path: Path, name: str) -> None:
    run = only(read(write(tmp_path / name, "".join(f"{at} {value}\n" for at, value in enumerate(FALLING)))))
    assert (steps(run, "loss"), values(run, "loss")) == (list(range(12)), FALLING)
    assert any("comes down" in note.message for note in run.notes)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{at} {1 - value}\n" for at, value in enumerate(FALLING)),  # rises
        "".join(f"{at} {100 - at}\n" for at in range(12)),  # whole numbers count something
        "".join(f"{value} {value}\n" for value in FALLING),  # no counter
        "".join(f"{at} {value} {value}\n" for at, value in enumerate(FALLING)),  # which of them?
    ],
)
def test_other_bare_figures_of_a_training_are_no_log(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnknownFormat):
        read(write(tmp_path / "train.txt", text))


@pytest.mark.parametrize("counter", ["first", "last"])
def test_two_losses_are_those_of_training_and_validation(tmp_path: Path, counter: str) -> None:
    rows = zip(FALLING, HELD_OUT, strict=True)
    lines = [f"{at}\t{a}\t{b}" if counter == "first" else f"{a}\t{b}\t{at}" for at, (a, b) in enumerate(rows)]
    run = only(read(write(tmp_path / "losses.txt", "\n".join(lines) + "\n")))
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("train_loss", "val_loss")
    assert (values(run, "train_loss"), values(run, "val_loss")) == (FALLING, HELD_OUT)


def test_two_columns_of_another_size_are_not_two_losses(tmp_path: Path) -> None:
    text = "".join(f"{at},{value},{value * 1000}\n" for at, value in enumerate(FALLING))
    run = only(read(write(tmp_path / "loss.csv", text)))
    assert run.get("val_loss") is None


def test_names_that_a_library_gives_say_nothing(tmp_path: Path) -> None:
    text = "x1,x2\n" + "".join(f"{at},{value} (tracked)\n" for at, value in enumerate(FALLING, start=1))
    run = only(read(write(tmp_path / "loss.csv", text)))
    assert (steps(run, "loss"), values(run, "loss")) == (list(range(1, 13)), FALLING)


def test_a_metric_of_mlflow_in_a_file_of_its_own(tmp_path: Path) -> None:
    text = "".join(f"{1628697792090 + 3500 * at} {value} {at}\n" for at, value in enumerate(FALLING))
    run = only(read(write(tmp_path / "loss", text)))
    assert (steps(run, "loss"), values(run, "loss")) == (list(range(12)), FALLING)


def test_many_columns_without_names_stay_as_they_are(tmp_path: Path) -> None:
    text = "".join(",".join([str(at), *(str(value * at) for value in range(1, 40))]) + "\n" for at in range(5))
    run = only(read(write(tmp_path / "loss.csv", text)))
    assert all(series.tag.startswith("column ") for series in run.series)


def test_what_is_whole_beside_the_losses_counts_something(tmp_path: Path) -> None:
    text = "".join(f"{value},{500 - 7 * at % 90}\n" for at, value in enumerate(FALLING))
    run = only(read(write(tmp_path / "losses.csv", text)))
    assert values(run, role(run, "train_loss") or "") == FALLING


def test_beside_a_rate_that_stays_and_the_time_what_is_left_is_called_after_its_file(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    path.write_text("".join(f"{at},{3 / at:.4f},0.001,{0.13 * at:.3f}\n" for at in range(1, 30)), encoding="utf-8")
    (run,) = read(path).runs
    loss = run.role("train_loss")
    assert loss is not None and loss.tag == "loss" and loss.values[0] == 3.0
