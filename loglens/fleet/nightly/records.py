"""What a night keeps of a run: a plain record, small enough for ten thousand, from which every list is drawn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from loglens.fleet.matching import marks, slack
from loglens.model.diagnosis import Curve, RunDiagnosis
from loglens.model.documents.to_json import number
from loglens.model.fingerprint import fingerprints
from loglens.model.run import FloatArray
from loglens.render import words
from loglens.signals.numerics.robust import medians, parts

Record = dict[str, Any]
SPARK_POINTS = 48
SPARK_LEVELS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""A loss drawn in 36 heights, '-' where there is no finite value."""
SETTINGS_KEPT = 40
PLANNED_END = ("max_steps", "total_steps", "num_train_steps", "train_steps", "max_iters", "num_steps", "total_iters")


def record_of(run: RunDiagnosis) -> Record:
    """Numbers and words only; the same for the same log, whoever judged it and where."""
    advice = run.recommendation
    rate = advice.current_peak_lr if advice.current_peak_lr is not None else run.schedule.peak_lr
    times = _clock(run)
    return {
        "run": run.run,
        "source": run.source,
        "format": run.format,
        "verdict": run.verdict,
        "cause": run.cause.cause,
        "probability": round(run.cause.probability, 4),
        "headline": words.headline(run),
        "peak_lr": number(rate),
        "advice": words.advice_line(run),
        "action": advice.action,
        "advised_lr": number(advice.peak_lr),
        "final": number(_level(run, "train_loss", "final")),
        "best_val": number(_level(run, "val_loss", "best")),
        "first_step": run.first_step,
        "last_step": run.last_step,
        "points": run.points,
        "slack": slack(run),
        "lost_steps": None if run.lost is None else run.lost.steps,
        "lost_hours": None if run.lost is None else number(run.lost.hours),
        "last_time": number(float(times[1][-1])) if times else None,
        "interval": _interval(times),
        "planned_end": _planned_end(run),
        "spark": spark(run.curve("train_loss") or run.curve("val_loss")),
        "settings": {name: run.config[name] for name in list(run.config)[:SETTINGS_KEPT]},
        "notes": len(run.notes),
        "findings": [
            {
                "mark": mark,
                "kind": finding.kind,
                "place": seen.place,
                "severity": finding.severity,
                "score": round(finding.score, 4),
                "confidence": round(finding.confidence, 4),
                "start": finding.steps.start,
                "end": finding.steps.end,
                "peak": finding.peak_step,
                "summary": words.on_axis(finding.summary, run.x_axis),
            }
            for finding, seen, mark in zip(run.findings, marks(run), fingerprints(run), strict=True)
        ],
    }


def _level(run: RunDiagnosis, role: str, field: str) -> float | None:
    return next((getattr(level, field) for level in run.levels if level.role == role), None)


def _clock(run: RunDiagnosis) -> tuple[FloatArray, FloatArray] | None:
    """Steps and the times they were logged at, of the fullest curve that has a clock."""
    timed = [
        (curve.points, curve.steps, curve.wall_times)
        for curve in run.curves
        if curve.wall_times is not None and len(curve.steps) > 1
    ]
    if not timed:
        return None
    _, steps, times = max(timed, key=lambda entry: entry[0])
    return steps.astype(np.float64), np.maximum.accumulate(times)


def _interval(times: tuple[FloatArray, FloatArray] | None) -> float | None:
    """Seconds that usually pass between two points of the curve, and now and then: the 95th percentile."""
    if times is None:
        return None
    return round(float(np.quantile(np.diff(times[1]), 0.95)), 3)


def interval_of(run: RunDiagnosis) -> float | None:
    """Seconds that pass between two points at most, but for one in twenty; None where the log has no clock."""
    return _interval(_clock(run))


def _planned_end(run: RunDiagnosis) -> int | None:
    for name in PLANNED_END:
        value = run.config.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > run.first_step:
            return value
    return None


def spark(curve: Curve | None) -> str:
    """The curve in at most `SPARK_POINTS` heights, logarithmic where it spans a factor of 30."""
    if curve is None or not len(curve.values):
        return ""
    known = np.isfinite(curve.values)
    stretches = parts(len(known), min(SPARK_POINTS, len(known)))
    # where each stretch ends among the finite values: one without any has no median
    edges = np.append(0, np.cumsum(known))[[0, *(end for _, end in stretches)]]
    values = medians(curve.values[known], edges[:-1], edges[1:])
    finite = values[np.isfinite(values)]
    if not len(finite):
        return "-" * len(values)
    if finite.min() > 0 and finite.max() / finite.min() > 30:
        values = np.log(values)
        finite = np.log(finite)
    low, high = float(finite.min()), float(finite.max())
    scale = (len(SPARK_LEVELS) - 1) / (high - low) if high > low else 0.0
    return "".join(
        SPARK_LEVELS[round((item - low) * scale)] if math.isfinite(item) else "-" for item in values.tolist()
    )
