"""Tables whose cells hold whole curves."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read
from tests.readers.written import only, role, steps, values, write


@pytest.mark.parametrize("label", ["model", "Optimizer", "run", "variant"])
def test_a_row_is_a_run_named_by_its_words(tmp_path: Path, label: str) -> None:
    text = f'{label},loss\nsmall,"[0.7, 0.6, 0.5]"\nlarge,"[0.9, 0.4, 0.2]"\n'
    runs = read(write(tmp_path / "losses.csv", text)).runs
    assert sorted(run.name.rpartition("#")[2] for run in runs) == ["large", "small"]
    assert sorted(values(run, "loss")[-1] for run in runs) == [0.2, 0.5]
    assert all(role(run, "train_loss") == "loss" for run in runs)


def test_names_that_are_there_twice_are_told_apart_by_their_row(tmp_path: Path) -> None:
    text = 'name,loss\nadam,"[3, 2]"\nadam,"[3, 1]"\n'
    runs = read(write(tmp_path / "losses.csv", text)).runs
    assert sorted(run.name.rpartition("#")[2] for run in runs) == ["adam 1", "adam 2"]


def test_lists_beside_each_other_are_the_curves_of_one_training(tmp_path: Path) -> None:
    text = "lr;loss;val_loss\n0.01;[2.0, nan, 1.0];[2.5, None, 1.5]\n"
    run = only(read(write(tmp_path / "history.csv", text)))
    assert [role(run, one) for one in ("train_loss", "val_loss", "learning_rate")] == ["loss", "val_loss", "lr"]
    assert (steps(run, "loss"), values(run, "val_loss")) == ([0, 1, 2], [2.5, 1.5])


def test_lists_of_unlike_length_end_where_they_end(tmp_path: Path) -> None:
    text = 'seed,loss\n1,"[2.0 1.0 0.5]"\n2,"[2.0 1.5]"\n'
    found = {len(values(run, "loss")) for run in read(write(tmp_path / "losses.csv", text)).runs}
    assert found == {2, 3}


@pytest.mark.parametrize(
    "text",
    [
        'step,losses\n1,"[0.7, 0.6]"\n2,"[0.9, 0.4]"\n3,"[0.8, 0.3]"\n',  # of two networks at each step
        'epoch,loss,shape\n1,0.5,"[3, 224]"\n2,0.4,"[3, 224]"\n',
    ],
)
def test_lists_at_each_step_are_no_curves(tmp_path: Path, text: str) -> None:
    from loglens.readers.tables.csv.read import read_csv
    from loglens.readers.tables.unrolled import unrolled

    table = read_csv(write(tmp_path / "log.csv", text))
    assert unrolled(table) is table
