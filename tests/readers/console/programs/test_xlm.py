# ruff: noqa: E501 - lines as programs print them
from __future__ import annotations

from tests.readers.text_lines import read


def test_objectives_and_rates_of_each_line() -> None:
    head = "INFO - 05/06/19 09:00:00 - 0:00:00 -"
    rows = [f"{head} {at:7d} -  607.75 sent/s - 31242.87 words/s - MLM-en:  {9 - at / 100} || CLM-fr:  7.5000 ||  - Transformer LR = 3.0e-04"
            for at in (50, 100, 150)]  # fmt: skip
    rows.append(f"{head} Not a better validation score (1 / 1). Decreasing learning rate.")
    points = read("\n".join(rows) + "\n", "xlm")
    assert points["MLM-en loss"] == [(50, 8.5), (100, 8.0), (150, 7.5)]
    assert points["CLM-fr loss"][0] == (50, 7.5)
    assert points["Transformer LR"][-1] == (150, 3e-4)
