"""Runs at the edge of what can be drawn: nothing, one point, no number, one number, numbers too large for anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from loglens.model.diagnosis import Curve, Diagnosis, RunDiagnosis
from loglens.model.run import FloatArray, IntArray, StepSpan
from loglens.model.schedule import UNKNOWN_SCHEDULE
from tests.diagnoses import curves, diagnosis, run_diagnosis, spike

HUGE = 2**62


def drawn(steps: IntArray, values: FloatArray, **more: FloatArray) -> RunDiagnosis:
    """A run whose loss, level, rate and gradient norm are all the same curve."""
    made = tuple(
        Curve(role=role, series=role, steps=steps, values=values, points=len(steps), **more)
        for role in ("train_loss", "level", "learning_rate", "grad_norm")
    )
    first, last = (int(steps[0]), int(steps[-1])) if len(steps) else (0, 0)
    one = run_diagnosis()
    found = tuple(replace(spike(), steps=StepSpan(start=first, end=last), peak_step=first) for _ in one.findings)
    return replace(
        one, curves=made, findings=found, first_step=first, last_step=last, points=len(steps), schedule=UNKNOWN_SCHEDULE
    )


def paused() -> RunDiagnosis:
    """Wall times that stand still for a day in the middle, epochs that do not start at 0."""
    times = np.arange(600.0) * 2 + 1.7e9
    times[300:] += 86_400
    made = tuple(replace(one, wall_times=times[: len(one.steps)]) for one in curves())
    return replace(run_diagnosis(), curves=made)


def crowded() -> RunDiagnosis:
    """More findings than anyone reads, most of them over one another."""
    found = tuple(spike(at, severity=("critical", "warning", "info")[at % 3]) for at in range(500))
    return replace(run_diagnosis(), findings=found)


def at(*steps: int) -> IntArray:
    return np.array(steps, dtype=np.int64)


EDGES: dict[str, Callable[[], Diagnosis]] = {
    "no runs": lambda: replace(diagnosis(), runs=()),
    "no curves": lambda: diagnosis(replace(run_diagnosis(), curves=(), findings=())),
    "empty curves": lambda: diagnosis(drawn(at(), np.array([]))),
    "one point": lambda: diagnosis(drawn(at(7), np.array([0.5]))),
    "one lost point": lambda: diagnosis(drawn(at(7), np.array([np.nan]))),
    "all NaN": lambda: diagnosis(drawn(np.arange(50), np.full(50, np.nan))),
    "ends in NaN": lambda: diagnosis(drawn(np.arange(50), np.r_[np.ones(30), np.full(20, np.nan)])),
    "every other NaN": lambda: diagnosis(drawn(np.arange(50), np.where(np.arange(50) % 2, np.nan, 1.0))),
    "constant": lambda: diagnosis(drawn(np.arange(50), np.full(50, 0.25))),
    "zero": lambda: diagnosis(drawn(np.arange(50), np.zeros(50))),
    "negative": lambda: diagnosis(drawn(np.arange(50), -np.linspace(1, 900, 50))),
    "infinite": lambda: diagnosis(drawn(np.arange(4), np.array([1.0, np.inf, -np.inf, 2.0]))),
    "largest": lambda: diagnosis(drawn(np.arange(4), np.array([1e308, -1e308, 1.7e308, 0.0]))),
    "smallest": lambda: diagnosis(drawn(np.arange(4), np.array([5e-324, 1e-310, 3e-308, 0.0]))),
    "steps above 2^53": lambda: diagnosis(drawn(np.arange(HUGE, HUGE + 50), np.linspace(3, 1, 50))),
    "steps across all": lambda: diagnosis(drawn(at(-(2**62), 0, 2**62), np.array([3.0, 2.0, 1.0]))),
    "a pause": lambda: diagnosis(paused()),
    "crowded": lambda: diagnosis(crowded()),
    "epochs as steps": lambda: diagnosis(replace(run_diagnosis(), x_axis="epoch")),
    "edges together": lambda: diagnosis(
        drawn(at(), np.array([])),
        drawn(at(7), np.array([np.nan])),
        drawn(np.arange(HUGE, HUGE + 9), np.ones(9)),
        paused(),
    ),
}
"""Each by the name of what is odd about it."""
