"""NaN that pandas writes for what was not logged, and NaN that the training logged."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.model.run import Run
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


@pytest.mark.parametrize("name", ["val_loss", "eval/loss", "valLoss"])
@pytest.mark.parametrize(("last", "found"), [(29, [4, 9, 14, 19, 24, 29]), (27, [4, 9, 14, 19, 24, 27])])
def test_nan_between_rows_that_are_evenly_apart_is_no_value(
    last: int, found: list[int], name: str, tmp_path: Path
) -> None:
    rows = [f"{at},{1 + 1 / (at + 1)},{2.0 if at % 5 == 4 or at == last else 'nan'}" for at in range(last + 1)]
    run = only(read(write(tmp_path / "log.csv", "\n".join([f"epoch,loss,{name}", *rows]) + "\n")))
    assert steps(run, name) == found


@pytest.mark.parametrize("fine", [{0, 1, 2, 3, 7}, {0, 5, 9, 15}, {0, 5, 10}, set(range(0, 20, 2)), set(range(20))])
def test_a_loss_that_is_not_a_number_beside_its_rate_is_what_was_logged(fine: set[int], tmp_path: Path) -> None:
    rows = [f"{at},{1 + 1 / (at + 1) if at in fine else 'nan'},0.1" for at in range(20)]
    run = only(read(write(tmp_path / "log.csv", "\n".join(["step,loss,lr", *rows]) + "\n")))
    assert not_finite(run, "loss") == set(range(20)) - fine


def not_finite(run: Run, name: str) -> set[int]:
    series = run.get(name)
    assert series is not None
    return {step for step, finite in zip(steps(run, name), series.finite.tolist(), strict=True) if not finite}


@pytest.mark.parametrize(
    ("head", "broken", "kept"),
    [
        ("step,loss,lr,disc_loss", "{},nan,0.1,0.7", "{},0.5,0.1,nan"),  # one begins where the other breaks
        ("epoch,train_loss,val_loss,ema_val_loss", "{},nan,nan,0.7", "{},0.5,0.6,nan"),
        ("step,loss,grad_norm,skipped", "{},nan,nan,1", "{},0.5,1.0,nan"),
    ],
)
def test_a_column_that_begins_where_another_breaks_hides_nothing(
    head: str, broken: str, kept: str, tmp_path: Path
) -> None:
    rows = [(kept if at < 12 else broken).format(at) for at in range(20)]
    run = only(read(write(tmp_path / "log.csv", "\n".join([head, *rows]) + "\n")))
    assert not_finite(run, head.split(",")[1]) == set(range(12, 20))


@pytest.mark.parametrize("head", ["Wall time,Step,Value", "epoch,train_loss,val_loss"])
@pytest.mark.parametrize("broken", [set(range(12, 20)), {3, 7, 8, 15}])
def test_where_nothing_stands_beside_a_nan_it_was_logged(head: str, broken: set[int], tmp_path: Path) -> None:
    row = "{at},nan,nan" if head.startswith("epoch") else "17000{at:05},{at},nan"
    fine = "{at},0.5,0.6" if head.startswith("epoch") else "17000{at:05},{at},0.5"
    rows = [(row if at in broken else fine).format(at=at) for at in range(20)]
    run = only(read(write(tmp_path / "train_loss.csv", "\n".join([head, *rows]) + "\n")))
    name = role(run, "train_loss")
    assert name is not None
    assert not_finite(run, name) == broken


def test_a_flag_of_skipped_steps_hides_none_of_them(tmp_path: Path) -> None:
    rows = [f"{at},nan,nan,1" if at in (3, 7, 8, 15) else f"{at},0.5,1.0,nan" for at in range(20)]
    run = only(read(write(tmp_path / "log.csv", "\n".join(["step,loss,grad_norm,skipped", *rows]) + "\n")))
    assert not_finite(run, "loss") == {3, 7, 8, 15}


def test_two_cadences_in_one_table(tmp_path: Path) -> None:
    rows = [
        f"{at},{1 / at if at % 10 == 0 else 'nan'},{2 / at if at % 25 == 0 else 'nan'}"
        for at in range(1, 201)
        if at % 10 == 0 or at % 25 == 0
    ]
    run = only(read(write(tmp_path / "log.csv", "\n".join(["step,train_loss,val_loss", *rows]) + "\n")))
    assert (len(steps(run, "train_loss")), len(steps(run, "val_loss"))) == (20, 8)


def test_uneven_evaluations_are_those_that_were_made_and_may_end_in_nan(tmp_path: Path) -> None:
    made = {0, 4, 9, 15, 19}
    rows = [f"{at},{1 + 1 / (at + 1)},{2.0 if at in made else 'nan'}" for at in range(40)]
    run = only(read(write(tmp_path / "log.csv", "\n".join(["epoch,loss,val_loss", *rows]) + "\n")))
    assert steps(run, "val_loss") == [*sorted(made), *range(20, 40)]
    assert not_finite(run, "val_loss") == set(range(20, 40))


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
