"""The curves a report draws: thinned, with extremes and the neighbourhood of findings kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from loglens.model.diagnosis import Curve
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Series, StepSpan
from loglens.signals.core import Signals
from loglens.signals.lr.spec import GIVEN_TAG
from loglens.signals.numerics.thin import thin

POINTS = 2_000
"""Points of a curve: twice the width of a large screen, so that zooming in once still shows more."""
DRAWN = ("train_loss", "val_loss", "learning_rate", "grad_norm")


def curves(signals: Signals, findings: Iterable[Finding], *, points: int = POINTS) -> tuple[Curve, ...]:
    """The judged loss and its robust level, validation, learning rate and gradient norm, as far as they are logged."""
    spans = tuple(finding.steps for finding in findings)
    return tuple(_curves(signals, spans, points))


def _curves(signals: Signals, spans: tuple[StepSpan, ...], points: int) -> Iterator[Curve]:
    for role in DRAWN:
        if role == "learning_rate" and signals.lr is not None and signals.lr.tag == GIVEN_TAG:
            # the rate the user gave: not what the log says, but what the verdict rests on
            given = signals.lr
            yield _curve(signals, role, Series(tag=given.tag, steps=given.steps, values=given.values), spans, points)
            continue
        series = signals.run.role(role)
        if series is not None and len(series):
            yield _curve(signals, role, series, spans, points)
        if role == "train_loss" and len(signals.loss):
            level = Series(tag=signals.loss.tag, steps=signals.loss.steps, values=signals.level)
            yield _curve(signals, "level", level, spans, points // 2)


def _curve(signals: Signals, role: str, series: Series, spans: tuple[StepSpan, ...], points: int) -> Curve:
    kept = thin(series.steps, series.values, points=points, keep=spans)
    steps = series.steps[kept]
    epochs = signals.epochs.epochs_at(steps)
    return Curve(
        role=role,
        series=series.tag,
        steps=steps,
        values=series.values[kept],
        points=len(series),
        wall_times=_known(series.wall_times, kept),
        epochs=epochs,
    )


def _known(wall_times: FloatArray | None, kept: FloatArray | np.ndarray) -> FloatArray | None:
    """The clock of the kept points, None where the log has none."""
    if wall_times is None:
        return None
    times = wall_times[kept]
    return times if bool(np.isfinite(times).all()) else None
