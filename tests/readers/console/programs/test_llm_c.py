# ruff: noqa: E501 - lines as the programs print them
from __future__ import annotations

import math

from tests.readers.text_lines import read


def test_llm_c() -> None:
    text = "s:0 tel:11.0\ns:0 trl:10.9 lr:0.000001 norm:15.37\ns:1 trl:nan lr:0.000002 norm:inf\ns:1 eval:0.25\ns:x trl:1\n"
    points = read(text, "llm.c")
    assert points["tel"] == [(0, 11.0)]
    assert points["trl"][0] == (0, 10.9) and math.isnan(points["trl"][1][1])
    assert points["norm"][1] == (1, math.inf)
    assert points["eval"] == [(1, 0.25)]
