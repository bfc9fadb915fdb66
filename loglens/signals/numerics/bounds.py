"""Numbers no training produces, kept away from the arithmetic.

A double holds 1e300, but not its square: one damaged figure would turn levels, slopes and scores into overflows. What
lies beyond any loss, gradient norm or learning rate is judged as the infinity it stands for, and the run says so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from loglens.model.run import Note, Run, Series

LARGEST = 1e100
"""Beyond it a value counts as infinite: its square and its ratio to anything else still fit into a double."""
LARGEST_RATE = 1e30
SMALLEST = 1e-100
"""Below it a value counts as zero."""
LAST_STEP = 2**53
"""Steps at or beyond it cannot be told apart as floating-point numbers; no training reaches it."""


def bounded(run: Run) -> Run:
    """The run with every value and step in the range of a training, and a note for each series that had others."""
    found = [_bounded(series, _limit(run, series)) for series in run.series]
    if all(here is series for (here, _), series in zip(found, run.series, strict=True)):
        return run
    notes = tuple(note for _, note in found if note is not None)
    return replace(run, series=tuple(series for series, _ in found), notes=(*run.notes, *notes))


def _limit(run: Run, series: Series) -> float:
    rate = run.role("learning_rate")
    return LARGEST_RATE if rate is not None and rate.tag == series.tag else LARGEST


def _bounded(series: Series, limit: float) -> tuple[Series, Note | None]:
    if not len(series):
        return series, None
    size = np.abs(series.values)
    large = np.isfinite(size) & (size > limit)
    far = (series.steps >= LAST_STEP) | (series.steps <= -LAST_STEP)
    small = (size < SMALLEST) & (size > 0)
    if not (large.any() or far.any() or small.any()):
        return series, None
    values = np.where(large, np.copysign(np.inf, series.values), np.where(small, 0.0, series.values))
    keep = ~far
    told = [
        f"1 {line}" if count == 1 else f"{count} {several}"
        for count, line, several in (
            (int(large.sum()), f"value beyond {limit:g} is judged as infinite",
             f"values beyond {limit:g} are judged as infinite"),
            (int(far.sum()), "point at a step beyond 2^53 is left out", "points at steps beyond 2^53 are left out"),
        )
        if count
    ]  # fmt: skip
    note = Note(kind="dropped", message="; ".join(told), series=series.tag) if told else None
    return (
        replace(
            series,
            steps=series.steps[keep],
            values=values[keep],
            wall_times=None if series.wall_times is None else series.wall_times[keep],
            low=None if series.low is None else series.low[keep],
            high=None if series.high is None else series.high[keep],
        ),
        note,
    )
