"""Run every rule over a diagnosis, and over many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from loglens.errors import LogLensError
from loglens.model.diagnosis import RunDiagnosis
from loglens.pipeline import diagnose, diagnose_run
from tests.advice.cases import cases
from tests.contradictions.rules_verdict import VERDICT_RULES
from tests.contradictions.rules_words import WORD_RULES

RULES = (*VERDICT_RULES, *WORD_RULES)


def contradictions(run: RunDiagnosis) -> Iterator[tuple[str, str]]:
    """(rule, what contradicts what) for every rule a diagnosis breaks."""
    for rule in RULES:
        said = rule(run)
        if said:
            yield rule.__name__, said


def of_logs(paths: Iterable[Path]) -> Iterator[tuple[str, RunDiagnosis]]:
    """(name, diagnosis) of every run under the paths; what cannot be read or judged is left out."""
    for path in paths:
        try:
            runs = diagnose(path).runs
        except LogLensError:
            continue
        yield from ((f"{path.name}/{run.run}", run) for run in runs)


def of_generated(count: int, *, seed: int = 0) -> Iterator[tuple[str, RunDiagnosis]]:
    """(name, diagnosis) of about `count` generated logs, as many of every kind."""
    kinds = 41
    for number, case in enumerate(cases(-(-count // kinds), seed=seed)):
        yield f"{case.kind}/{number}", diagnose_run(case.run)
