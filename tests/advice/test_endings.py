"""A run that something else than its curve ended: that is told first, and what to do about it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.run import Event, EventKind, FloatArray
from loglens.pipeline import diagnose_run
from loglens.render import words
from tests.advice.runs import falling, run_of

MEMORY = "torch.cuda.OutOfMemoryError: CUDA out of memory."


def ended(kind: EventKind, text: str, loss: FloatArray, *, lr: float | None = 3e-3) -> RunDiagnosis:
    event = Event(kind=kind, step=len(loss) - 1, time=None, text=text, line=9)
    return diagnose_run(replace(run_of(loss, lr=lr), events=(event,)))


@pytest.mark.parametrize("lr", [3e-3, None])
def test_a_run_that_ran_out_of_memory_is_told_to_use_less(lr: float | None) -> None:
    run = ended("out_of_memory", MEMORY, falling(), lr=lr)
    assert run.verdict == "warning" and run.cause.cause == "healthy"
    assert run.cause.because[0].startswith("The log says that the run ran out of memory: “torch.cuda")
    assert "smaller batch" in run.recommendation.why
    assert words.headline(run).startswith("The log says that the run ran out of memory")
    assert (words.lead(run), words.to_do(run)) == ("Ran out of memory", "use less memory, then resume")


def test_a_killed_run_is_told_to_go_on() -> None:
    run = ended("killed", "slurmstepd: error: *** JOB 1 CANCELLED DUE TO TIME LIMIT ***", falling())
    assert run.verdict == "healthy" and words.lead(run).startswith("Nothing to change")
    assert "was killed from outside" in run.cause.because[0]
    assert run.recommendation.why.endswith("resume the run from its last checkpoint.")


def test_a_fault_of_the_curve_leads_all_the_same() -> None:
    loss = falling()
    loss[600:] = np.nan
    run = ended("out_of_memory", MEMORY, loss)
    assert run.verdict == "critical" and "memory" not in words.lead(run)
    assert run.cause.because[-1].startswith("The log says that the run ran out of memory")
