"""The world's table on sweeps made by hand: figures that can be counted on the fingers."""

from __future__ import annotations

import numpy as np
import pytest

from loglens.advice.regret import forest
from tests.lab.evaluate.world import NONE, TOLD, Said, always, bootstrap, figures, judged_by, line, standing_rows
from tests.lab.sweeps.evaluate import calibration, splits
from tests.lab.sweeps.fit import model_of
from tests.lab.sweeps.table import Stack, Sweeps, load
from tests.lab.sweeps.test_sweeps import SAMPLE

STACK = Stack("s", "p", 0, True, np.arange(5.0), np.array([0.5, 0.04, 0.0, 0.03, 10.0]), 0.3, 3.0)
"""Right from the second rate to the fourth, a decade apart."""


def said(side: list[int], advice: list[float], sure: float = 0.95) -> Said:
    return Said(
        (STACK,), np.zeros(5, np.int64), np.arange(5), np.array(side), np.full(5, sure), np.array(advice),
        np.array(side) != 1,
    )  # fmt: skip


def test_whoever_knows_everything_is_right_throughout() -> None:
    best = figures(said([0, 1, 1, 1, 2], [2.0, 1.0, 2.0, 3.0, 2.0]))
    assert {best[key] for key in ("cause", "near", "usable", "three rounds", "right where ≥ 0.9")} == {1.0}
    assert best["false alarms"] == best["wrong way and sure"] == 0.0
    assert best["calibration"] == pytest.approx(0.05)


def test_each_fault_costs_its_own_figure() -> None:
    assert figures(said([0, 2, 1, 1, 2], [2.0, 1.0, 2.0, 3.0, 2.0]))["false alarms"] == pytest.approx(1 / 3)
    assert figures(said([NONE, 1, 1, 1, 2], [2.0, 1.0, 2.0, 3.0, 2.0]))["cause"] == 0.8
    lost = figures(said([0, 1, 1, 1, 0], [2.0, 1.0, 2.0, 3.0, 6.0]))
    assert lost["wrong way and sure"] == pytest.approx(0.2)
    assert lost["usable"] == pytest.approx(0.8)


def test_advice_is_followed_from_run_to_run() -> None:
    # from the lowest rate up by one a round: usable after the first; the highest goes down by one
    assert figures(said([0, 1, 1, 1, 2], [1.0, 1.0, 2.0, 3.0, 3.0]))["three rounds"] == 1.0
    assert figures(said([0, 1, 1, 1, 2], [0.0, 1.0, 2.0, 3.0, 4.0]))["three rounds"] == 0.6


def test_whole_sweeps_are_drawn_and_the_same_ones_each_time() -> None:
    part = said([0, 1, 1, 1, 2], [2.0, 1.0, 2.0, 3.0, 4.0])
    assert bootstrap([part]) == bootstrap([part])
    assert bootstrap([part])["cause"] == (1.0, 1.0)  # a single sweep has no scatter
    assert line("x", [part]).startswith("| x | 5 | 1.000 (1.00 to 1.00)")


def test_what_costs_nothing_says_the_same_of_all() -> None:
    sweeps = Sweeps((STACK,), np.zeros((5, 1)), np.zeros(5, np.int64), np.arange(5), tuple("abcde"))
    assert figures(always(sweeps, 2, 1e2))["cause"] == 0.2
    assert figures(always(sweeps, 1, None))["usable"] == 0.6
    assert set(TOLD.values()) == {0, 1, 2}
    assert calibration(np.array([0.95, 0.95]), np.array([True, False])) == pytest.approx(0.45)


def test_problems_are_left_out_whole_and_the_shipped_model_comes_back() -> None:
    sweeps = load(SAMPLE)
    shared = Sweeps(
        tuple(Stack(s.name, s.problem, s.kind, k < 3, s.rates, s.regret, s.first, s.steps)
              for k, s in enumerate(sweeps.stacks)),
        sweeps.x, sweeps.stack, sweeps.place, sweeps.ids,
    )  # fmt: skip
    problems = {stack.problem for stack in shared.stacks if stack.shared}
    judged = [{stack.problem for stack in out.stacks} for _, out in splits(shared, 1)]
    assert sorted(map(tuple, judged)) == sorted((name,) for name in problems)
    for fit, out in splits(shared, 1):
        assert not {s.problem for s in fit.stacks if s.shared} & {s.problem for s in out.stacks}
    shipped = forest.model
    with judged_by(model_of(sweeps, trees=2)):
        assert forest.model() is not shipped()
    assert forest.model is shipped


def test_rows_that_need_another_fit_are_kept_as_they_stand() -> None:
    rows = ("<!-- world -->", "| head |", "|---|", "| a, two left out | 1 |", "| shipped | 2 |", "<!-- /world -->")
    readme = "\n".join(["x", *rows, "| left out | 3 |"])
    assert list(standing_rows(readme)) == ["| a, two left out | 1 |"]
