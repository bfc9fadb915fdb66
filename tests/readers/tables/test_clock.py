"""Which column is the step, and how a counter that starts again goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

import loglens
from loglens.readers.tables.clock import Clock, clock_of
from loglens.readers.tables.csv.read import read_csv
from tests.readers.written import write


def clock(folder: Path, text: str, *, preferred: tuple[str, ...] = (), appended: bool = False) -> Clock:
    return clock_of(read_csv(write(folder / "log.csv", text)), preferred=preferred, appended=appended)


@pytest.mark.parametrize(
    ("head", "column", "axis"),
    [
        ("epoch,step,loss", "step", "step"),
        ("epoch,accuracy,loss", "epoch", "epoch"),
        ("_step,global_step,loss", "global_step", "step"),
    ],
)
def test_the_best_column_counts(tmp_path: Path, head: str, column: str, axis: str) -> None:
    found = clock(tmp_path, head + "\n" + "".join(f"{at},{10 * at},{3 / at}\n" for at in range(1, 6)))
    assert (found.column, found.axis) == (column, axis)


def test_a_column_that_stands_still_is_no_step(tmp_path: Path) -> None:
    found = clock(tmp_path, "epoch,loss\n" + "".join(f"{at // 10},{3 - at / 10}\n" for at in range(20)))
    assert (found.column, found.steps.tolist()) == ("", list(range(20)))
    assert "no usable step column" in found.notes[0].message


def test_what_the_format_knows_comes_first(tmp_path: Path) -> None:
    text = "step,iteration,loss\n1,100,3\n2,200,2\n3,300,1\n"
    assert clock(tmp_path, text, preferred=("iteration",)).steps.tolist() == [100, 200, 300]


def test_batches_counted_anew_in_every_epoch_go_on(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{at},{1 / (1 + at)}\n" for epoch in range(3) for at in (10, 20, 30))
    found = clock(tmp_path, f"epoch,step,loss\n{rows}")
    assert found.steps.tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert found.notes[0].count == 2


def test_an_appended_counter_goes_on_and_says_where(tmp_path: Path) -> None:
    text = "epoch,loss\n0,3\n1,2\n2,1\n0,1\n1,0.9\n"
    found = clock(tmp_path, text, appended=True)
    assert found.steps.tolist() == [0, 1, 2, 3, 4]
    assert [(one.resumed_at, one.last_step) for one in found.rewinds] == [(3, 2)]
    assert clock(tmp_path, text).steps.tolist() == [0, 1, 2, 0, 1]  # else assembling decides what was undone


def test_a_few_rows_before_a_whole_training_are_a_start_that_failed(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{3 - 0.05 * epoch}\n" for epoch in (0, 1, *range(40)))
    found = clock(tmp_path, f"epoch,loss\n{rows}", appended=True)
    assert found.steps.tolist() == [0, 1, *range(40)]  # assembling lets the training write over them
    assert not found.rewinds


@pytest.mark.parametrize(("crashes", "whole"), [(2, 40), (4, 100)])
def test_several_short_starts_before_a_whole_training_failed_as_well(tmp_path: Path, crashes: int, whole: int) -> None:
    steps = [*[0, 1] * crashes, *range(whole)]
    rows = "".join(f"{epoch},{3 - 0.02 * epoch}\n" for epoch in steps)
    found = clock(tmp_path, f"epoch,loss\n{rows}", appended=True)
    assert found.steps.tolist() == steps
    assert not found.rewinds
    (run,) = loglens.read(tmp_path).runs
    loss = run.role("train_loss")
    assert loss is not None
    assert loss.steps.tolist() == list(range(whole))


@pytest.mark.parametrize("pieces", [(2, 9, 40), (20, 2, 40), (4, 4, 4)])
def test_starts_that_are_not_short_together_go_on(tmp_path: Path, pieces: tuple[int, ...]) -> None:
    steps = [epoch for piece in pieces for epoch in range(piece)]
    rows = "".join(f"{epoch},{3 - 0.02 * epoch}\n" for epoch in steps)
    found = clock(tmp_path, f"epoch,loss\n{rows}", appended=True)
    assert found.steps.tolist() == list(range(len(steps)))
    assert len(found.rewinds) == 2


@pytest.mark.parametrize("counter", ["batch", "i", "percent", "Sample", "minibatch"])
def test_whatever_counts_within_an_epoch_goes_on(tmp_path: Path, counter: str) -> None:
    rows = "".join(f"{epoch},{at},{1 / (1 + at)}\n" for epoch in range(3) for at in (0, 20, 40, 60, 80))
    found = clock(tmp_path, f"epoch,{counter},loss\n{rows}", appended=True)
    assert found.steps.tolist() == list(range(0, 300, 20))
    assert not found.rewinds  # an epoch that begins is no resume


@pytest.mark.parametrize("counter", ["episode", "game", "n", "Epoch"])
def test_the_steps_that_each_episode_took_are_no_clock(tmp_path: Path, counter: str) -> None:
    took = [70, 12, 55, 31, 90, 14, 62, 25, 48, 33]
    rows = "".join(f"{at},{20 + at},{steps}\n" for at, steps in enumerate(took))
    found = clock(tmp_path, f"{counter},reward,steps\n{rows}")
    assert (found.column, found.steps.tolist()) == (counter, list(range(10)))


def test_rows_out_of_order_keep_their_step_where_nothing_else_counts(tmp_path: Path) -> None:
    steps = [7, 2, 9, 4, 1, 8, 3, 6, 5]
    found = clock(tmp_path, "step,loss\n" + "".join(f"{at},{3 / at}\n" for at in steps))
    assert found.steps.tolist() == steps


def test_epochs_of_two_batches_are_no_jumping_about(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{at},{2 * epoch + at},{1 / (1 + epoch)}\n" for epoch in range(5) for at in range(2))
    found = clock(tmp_path, f"epoch,step,n,loss\n{rows}")
    assert (found.column, found.steps.tolist()) == ("step", list(range(10)))


def test_a_second_training_of_batches_starts_again(tmp_path: Path) -> None:
    rows = "".join(f"{epoch},{at},{1 / (1 + at)}\n" for epoch in (0, 1, 2, 0, 1, 2) for at in range(4))
    assert clock(tmp_path, f"epoch,batch,loss\n{rows}").steps.tolist() == [*range(12), *range(12)]
    found = clock(tmp_path, f"epoch,batch,loss\n{rows}", appended=True)
    assert found.steps.tolist() == list(range(24))
    assert [one.resumed_at for one in found.rewinds] == [12]
