"""Lines of bare numbers among a script's talk."""

from __future__ import annotations

import math

import pytest

from tests.readers.text_lines import grammar_name, read


@pytest.mark.parametrize(
    "form", ["{} {:.6f}", "{}\t{:.6f}", "{}, {:.6f}", "{} tensor({:.6f}, grad_fn=<MeanBackward0>)"]
)
def test_a_counter_and_a_loss(form: str) -> None:
    points = [(step, round(2 / (step + 1), 6)) for step in range(9, 109, 10)]
    lines = ["cuda:0", "Linear(in_features=30, out_features=64)", *(form.format(*point) for point in points)]
    assert read("\n".join(lines), "bare-numbers") == {"loss": points}


def test_epoch_batch_and_loss() -> None:
    lines = [f"{epoch} {batch} {2 / (1 + epoch * 4 + batch):.6f}" for epoch in range(3) for batch in range(4)]
    found = read("\n".join(["training...", *lines]), "bare-numbers")
    assert [step for step, _ in found["loss"]] == list(range(12))
    assert [value for _, value in found["epoch"]] == [0.0] * 4 + [1.0] * 4 + [2.0] * 4


def test_a_loss_that_is_no_number() -> None:
    lines = ["train on 30 samples", *(f"{at} {'nan' if at > 3 else 0.5}" for at in range(8))]
    assert sum(map(math.isnan, (value for _, value in read("\n".join(lines), "bare-numbers")["loss"]))) == 4


@pytest.mark.parametrize(
    "lines",
    [
        [f"{at} {at / 7:.4f}" for at in range(20)],
        ["loss", *(f"{at * at % 17} {at / 7:.4f}" for at in range(20))],
        ["loss", *(f"{at} {at}" for at in range(20))],
        ["loss", "0 0.5", "1 0.4"],
        ["loss", *(f"{at} {at} {at / 7:.4f} 3" for at in range(20))],
    ],
    ids=["no talk", "no counter", "whole numbers", "two lines", "more numbers"],
)
def test_other_columns_of_numbers_are_no_log(lines: list[str]) -> None:
    assert grammar_name("\n".join(lines)) != "bare-numbers"


def test_pairs_in_brackets_as_the_old_python_prints_them() -> None:
    lines = ["Linear (1000 -> 1)", *(f"({step}, {2 / (step + 1):.6f})" for step in range(0, 600, 100))]
    assert [step for step, _ in read("\n".join(lines), "bare-numbers")["loss"]] == list(range(0, 600, 100))


def test_tensors_printed_alone_are_counted() -> None:
    numbers = ("1.3e+09", "1.8e+11", "2.5e+13", "inf", "nan", "nan")
    lines = [">>> for i in range(6): step()", *(f"tensor({number}, grad_fn=<AddBackward0>)" for number in numbers)]
    found = read("\n".join(lines), "bare-numbers")["loss"]
    assert [step for step, _ in found] == list(range(6)) and found[1][1] == 1.8e11
