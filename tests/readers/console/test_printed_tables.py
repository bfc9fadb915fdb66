# ruff: noqa: E501 - lines as programs print them
from __future__ import annotations

from pathlib import Path

import pytest

from loglens.readers import read as read_path
from tests.readers.text_lines import read
from tests.readers.written import only, role, steps, values, write


def test_skorch_in_colour(tmp_path: Path) -> None:
    rows = [
        "  epoch    train_loss    valid_acc    valid_loss     dur",
        "-------  ------------  -----------  ------------  ------",
    ]
    rows += [f"      {at}        \x1b[36m0.{at}073\x1b[0m       \x1b[32m0.6500\x1b[0m        \x1b[35m0.6318\x1b[0m  0.0073"
             for at in (1, 2, 3)]  # fmt: skip
    run = only(read_path(write(tmp_path / "out.log", "\n".join(rows) + "\n")))
    assert values(run, "train_loss") == [0.1073, 0.2073, 0.3073]
    assert (role(run, "val_loss"), run.x_axis) == ("valid_loss", "epoch")


def test_a_cell_may_be_empty_and_every_other_stands_below_its_name() -> None:
    rows = [
        "  epoch    train_loss    valid_loss    cp     dur",
        "-------  ------------  ------------  ----  ------",
        "      1        0.6888        0.6700     +  2.1172",
        "      2        0.6314        0.6118        2.2329",
        "      3                      0.5636     +  2.1243",
        "          no row of it         1.0",
    ]
    points = read("\n".join(rows), "console-table")
    assert points["train_loss"] == [(1, 0.6888), (2, 0.6314)]
    assert points["valid_loss"] == [(1, 0.67), (2, 0.6118), (3, 0.5636)]
    assert points["dur"] == [(1, 2.1172), (2, 2.2329), (3, 2.1243)]


@pytest.mark.parametrize(
    ("head", "cells", "loss"),
    [
        ("     Epoch   gpu_mem       box       obj       cls     total    labels  img_size", "{0}    {1}    0.0312    0.0112    {2}        55       640", "total_loss"),
        ("     Epoch   gpu_mem      GIoU       obj       cls     total   targets  img_size", "{0}    {1}    0.0312    0.0112    {2}        55       640", "total_loss"),
        ("     Epoch   gpu_mem       box       obj       cls    labels  img_size", "{0}    {1}    0.0312    0.0112        55       640", "loss"),
    ],
)  # fmt: skip
def test_older_yolos_call_the_parts_of_the_loss_by_the_part_alone(
    head: str, cells: str, loss: str, tmp_path: Path
) -> None:
    rows = []
    for at in range(4):
        row = cells.format(f"     {at}/299     4.98G", f"{0.09 - at / 100:.4f}", f"{0.1324 - at / 100:.4f}")
        rows += [head, f"{row}: 100%|##########| 231/231 [01:23<00:00,  2.97it/s]"]
        rows += ["               Class     Images     Labels          P          R     mAP@.5", "                 all        380       1127        0.1        0.2     0.05"]  # fmt: skip
    run = only(read_path(write(tmp_path / "train.out", "\n".join(rows) + "\n")))
    assert role(run, "train_loss") == loss
    assert values(run, loss) == pytest.approx([0.1324, 0.1224, 0.1124, 0.1024])
    assert (steps(run, loss), run.x_axis) == ([0, 1, 2, 3], "epoch")


def test_matlab_leaves_a_cell_empty_where_there_was_no_validation() -> None:
    rows = [
        "    Iteration    Epoch    TimeElapsed    LearnRate    TrainingLoss    ValidationLoss",
        "    _________    _____    ___________    _________    ____________    ______________",
        "            0        0       00:00:04        0.001                            1.9992",
        "            1        1       00:00:04        0.001           1.786                  ",
        "           50        1       00:00:14        0.001          1.4845            1.4653",
    ]
    points = read("\n".join(rows), "console-table")
    assert points["TrainingLoss"] == [(1, 1.786), (50, 1.4845)]
    assert points["ValidationLoss"] == [(0, 1.9992), (50, 1.4653)]


def test_a_drawn_table(tmp_path: Path) -> None:
    rows = [
        "┏━━━━━━━┳━━━━━━━━━━━━┳━━━━━━━━━━┓",
        "┃ epoch ┃ train_loss ┃ val_loss ┃",
        "┡━━━━━━━╇━━━━━━━━━━━━╇━━━━━━━━━━┩",
    ]
    rows += [f"│     {at} │     0.{9 - at}000 │   0.6365 │" for at in range(1, 5)]
    run = only(read_path(write(tmp_path / "console.txt", "\n".join([*rows, "└───────┴────────────┴──────────┘"]))))
    assert values(run, "train_loss") == [0.8, 0.7, 0.6, 0.5]
    assert steps(run, "val_loss") == [1, 2, 3, 4]


def test_a_notebook_s_table_pasted_with_single_blanks(tmp_path: Path) -> None:
    rows = ["Step Training Loss Validation Loss Accuracy", "250 No log 0.601200 0.700000"]
    rows += [f"{at} 0.{9 - at // 500}10400 0.523300 0.720000" for at in (500, 750, 1000)]
    run = only(read_path(write(tmp_path / "pasted.txt", "\n".join([*rows, "and some words"]))))
    assert steps(run, "Validation Loss") == [250, 500, 750, 1000]
    assert values(run, "Training Loss")[-1] == 0.7104


