"""The truth about other people's logs is well formed, and a row is scored by it."""

from __future__ import annotations

from typing import get_args

from loglens.model.causes import CauseName
from loglens.model.diagnosis import Verdict
from loglens.pipeline import diagnose
from tests.lab.evaluate.real import Truth, outcome, truths


def test_every_row_names_causes_and_verdicts_that_there_are() -> None:
    known = truths()
    assert sum(truth.judged for truth in known.values()) == 55
    for name, truth in known.items():
        assert set(truth.causes) <= set(get_args(CauseName)), name
        assert set(truth.verdicts) <= set(get_args(Verdict)), name
        assert truth.causes and truth.verdicts and truth.why.endswith("."), name


def test_a_row_is_right_not_right_or_not_asked() -> None:
    runs = diagnose("sample_logs/runs/healthy").runs
    well = Truth(causes=("healthy",), verdicts=("healthy",), why="")
    assert outcome(well, runs) == "right"
    assert outcome(Truth(causes=("healthy",), verdicts=("critical",), why=""), runs) == "right, but critical"
    assert outcome(Truth(causes=("lr_jump",), verdicts=("warning",), why=""), runs) == "not: lr_jump"
    assert outcome(well, "not judged: empty") == "not: healthy"
    assert outcome(Truth(causes=("unknown",), verdicts=("healthy",), why="", judged=False), "not judged") == "–"
