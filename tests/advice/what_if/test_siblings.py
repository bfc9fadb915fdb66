"""A run without a decay is answered from one read with it that has one, if they are alike."""

from __future__ import annotations

import numpy as np
import pytest

import loglens
from loglens.model.diagnosis import Diagnosis
from loglens.model.run import ReadResult, Run
from tests.advice.what_if.curves import STEPS, cosine, end_of, held, lawful, run_at, stepped


def read_together(*runs: Run) -> Diagnosis:
    return loglens.diagnose(ReadResult(path="runs", runs=runs))


def constant(name: str = "a/constant") -> Run:
    return run_at(np.ones(STEPS), lawful(np.ones(STEPS), seed=7), name=name)


def test_a_constant_run_learns_from_its_sibling_what_a_decay_takes_off() -> None:
    judged = read_together(constant(), run_at(cosine(), name="a/cosine"))
    got = judged.runs[0].what_if
    assert got is not None
    if judged.runs[0].recommendation.action != "keep":
        pytest.skip("the advice asks for another rate, and the question is another one")
    assert got.law == "annealing"
    assert got.sibling == "a/cosine"
    assert got.low[-1] <= end_of(held(0.8)) <= got.high[-1]


def test_alone_it_says_what_it_lacks() -> None:
    judged = read_together(constant())
    got = judged.runs[0].what_if
    assert got is not None
    assert got.lacks == "decay"


def test_a_stranger_lends_nothing() -> None:
    stranger = run_at(cosine(), 40 * lawful(cosine()), name="a/cosine")
    got = read_together(constant(), stranger).runs[0].what_if
    assert got is not None
    assert got.lacks == "decay"


def test_the_nearest_folder_is_asked_first() -> None:
    judged = read_together(
        constant(),
        run_at(stepped(0.6, 0.1), name="a/step"),
        run_at(cosine(), name="b/cosine"),
        run_at(held(0.8), name="b/wsd"),
    )
    got = judged.runs[0].what_if
    assert got is not None
    assert got.sibling == "a/step"