def test_two_columns_are_a_table_too(tmp_path: Path) -> None:
    text = "Using device: cuda\nStep\tTraining Loss\n" + "".join(f"{at}\t{2 - at / 10:.6f}\n" for at in range(1, 9))
    assert len(values(only(read_path(write(tmp_path / "table.txt", text))), "Training Loss")) == 8


def test_spacy_sums_the_losses_of_its_parts(tmp_path: Path) -> None:
    rows = ["ℹ Initial learn rate: 0.001", "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  SCORE ",
            "---  ------  ------------  --------  ------  ------"]  # fmt: skip
    rows += [f"  {at // 2}  {at * 200:6d}         12.50     50.25   10.00    0.10" for at in range(4)]
    run = only(read_path(write(tmp_path / "train.log", "\n".join(rows) + "\n")))
    assert steps(run, "LOSS NER") == [0, 200, 400, 600]
    assert values(run, "loss") == [62.75] * 4
    assert role(run, "train_loss") == "loss"
    assert any("sum of 'LOSS TOK2VEC', 'LOSS NER'" in note.message for note in run.notes)


def test_spacy_s_first_row_is_one_batch_and_no_sum(tmp_path: Path) -> None:
    rows = [
        "E    #       LOSS TOK2VEC  LOSS NER  ENTS_F  SCORE ",
        "---  ------  ------------  --------  ------  ------",
    ]
    rows += [f"  {at // 2}  {at * 200:6d}  {12.5 * bool(at):10.2f}  {2000 / at if at else 51.2:10.2f}   10.00    0.10"
             for at in range(5)]  # fmt: skip
    run = only(read_path(write(tmp_path / "train.log", "\n".join(rows) + "\n")))
    assert steps(run, "loss") == [200, 400, 600, 800]
    assert values(run, "LOSS NER")[0] == 2000


def test_a_table_behind_a_logger_s_time_and_one_whose_first_column_is_a_time() -> None:
    rows = [
        "02/18-02:52:32.282 E    #       LOSS TRANS...  LOSS NER  ENTS_F  SCORE ",
        "02/18-02:52:32.282 ---  ------  -------------  --------  ------  ------",
    ]
    rows += [f"02/18-02:53:26.203   0    {at * 200:4}         741.03    842.20    0.83    0.03" for at in range(4)]
    assert [step for step, _ in read("\n".join(rows), "console-table")["LOSS NER"]] == [0, 200, 400, 600]
    rows = ["time      epoch  train_loss", *(f"12:00:0{at}  {at}      0.{9 - at}" for at in range(4))]
    assert [step for step, _ in read("\n".join(rows), "console-table")["train_loss"]] == [0, 1, 2, 3]


def test_scikit_learn() -> None:
    rows = ["      Iter       Train Loss      OOB Improve   Remaining Time "]
    rows += [f"{at:10d}           1.2{at:03d}           0.1261            0.09s" for at in (1, 2, 10)]
    points = read("\n".join(rows), "console-table")
    assert points["Train Loss"] == [(1, 1.2001), (2, 1.2002), (10, 1.201)]
    assert "Remaining Time" not in points


def test_ultralytics_draws_its_rows_again_and_repeats_the_header() -> None:
    rows = []
    for epoch in (1, 2, 3):
        rows.append("      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size")
        rows += [f"        {epoch}/3      3.72G      {loss}      1.000      0.500         29        640: {at:3d}%|█| {at}/100 [00:03<00:00]"
                 for at, loss in ((50, 9.0), (100, 2.5))]  # fmt: skip
        rows.append("                   all        128        929      0.605      0.605      0.633      0.412")
    points = read("\n".join(rows), "console-table")
    assert points["box_loss"] == [(1, 2.5), (2, 2.5), (3, 2.5)]
    assert "GPU_mem" not in points


def test_a_table_that_measures_nothing_is_no_log() -> None:
    from loglens.readers.console.grammar import grammar_of

    rows = [
        "Id    Name    Size    Step",
        "1     2       3       4",
        "2     3       4       5",
        "3     4       5       6",
    ]
    assert grammar_of([row.encode() for row in rows]) is None


def test_a_loss_told_by_its_parts_is_their_sum() -> None:
    rows = [
        "Step      Train loss              Test loss               Test metric   ",
        "0         [1.50e+00, 5.00e-01]    [1.60e+00, 5.00e-01]    []  ",
        "1000      [1.00e-01, 2.00e-02]    [1.10e-01, 2.00e-02]    [3.00e-01]  ",
        "2000      [nan, 1.00e-02]         [1.00e-01, 1.00e-02]    []  ",
        "3000      [1.00e-02, 1.00e-03]    [1.00e-02, 1.00e-03]    []  ",
    ]
    points = read("\n".join(rows), "console-table")
    assert [step for step, _ in points["Train loss"]] == [0, 1000, 2000, 3000]
    assert [value for _, value in points["Test loss"]] == pytest.approx([2.1, 0.13, 0.11, 0.011])
    assert "Test metric" not in points
