"""Cells as spreadsheets and loggers write them: numbers with thousands marks, text over several lines."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from loglens.readers import read
from tests.readers.written import only, role, steps, values, write


@pytest.mark.parametrize(
    ("text", "losses"),
    [
        ("step;loss;lr\n0;1.234,5;1,0E-03\n1;999,25;1,0E-03\n2;1.000;1,0E-03\n", [1234.5, 999.25, 1000.0]),
        ("step;loss;lr\n0;-1.234.567,5;0,1\n1;0,5;0,1\n", [-1234567.5, 0.5]),
        ('step,loss,lr\n0,"1,234.5",0.1\n1,"999.25",0.1\n2,"1,000",0.1\n', [1234.5, 999.25, 1000.0]),
        ("step;loss\n0;1.234\n1;0.5\n", [1.234, 0.5]),  # no comma anywhere: a point is a point
        ("step;loss\n0;1,234\n1;0,5\n", [1.234, 0.5]),
    ],
)
def test_thousands(tmp_path: Path, text: str, losses: list[float]) -> None:
    assert values(only(read(write(tmp_path / "log.csv", text))), "loss") == losses


def test_steps_with_thousands_commas(tmp_path: Path) -> None:
    text = "step,loss\n" + "".join(f'"{at * 1000:,}",{1 / (at + 1):.4f}\n' for at in range(5))
    assert steps(only(read(write(tmp_path / "log.csv", text))), "loss") == [0, 1000, 2000, 3000, 4000]


def test_a_note_over_several_lines_costs_nothing(tmp_path: Path) -> None:
    """Also in a file with a damaged row, whose line is counted as an editor counts it."""
    rows = [
        "step,loss,note",
        '0,1.0,"one',
        'two, three"',
        '1,0.9,"a ""word"""',
        "2,0.8",
        '3,0.7,"four',
        "",
        'five"',
        "4,0.6,x",
    ]
    result = read(write(tmp_path / "log.csv", "\n".join(rows) + "\n"))
    assert steps(only(result), "loss") == [0, 1, 3, 4]
    assert [problem.offset for problem in result.problems] == [5]


def test_a_quotation_mark_that_means_inches_ends_with_its_line(tmp_path: Path) -> None:
    text = 'step,loss,note\n0,1.0,5" disk\n1,0.9,x\n2,0.8,y\n3,0.7\n'
    assert steps(only(read(write(tmp_path / "log.csv", text))), "loss") == [0, 1, 2]


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_a_header_that_is_longer_than_what_is_looked_at(tmp_path: Path, rows: int) -> None:
    names = [f"layers.{at}.attention.wq.weight/grad_norm" for at in range(4000)]
    text = "\n".join(
        [",".join(["step", "loss", *names]), *(f"{step},0.5" + ",0.25" * 4000 for step in range(rows)), ""]
    )
    run = only(read(write(tmp_path / "log.csv", text)))
    assert (len(run.series), steps(run, "loss")) == (4001, list(range(rows)))
    assert values(run, names[-1]) == [0.25] * rows


@pytest.mark.parametrize(
    "cell",
    [
        "tensor({})",
        "tensor({}, device='cuda:0')",
        "tensor({}, grad_fn=<MseLossBackward0>)",
        "tensor([{}])",
        "tf.Tensor({}, shape=(), dtype=float32)",
        "<tf.Tensor: shape=(), dtype=float32, numpy={}>",
        "<tf.Variable 'loss:0' shape=() dtype=float32, numpy={}>",
        "np.float64({})",
        "numpy.float32({})",
        "Array({}, dtype=float32)",
        "array([{}], dtype=float32)",
        "DeviceArray({}, dtype=float32)",
        "Decimal('{}')",
    ],
)
def test_a_number_as_a_library_prints_it(tmp_path: Path, cell: str) -> None:
    losses = ["2.5", "1e-05", "nan", "0.125"]
    rows = "".join(f'{at},"{cell.format(loss)}"\n' for at, loss in enumerate(losses))
    run = only(read(write(tmp_path / "log.csv", f"epoch,train_loss\n{rows}")))
    assert values(run, "train_loss") == pytest.approx([float(loss) for loss in losses], nan_ok=True)


def test_calls_of_layers_are_no_numbers(tmp_path: Path) -> None:
    rows = "".join(f'{at},{3 / (1 + at)},"Conv2d(3, {at})"\n' for at in range(4))
    assert only(read(write(tmp_path / "log.csv", f"step,loss,last\n{rows}"))).get("last") is None


@pytest.mark.parametrize(("train", "val"), [("Training", "Validation"), ("train", "val"), ("Train", "Test")])
def test_a_table_of_two_splits_in_a_folder_is_a_log(tmp_path: Path, train: str, val: str) -> None:
    rows = "".join(f"{at},{3 / (1 + at)},{3.5 / (1 + at)}\n" for at in range(8))
    write(tmp_path / "losses.csv", f",{train},{val}\n{rows}")
    run = only(read(tmp_path))
    assert (role(run, "train_loss"), role(run, "val_loss")) == (train, val)


def test_no_number_is_spelt_in_many_ways(tmp_path: Path) -> None:
    cells = ["0.5", "-1.#IND", "1.#QNAN0", "-nan(ind)", "NaN32", ".nan", "1.#INF", "-Inf32", "∞"]
    text = "step,loss\n" + "".join(f"{at},{cell}\n" for at, cell in enumerate(cells))
    found = values(only(read(write(tmp_path / "log.csv", text))), "loss")
    assert found[0] == 0.5 and all(map(math.isnan, found[1:6]))
    assert found[6:] == [math.inf, -math.inf, math.inf]


def test_a_step_of_a_total(tmp_path: Path) -> None:
    text = "global_step/max_steps,loss\n" + "".join(f"{at}/2161,{1 / at:.4f}\n" for at in range(585, 591))
    assert steps(only(read(write(tmp_path / "log.csv", text))), "loss") == list(range(585, 591))


def test_parts_of_unlike_wholes_are_no_step(tmp_path: Path) -> None:
    text = "step,right,loss\n" + "".join(f"{at},{at}/{at + 2},{1 / (at + 1):.4f}\n" for at in range(6))
    run = only(read(write(tmp_path / "log.csv", text)))
    assert [series.tag for series in run.series] == ["loss"]
