"""Runs and comparisons for the tests of `compare`: levels planted, no reading, no judging."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loglens.model.diagnosis import Curve, Diagnosis, RunDiagnosis, Verdict
from loglens.model.finding import Finding, Found, Severity
from loglens.model.kinds import FindingKind
from loglens.model.run import StepSpan
from loglens.signals.loss_level import loss_level
from tests.diagnoses import healthy


def finding(
    start: int = 300,
    end: int | None = None,
    *,
    kind: FindingKind = "loss_spike",
    severity: Severity = "critical",
    series: str = "train/loss",
    confidence: float = 0.9,
) -> Finding:
    return Finding(
        kind=kind,
        severity=severity,
        score=0.8,
        confidence=confidence,
        steps=StepSpan(start=start, end=start + 20 if end is None else end),
        series=series,
        summary=f"{kind} at {start}",
    )


def run(
    name: str = "run",
    *findings: Finding,
    level: float = 1.0,
    val: float | None = None,
    points: int = 1000,
    noise: float = 0.02,
    seed: int = 0,
    ends_nan: bool = False,
    scale: float = 1.0,
) -> RunDiagnosis:
    """A loss that falls to `level` with white noise of `noise`, and a validation loss that ends at `val`."""
    rng = np.random.default_rng(seed)
    steps = np.arange(points)
    smooth = level + 2.0 * np.exp(-steps / 100)
    loss = scale * (smooth + rng.normal(0, noise, points))
    if ends_nan:
        loss[int(0.8 * points) :] = np.nan
    curves = [
        Curve(role="train_loss", series="train/loss", steps=steps, values=loss, points=points),
        Curve(role="level", series="train/loss", steps=steps, values=scale * smooth, points=points),
    ]
    if val is not None:
        at = steps[49::50]
        values = val + np.exp(-at / 100) + rng.normal(0, noise / 10, len(at))
        curves.append(Curve(role="val_loss", series="val/loss", steps=at, values=values, points=len(at)))
    worst: Verdict = "healthy"
    if any(one.severity == "warning" for one in findings):
        worst = "warning"
    if any(one.severity == "critical" for one in findings):
        worst = "critical"
    return replace(
        healthy(name),
        roles={
            "train_loss": "train/loss",
            "val_loss": None if val is None else "val/loss",
            "learning_rate": None,
            "grad_norm": None,
        },
        findings=tuple(replace(one, detector="any") for one in findings),
        outcomes=(Found(detector="any"),) if findings else (),
        verdict=worst,
        first_step=0,
        last_step=points - 1,
        points=points,
        curves=tuple(curves),
        levels=tuple(
            loss_level(one.role, one.steps, one.values) for one in curves if one.role in ("train_loss", "val_loss")
        ),
    )


def diagnosis(*runs: RunDiagnosis, path: str = "runs") -> Diagnosis:
    return Diagnosis(runs=runs, path=path, version="0.1.0")
