"""No diagnosis contradicts itself, and every rule can be broken."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from loglens.model.finding import Finding
from loglens.model.run import StepSpan
from loglens.pipeline import diagnose_run
from tests.advice.cases import cases
from tests.contradictions.check import RULES, contradictions, of_generated, of_logs

SAMPLES = Path(__file__).resolve().parents[2] / "sample_logs" / "runs"
GENERATED = 400


def test_there_are_rules_enough() -> None:
    assert len(RULES) >= 25
    assert len({one.__name__ for one in RULES}) == len(RULES)


@pytest.mark.parametrize("which", ["samples", "generated"])
def test_no_diagnosis_contradicts_itself(which: str) -> None:
    runs = of_logs(sorted(SAMPLES.iterdir())) if which == "samples" else of_generated(GENERATED, seed=3)
    found = Counter(f"{rule}: {said}" for _, run in runs for rule, said in contradictions(run))
    assert not found


def test_a_document_that_contradicts_itself_is_caught() -> None:
    run = diagnose_run(next(cases(1, kind="healthy_finetune")).run)
    advice = replace(
        run.recommendation, action="raise_lr", lr_factor=0.5, why="The learning rate is 1,200 % too low (+0.7)."
    )
    bad = Finding(
        kind="divergence", severity="critical", score=1.0, confidence=1.0, series="loss",
        summary="It ends at step 99999999.",
        steps=StepSpan(start=1, end=2),
    )  # fmt: skip
    broken = replace(run, verdict="healthy", recommendation=advice, findings=(bad,))
    rules = {rule for rule, _ in contradictions(broken)}
    assert {
        "healthy_with_a_finding_to_act_on", "healthy_with_sick_advice", "a_rate_that_moves_against_the_action",
        "a_percentage_beyond_sense", "points_nobody_understands", "a_step_the_log_does_not_hold",
    } <= rules  # fmt: skip
    bare = replace(run, verdict="warning", findings=(), facts=())
    assert run.cause.cause == "healthy" and "a_warning_without_its_reason" in {rule for rule, _ in contradictions(bare)}
