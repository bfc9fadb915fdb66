"""What is derived of runs with planted faults, and of schedules in the ways they are logged, to the digit.

The runs are those of the detectors' tables; `--rewrite-goldens` writes the tables in `planted/` anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from loglens.model.finding import Finding
from loglens.model.run import FloatArray, StepSpan
from loglens.signals.core import Signals
from loglens.signals.curves import curves
from loglens.signals.loss_level import loss_levels
from loglens.signals.lr.schedule import planned_peak, recognise
from loglens.signals.lr.spec import given_lr
from loglens.signals.track import Track
from tests.detectors.planted import some
from tests.factories import lr_curve
from tests.tables import compare

FOLDER = Path(__file__).parent / "planted"
EVERY = 6
"""Of the planted runs one in so many is looked at."""
KINDS = (
    "constant", "step", "linear", "cosine", "exponential", "polynomial", "inverse_sqrt", "one_cycle", "cyclic",
    "restarts", "wsd",
)  # fmt: skip
BEGINS = (
    [0.1], [0.95], [0.1, 0.4], [0.1, 0.4, 0.7], [0.1, 0.1], [0.1, 0.1, 0.1], [0.1, 0.2, 0.8], [0.1, 0.2, 0.3, 0.4, 0.5],
    [0.1, 0.2, 0.3, 0.4, 0.2], [0.5, 0.4, 0.3], [0.0, 0.0, 0.5], [0.1, 0.1, 0.1, 0.5, 0.5, 0.5],
)  # fmt: skip
"""Shares of the peak with which a schedule begins."""
GIVEN = (
    "constant", "constant:warmup=100", "linear:warmup=100,floor=0.1", "cosine:warmup=0.1", "cosine:floor=0.05",
    "polynomial:power=2", "exponential:gamma=0.99", "step:every=300,factor=0.5", "inverse_sqrt:warmup=50", "one_cycle",
    "restarts:period=300,floor=0.1", "wsd:decay=300,warmup=40", "step:at=300+600,warmup=20", "cosine:rate=3", "step",
)  # fmt: skip


def numbers(*values: float | None) -> str:
    return " ".join("-" if value is None else f"{value:.4g}" for value in values)


def of_runs() -> Iterator[str]:
    for name, signals in some(EVERY):
        yield name
        if len(signals.loss):
            yield from (f"    {line}" for line in _of(signals))


def _of(signals: Signals) -> Iterator[str]:
    local, progress, trend, epochs = signals.local, signals.progress, signals.trend(), signals.epochs
    yield (
        f"scale {'log' if local.log else 'linear'}, window {local.window}, limit {numbers(local.limit)}, "
        f"level {numbers(float(signals.level[0]), float(signals.level[-1]))}, "
        f"noise {numbers(float(signals.noise[0]), float(signals.noise[-1]))}, highest z {numbers(float(local.z.max()))}"
    )
    yield "progress " + numbers(
        progress.initial, progress.final, progress.best, progress.best_step, progress.worst, progress.noise,
        progress.initial_error, progress.final_error, progress.kept,
    )  # fmt: skip
    yield f"trend {numbers(trend.slope, trend.z, trend.change, trend.noise, trend.blocks)}"
    for one in signals.excursions[:3]:
        heights = numbers(one.height, one.limit, one.before, one.after, one.shift)
        yield f"excursion {one.onset} {one.peak} {one.calm} {one.recovered}: {heights}"
    for shift in signals.change_points[:3]:
        yield f"shift at {shift.step}: {numbers(shift.before, shift.after, shift.shift, shift.z)}"
    for line in signals.spectrum:
        yield f"period {numbers(line.period, line.share, line.amplitude, line.cycles, line.phase_step)}"
    if epochs.steps_per_epoch is not None:
        yield f"epoch {numbers(epochs.steps_per_epoch, epochs.first_step)} {epochs.exact}"
    for level in loss_levels(signals.run, hidden=signals.hidden_non_finite_steps):
        said = numbers(level.final, level.noise, level.best, level.best_step, level.first_step, level.non_finite)
        yield f"{level.role} {said}"
    drawn = curves(signals, _spans(signals), points=60)
    yield "drawn " + ", ".join(f"{one.role} {len(one.steps)} of {one.points}" for one in drawn)


def _spans(signals: Signals) -> Iterator[Finding]:
    """Where a finding would lie that is about the middle tenth of the run."""
    first, whole = signals.span.start, signals.span.end - signals.span.start
    yield Finding(
        kind="loss_spike", severity="info", score=0.1, confidence=0.5, series=signals.loss.tag, summary="",
        steps=StepSpan(start=first + whole // 2, end=first + whole // 2 + whole // 10),
    )  # fmt: skip


def of_schedules() -> Iterator[str]:
    for name, steps, rates in _logged():
        track = Track(tag="lr", steps=steps, values=rates)
        found = recognise(track, resumed_at=(600,) if "resumed" in name else ())
        yield f"{name}: {found.kind} {numbers(found.peak_lr, planned_peak(found))} {found.warmup_steps}"
        for event in found.events[:12]:
            yield f"    {event.kind} at {event.step}: {numbers(event.from_lr, event.to_lr)}"
        for phase in found.phases[:12]:
            yield f"    {phase.kind} {phase.span.start}-{phase.span.end}: {numbers(phase.start_lr, phase.end_lr)}"


def _logged() -> Iterator[tuple[str, np.ndarray, FloatArray]]:
    changes: Mapping[str, Callable[[FloatArray], FloatArray]] = {
        "as it is": lambda rates: rates,
        "in three digits": lambda rates: np.array([float(f"{rate:.2e}") for rate in rates]),
        "to 1e-5": lambda rates: np.round(rates, 5),
        "in stairs of 40": lambda rates: np.repeat(rates[::40], 40)[: len(rates)],
        "times ten from 600 on": lambda rates: np.where(np.arange(len(rates)) >= 600, 10 * rates, rates),
        "a third more from 600 on": lambda rates: np.where(np.arange(len(rates)) >= 600, 1.33 * rates, rates),
        "resumed at its start": lambda rates: np.concatenate((rates[:600], rates[: len(rates) - 600])),
        "a tenth from 600 on": lambda rates: np.where(np.arange(len(rates)) >= 600, 0.1 * rates, rates),
    }
    for kind in KINDS:
        for warmup in (0, 60):
            rates = lr_curve(kind, 1200, warmup=warmup)
            for change, made in changes.items():
                yield f"{kind}, warm-up {warmup}, {change}", np.arange(1200), made(rates)
            yield f"{kind}, warm-up {warmup}, every tenth", np.arange(9, 1200, 10), rates[9::10]
            yield f"{kind}, warm-up {warmup}, ten points", np.arange(0, 1200, 120), rates[::120]
            yield f"{kind}, warm-up {warmup}, the first half", np.arange(600), rates[:600]

    x = np.arange(1200) / 1200
    for power in (0.5, 0.9, 1.5, 2.0, 3.0, 4.0):
        yield f"polynomial of {power}", np.arange(1200), 1e-3 * (1 - x) ** power
    for late in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4):
        shape = 0.5 * (1 + np.cos(np.pi * (x + late) / (1 + late)))
        yield f"cosine from {late} on", np.arange(1200), 1e-3 * shape
    for part in (0.15, 0.25, 0.4, 0.7):
        cut = lr_curve("cosine", int(1200 / part))[:1200]
        yield f"{part} of a cosine", np.arange(1200), cut
    for begins in BEGINS:
        for kind in ("constant", "cosine"):
            rates = np.concatenate((np.array(begins) * 1e-3, lr_curve(kind, 300)))
            yield f"{kind} after {begins}", np.arange(len(rates)) * 5, rates


def of_given() -> Iterator[str]:
    at = np.array([0, 1, 20, 50, 99, 100, 101, 150, 299, 300, 400, 600, 700, 850, 998, 999])
    for text in GIVEN:
        try:
            track = given_lr(0.01, text, np.arange(1000))
        except Exception as error:  # what a wrong word is answered with
            yield f"{text}: {error}"
        else:
            yield f"{text}: {numbers(*track.at(at).tolist())}"


TABLES = {"runs": of_runs, "schedules": of_schedules, "given": of_given}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_derived_is_what_the_table_holds(name: str, rewrite_goldens: bool) -> None:
    compare(FOLDER / f"{name}.txt", TABLES[name](), rewrite=rewrite_goldens)
