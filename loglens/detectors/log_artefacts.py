"""Logging: the log itself is odd, and what follows from that for the rest of the report.

What it is. Not a fault of the training but of its record: a loss that never changes to the last digit, stretches in
which one value is repeated, exact zeros, a last row that is an average of the whole run, a gap, a thinned export, too
few points, two time axes, a file that is still being written.

Why it matters. A spike of one step is ten times smaller in a mean over ten steps, and is not there at all in a log of
every tenth step; an average in the last row looks like a jump. Findings from such a log are worth what the log is.

How it decides. Constant: at least `constant_points` finite values, all equal. Repeated: one value fills
`repeat_points` points in a row and `repeat_share` of the log while the loss otherwise moves by more than its
rounding. Zeros: exact zeros among positive values. Summary row: the last value equals the mean of all others to one
part in 100,000 and lies off the level. Gap: `gap_factor` log intervals without a point. Thinned: the export kept an
envelope of what it left out, or its points are unevenly spaced from end to end. Sparse: fewer than `sparse_points`
points. All are notes; a constant loss is a warning.

Stays silent when. The log is an ordinary one, also where it is a mean over the steps since the last line.

What to try. Log every step, or the minimum and maximum of a window beside its mean; keep the learning rate, the
gradient norm and the epoch in the log.

References. Weights & Biases' sampled exports; Transformers' closing `train_loss` row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from loglens.detectors.base import clip01
from loglens.model import figures
from loglens.model.finding import DetectorMeta, Evidence, Finding
from loglens.model.run import StepSpan
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median, quantiles, resolution

AXIS_RATIO = 10.0
"""Two axes that end within a factor of ten may count the same; an epoch has more steps than that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArtefacts:
    """See the module's docstring; the fields are the limits it names."""

    meta: ClassVar[DetectorMeta] = DetectorMeta(
        id="logging",
        kinds=("logging",),
        title="Oddities of the log",
        helped_by=("val_loss", "learning_rate"),
        min_points=2,
    )
    constant_points: int = 8
    repeat_points: int = 10
    repeat_share: float = 0.1
    gap_factor: float = 20.0
    sparse_points: int = 30

    def detect(self, signals: Signals) -> Iterator[Finding]:
        constant = self._constant(signals)
        if constant is not None:
            yield constant
        else:
            yield from self._repeated(signals)
        yield from self._zeros(signals)
        yield from _summary_row(signals)
        yield from self._spacing(signals)
        yield from _axes(signals)

    def _constant(self, signals: Signals) -> Finding | None:
        values = signals.loss.values
        if len(values) < self.constant_points or np.ptp(values) > 0:
            return None
        text = f"The loss is exactly {values[0]:.6g} at all {len(values)} points: it is not measured, or not trained."
        return _finding(signals, "constant", text, float(values[0]), severity="warning", score=0.7, whole=True)

    def _repeated(self, signals: Signals) -> Iterator[Finding]:
        values, steps = signals.loss.values, signals.loss.steps
        n = len(values)
        if n < 2 * self.repeat_points:
            return
        moved = np.flatnonzero(np.diff(values) != 0)
        edges = np.concatenate(([-1], moved, [n - 1]))
        lengths = np.diff(edges)
        longest = int(np.argmax(lengths))
        count = int(lengths[longest])
        coarse = median(signals.noise) < 3 * resolution(values)
        if count < max(self.repeat_points, self.repeat_share * n) or coarse:
            return
        first, last = int(edges[longest]) + 1, int(edges[longest + 1])
        text = f"The loss repeats {values[first]:.6g} {count} times in a row from step {steps[first]} on."
        yield _finding(signals, "repeated", text, count, score=0.3, first=int(steps[first]), last=int(steps[last]))

    def _zeros(self, signals: Signals) -> Iterator[Finding]:
        finite = signals.series.finite & ~np.isin(signals.series.steps, signals.hidden_non_finite_steps)
        values, steps = signals.series.values[finite], signals.series.steps[finite]
        zero = np.flatnonzero(values == 0.0)
        if not 0 < len(zero) < 0.5 * len(values) or quantiles(values, 0.05)[0] < 0:
            return
        # a loss that has come down to its rounding is zero for good reason
        rest = np.abs(values[values != 0])
        if median(rest[-20:]) < 1e-3 * median(rest) or float(rest.min()) < 1e-4 * median(rest):
            return
        first = int(steps[zero[0]])
        text = f"The loss is exactly 0 at {len(zero)} points, first at step {first}: a placeholder, no measurement."
        yield _finding(signals, "zeros", text, len(zero), score=0.2, first=first, last=first)

    def _spacing(self, signals: Signals) -> Iterator[Finding]:
        loss, series = signals.loss, signals.series
        n = len(loss)
        if n < self.sparse_points:
            apart = "1 step" if loss.interval == 1 else f"{loss.interval} steps"
            text = f"The log holds {n} points, {apart} apart: what is shorter cannot be seen."
            yield _finding(signals, "sparse", text, n, score=0.1, whole=True)
            return
        gaps = np.diff(loss.steps)
        uneven = float(np.mean(np.abs(gaps - loss.interval) > max(1, 0.2 * loss.interval)))
        if series.low is not None or uneven > 0.5:
            text = "The log is a thinned export: single steps are missing, and spikes of one step with them."
            yield _finding(signals, "thinned", text, round(uneven, 3), score=0.15, whole=True)
            return
        widest = int(np.argmax(gaps))
        if gaps[widest] > self.gap_factor * loss.interval:
            first, last = int(loss.steps[widest]), int(loss.steps[widest + 1])
            every = "step" if loss.interval == 1 else f"{loss.interval} steps"
            text = f"Nothing was logged between the steps {first} and {last} (every {every} elsewhere)."
            yield _finding(signals, "gap", text, int(gaps[widest]), score=0.15, first=first, last=last)
        if signals.run.live:
            text = "The log was still being written when it was read: the run may go on."
            yield _finding(signals, "live", text, n, score=0.05, first=int(loss.steps[-1]), last=int(loss.steps[-1]))


