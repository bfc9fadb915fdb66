"""NaN that pandas writes for what was not logged, and NaN that the training logged."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from tests.readers.written import only, role, steps, values, write

HEAD = "step,loss,learning_rate,eval_loss,train_runtime"


def table(*, broken_from: int = 99) -> str:
    """Twelve rows of training, each third followed by one of an evaluation, and the last row of the whole."""
    rows = [HEAD]
    for at in range(1, 13):
        rows.append(f"{at},{2 / at if at < broken_from else 'nan'},1e-4,nan,nan")
        if at % 3 == 0:
            rows.append(f"{at},nan,nan,{2.5 / at},nan")
    return "\n".join([*rows, "12,nan,nan,nan,99.5"]) + "\n"


@pytest.mark.parametrize("name", ["log.csv", "log.tsv", "history.txt"])
def test_nan_in_rows_of_another_kind_is_no_value(name: str, tmp_path: Path) -> None:
    text = table()
    text = text if name == "log.csv" else text.replace(",", "\t") if name == "log.tsv" else text.replace(",", "  ")
    run = only(read(write(tmp_path / name, text)))
    assert (steps(run, "loss"), values(run, "loss")) == (list(range(1, 13)), [2 / at for at in range(1, 13)])
    assert steps(run, "eval_loss") == [3, 6, 9, 12]
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("loss", "eval_loss")
    assert any("taken for empty ones" in note.message for note in run.notes)


def test_a_loss_that_became_nan_has_its_rate_beside_it_and_stays(tmp_path: Path) -> None:
    run = only(read(write(tmp_path / "log.csv", table(broken_from=8))))
    loss = run.get("loss")
    assert loss is not None
    assert steps(run, "loss") == list(range(1, 13))
    assert loss.finite.tolist() == [at < 8 for at in range(1, 13)]


@pytest.mark.parametrize(("last", "found"), [(29, [4, 9, 14, 19, 24, 29]), (27, [4, 9, 14, 19, 24, 27])])
def test_nan_between_rows_that_are_evenly_apart_is_no_value(last: int, found: list[int], tmp_path: Path) -> None:
    rows = [f"{at},{1 + 1 / (at + 1)},{2.0 if at % 5 == 4 or at == last else 'nan'}" for at in range(last + 1)]
    run = only(read(write(tmp_path / "log.csv", "\n".join(["epoch,loss,val_loss", *rows]) + "\n")))
    assert steps(run, "val_loss") == found


@pytest.mark.parametrize("fine", [{0, 1, 2, 3, 7}, {0, 5, 9, 15}, {0, 5, 10}, set(range(20))])
def test_other_nan_is_what_was_logged(fine: set[int], tmp_path: Path) -> None:
    rows = [f"{at},{1 + 1 / (at + 1) if at in fine else 'nan'},0.1" for at in range(20)]
    run = only(read(write(tmp_path / "log.csv", "\n".join(["step,loss,lr", *rows]) + "\n")))
    series = run.get("loss")
    assert series is not None
    left = {step for step, finite in zip(steps(run, "loss"), series.finite.tolist(), strict=True) if not finite}
    assert left == (set(range(15, 20)) if fine == {0, 5, 10} else set(range(20)) - fine)


def test_a_frame_printed_among_other_words(tmp_path: Path) -> None:
    frame = [
        "training took 812 s",
        "      step    loss  learning_rate  eval_loss",
        *(
            f"{2 * at - 2:<3} {at * 250:6}  {0.9 / at:.4f}       0.000045        NaN\n"
            f"{2 * at - 1:<3} {at * 250:6}     NaN            NaN     {1 / at:.4f}"
            for at in range(1, 8)
        ),
        "",
        "[14 rows x 4 columns]",
        "best: 0.1",
    ]
    run = only(read(write(tmp_path / "out.log", "\n".join(frame) + "\n")))
    assert values(run, "loss") == [float(f"{0.9 / at:.4f}") for at in range(1, 8)]
    assert steps(run, "eval_loss") == [at * 250 for at in range(1, 8)]
