"""What the general reader makes of a table that says little of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.errors import UnknownFormat
from loglens.readers import read
from tests.readers.written import only, role, steps, values, write

ROWS = [(at, 2.0 / (at + 1)) for at in range(6)]


@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("losses.csv", "", "train_loss"),
        ("train_loss.tsv", "", "train_loss"),
        ("val_loss.csv", ",0\n", "val_loss"),
        ("Loss.csv", "step,value\n", "train_loss"),
        ("lr.csv", "x,y\n", "learning_rate"),
        ("val_acc.csv", "epoch,1\n", "val_accuracy"),
        ("perda.csv", "", "train_loss"),
    ],
)
def test_the_only_series_is_what_the_file_says(tmp_path: Path, name: str, head: str, found: str) -> None:
    text = head + "".join(f"{at},{value}\n" for at, value in ROWS)
    run = only(read(write(tmp_path / name, text)))
    stem = name.rpartition(".")[0]
    assert role(run, found) == stem
    assert (steps(run, stem), values(run, stem)) == (list(range(6)), [value for _, value in ROWS])


@pytest.mark.parametrize(
    ("name", "head"), [("losses.csv", "step,hinge\n"), ("run3.csv", ""), ("losses.csv", "step,loss\n")]
)
def test_a_name_of_its_own_stays_and_a_file_that_says_nothing_gives_none(tmp_path: Path, name: str, head: str) -> None:
    text = head + "".join(f"{at},{value}\n" for at, value in ROWS)
    run = only(read(write(tmp_path / name, text)))
    assert run.get(name.rpartition(".")[0]) is None


@pytest.mark.parametrize("suffix", [".txt", ".log", ".dat", ".out"])
@pytest.mark.parametrize(
    ("stem", "row", "found"),
    [
        ("loss", "{value}\n", "loss"),
        ("train_loss", "{at}\t{value}\n", "train_loss"),
        ("losses", " {at:4} {value:.18e}\n", "losses"),
        ("loss_record", "{at},{value}\n", "loss"),
    ],
)
def test_figures_without_a_heading_are_what_a_text_is_called(
    tmp_path: Path, stem: str, row: str, found: str, suffix: str
) -> None:
    text = "".join(row.format(at=at, value=value) for at, value in ROWS)
    run = only(read(write(tmp_path / f"{stem}{suffix}", text)))
    name = role(run, "train_loss")
    assert name is not None
    assert name.startswith(found)
    assert (steps(run, name), values(run, name)) == (list(range(6)), [value for _, value in ROWS])


@pytest.mark.parametrize(
    ("name", "row"), [("numbers.txt", "{} {}\n"), ("loss.txt", "{} {} ok\n"), ("loss.txt", "#{} {}\n")]
)
def test_other_texts_of_figures_are_no_logs(tmp_path: Path, name: str, row: str) -> None:
    with pytest.raises(UnknownFormat):
        read(write(tmp_path / name, "".join(row.format(at, value) for at, value in ROWS)))


def test_of_two_nameless_series_none_is_named(tmp_path: Path) -> None:
    run = only(read(write(tmp_path / "loss.csv", "".join(f"{at},{value},{value / 2}\n" for at, value in ROWS))))
    assert run.get("loss") is None


def test_columns_that_pandas_numbers_have_a_header(tmp_path: Path) -> None:
    text = ",0,1\n" + "".join(f"{at},{value},{value / 2}\n" for at, value in ROWS)
    run = only(read(write(tmp_path / "losses.csv", text)))
    assert values(run, "val_loss") == [value / 2 for _, value in ROWS]


def test_lines_that_a_tab_indents_are_no_table(tmp_path: Path) -> None:
    lines = "".join(f"\tTrain: epoch {epoch} [12800 / 50000] Loss: {2 / epoch:.4f}\n" for epoch in range(1, 8))
    text = "\tRunning on Cuda.\n" + lines.replace(".", ",")
    run = only(read(write(tmp_path / "out.txt", text)))
    assert len(values(run, "Loss")) == 7