def _summary_row(signals: Signals) -> Iterator[Finding]:
    """A last value that is the mean of all before it."""
    values, steps = signals.loss.values, signals.loss.steps
    if len(values) < 12:
        return
    mean = float(np.mean(values[:-1]))
    off = abs(float(values[-1] - median(values[-6:-1])))
    if abs(float(values[-1]) - mean) <= 1e-5 * abs(mean) and off > 3 * float(signals.noise[-2]):
        text = (
            f"The last value ({figures.loss(values[-1])}) is the average of all others: a summary row, no point of the "
            "curve."
        )
        yield _finding(signals, "summary_row", text, mean, score=0.2, first=int(steps[-1]), last=int(steps[-1]))


def _axes(signals: Signals) -> Iterator[Finding]:
    """Train and validation loss whose x values count different things."""
    train, val = signals.run.role("train_loss"), signals.run.role("val_loss")
    if train is None or val is None or len(val) < 2 or len(train) < 8:
        return
    ratio = float(val.steps[-1]) / max(1.0, float(train.steps[-1]))
    elsewhere = not 1 / AXIS_RATIO < ratio < AXIS_RATIO
    if elsewhere and (train.axis != val.axis or int(val.steps[-1]) <= 2 * len(val)):
        text = f"Train and validation loss have different time axes ({train.axis} to {train.steps[-1]}, {val.axis} to "
        text += f"{val.steps[-1]}): they cannot be compared step by step."
        yield _finding(signals, "axes", text, ratio, score=0.15, whole=True)


def _finding(
    signals: Signals,
    form: str,
    text: str,
    value: float,
    *,
    score: float,
    severity: str = "info",
    first: int | None = None,
    last: int | None = None,
    whole: bool = False,
) -> Finding:
    start = int(signals.loss.steps[0]) if whole or first is None else first
    end = int(signals.loss.steps[-1]) if whole or last is None else last
    return Finding(
        kind="logging",
        severity="warning" if severity == "warning" else "info",
        score=clip01(score),
        confidence=0.95,
        steps=StepSpan(start=start, end=max(start, end)),
        series=signals.loss.tag,
        lr_phase=signals.phase_at(start),
        summary=text,
        evidence=(Evidence(name="form", value=form), Evidence(name=form, value=float(value))),
    )
