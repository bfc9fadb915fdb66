"""What R's optimisers print, as they do and as knitr shows it."""

from __future__ import annotations

import pytest

from tests.readers.text_lines import read

POINTS = [(0, 1.133247), (10, 0.456137), (20, 0.330919), (30, 0.302476)]


@pytest.mark.parametrize("mark", ["", "## ", "    ## ", "> "])
def test_the_trace_of_an_optimiser(mark: str) -> None:
    lines = ["# weights:  11", "initial  value 1.133247 ",
             *(f"iter  {step} value {value:.6f}" for step, value in POINTS[1:]),
             "final  value 0.302476 ", "converged"]  # fmt: skip
    assert read("\n".join(mark + line for line in lines), "r-optim") == {"loss": POINTS}
