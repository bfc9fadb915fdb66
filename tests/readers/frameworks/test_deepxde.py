"""DeepXDE's loss.dat, whose heading has fewer names than its rows have columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from loglens.errors import LogLensError
from loglens.readers import read
from tests.readers.written import only, role, steps, values, write

HEADER = "# step, loss_train, loss_test, metrics_test\n"


def row(*cells: float) -> str:
    return " ".join(f"{cell:.18e}" for cell in cells) + "\n"


@pytest.mark.parametrize(("terms", "metrics"), [(1, 0), (1, 1), (2, 0), (3, 1), (7, 1)])
def test_the_terms_of_each_loss_are_added_up(tmp_path: Path, terms: int, metrics: int) -> None:
    text = HEADER + "".join(
        row(1000 * at, *[2.0**-at] * terms, *[2.0 ** (1 - at)] * terms, *[0.5] * metrics) for at in range(6)
    )
    run = only(read(write(tmp_path / "loss.dat", text)))
    assert (role(run, "train_loss"), role(run, "val_loss")) == ("train loss", "test loss")
    assert steps(run, "train loss") == [1000 * at for at in range(6)]
    assert values(run, "train loss") == [terms * 2.0**-at for at in range(6)]
    assert values(run, "test loss") == [terms * 2.0 ** (1 - at) for at in range(6)]
    assert (run.get("test metric") is not None) == bool(metrics)


def test_a_row_that_is_cut_costs_itself(tmp_path: Path) -> None:
    text = HEADER + "".join(row(at, 1.0 / (at + 1), 2.0, 3.0) for at in range(4)) + "4.0e+00 0.1\n5.0e+00 x 1 2\n"
    result = read(write(tmp_path / "loss.dat", text))
    assert values(only(result), "train loss") == [1.0, 0.5, 1 / 3, 0.25]
    assert [problem.offset for problem in result.problems] == [6, 7]


def test_a_heading_alone_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LogLensError, match="no row below the heading"):
        read(write(tmp_path / "loss.dat", HEADER))
