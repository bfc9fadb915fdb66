"""What is derived of runs with planted faults, and of schedules in the ways they are logged, to the digit.

The runs are those of the detectors' tables; `--rewrite-goldens` writes the tables in `planted/` anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from loglens.errors import NotJudgeable
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, Series, StepSpan
from loglens.signals.core import Signals
from loglens.signals.curves import curves
from loglens.signals.epoch import clock_from
from loglens.signals.loss_level import loss_levels
from loglens.signals.lr.fit import FAMILIES
from loglens.signals.lr.schedule import planned_peak, recognise
from loglens.signals.lr.spec import given_lr
from loglens.signals.track import Track
from tests.advice.planted import PLANTED
from tests.detectors.planted import some
from tests.factories import lr_curve
from tests.tables import compare

FOLDER = Path(__file__).parent / "planted"
DRAWN = 400
"""Schedules that are put together by chance."""
EVERY, OF_FACTS = 3, 6
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
    for name, signals in (*some(EVERY), *_some_of_facts()):
        yield name
        if len(signals.loss):
            yield from (f"    {line}" for line in derived(signals))


def _some_of_facts() -> Iterator[tuple[str, Signals]]:
    """Of the runs in which facts are planted one in so many."""
    planted = [(f"{about}: {name}", run) for about, runs in PLANTED.items() for name, run in runs()]
    for name, run in planted[::OF_FACTS]:
        with suppress(NotJudgeable):
            yield name, Signals(run)


def derived(signals: Signals) -> Iterator[str]:
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


def _to_the_limits() -> Iterator[tuple[str, FloatArray]]:
    """Schedules on both sides of what makes them one kind or the other."""
    x = np.arange(1200) / 1200
    cosine = 0.5 * (1 + np.cos(np.pi * x))
    for share in (0.2, 0.29, 0.31, 0.6, 0.97, 1.0, 1.05, 1.15):
        for at in (300, 900, 1140):
            again = np.concatenate((cosine[:at], share * cosine[: 1200 - at]))
            yield f"a cosine again at {at} with {share} of its peak", again
            held = np.concatenate((cosine[:at], np.full(1200 - at, share)))
            yield f"held at {share} from {at} on", held
    for begins in (0.0, 0.02, 0.2):
        warm = np.interp(x, [0, 0.1, 1], [begins, 1, 0.2])
        for high in (begins, begins + 0.04, begins + 0.07, 1.45 * begins, 1.6 * begins):
            again = np.interp(x, [0, 0.04, 0.6], [high, 0.7, 0.3])
            yield f"from {begins}, and from {high:.3g} in the middle", np.concatenate((warm[:600], again[:600]))
    for uneven in (0, 10, 15, 60):
        parts = [cosine[:: 1200 // size] for size in (200, 200 + uneven, 200, 200 - uneven)]
        yield f"restarts {uneven} points apart in length", np.concatenate(parts)
    for rise in (0.05, 0.12, 0.14, 0.16, 0.3, 0.5, 0.6):
        for begins in (0.0, 0.005, 0.02, 0.1):
            for ends in (0.0, 0.05):
                one = np.interp(x, [0, rise, 1], [begins, 1, ends])
                yield f"from {begins} up to {rise} and down to {ends}", one
        bent = np.where(x < rise, 0.5 - 0.5 * np.cos(np.pi * x / rise), np.interp(x, [rise, 1], [1, 0]))
        yield f"a bent rise up to {rise}", bent
        yield f"held until {rise}, then down", np.interp(x, [0, rise, 1], [1, 1, 0.1])
        yield f"down from {rise} on and up to {0.5 * rise}", np.interp(x, [0, rise, 0.8, 1], [1, 0.2, 0.5 * rise, 0])


def _in_steps_and_waves() -> Iterator[tuple[str, FloatArray]]:
    x = np.arange(1200) / 1200
    cosine = 0.5 * (1 + np.cos(np.pi * x))
    for height in (0.1, 0.19, 0.21, 0.6):
        for part in (0.1, 0.14, 0.16, 0.4):
            wave = np.interp((x * 5) % 1, [0, 1 - part, 1], [1, 1 - height, 1])
            yield f"waves of {height} that rise for {part} of their length", wave
    for stairs in (2, 3, 7, 8, 9, 40):
        yield f"down in {stairs} stairs", 1 - np.floor(x * stairs) / stairs
        yield f"down by thirds in {stairs} stairs", 1 / 3 ** np.floor(x * stairs)
        yield f"up and down in {stairs} stairs", 1 - np.abs(np.floor(x * stairs) / stairs - 0.5)
    for floor in (0.0, 0.009, 0.012, 0.3, 0.48, 0.52):
        for length in (2, 3, 4, 100, 500):
            decay = np.linspace(1, floor, 1200 - length)
            yield f"down to {floor}, {length} points of it", np.append(decay, np.full(length, floor))
    for size in (0.002, 0.009, 0.011, 0.02, 0.1):
        yield f"constant but for {size}", 1 - size * (np.arange(1200) % 7) / 6
        yield f"a cosine but for {size}", cosine * (1 + size * np.sin(np.arange(1200) / 9))
    for up in (1.05, 1.3, 3.0):
        for down in (0.3, 0.72, 0.8):
            yield (
                f"times {up} at a third, times {down} at two thirds",
                cosine * np.where(x < 1 / 3, 1, np.where(x < 2 / 3, up, up * down)),
            )


def of_limits() -> Iterator[str]:
    for name, rates in (*_to_the_limits(), *_in_steps_and_waves()):
        track = Track(tag="lr", steps=np.arange(len(rates)), values=3e-4 * rates)
        found = recognise(track)
        yield f"{name}: {found.kind} {numbers(found.peak_lr, planned_peak(found))} {found.warmup_steps}"
        yield "    " + ", ".join(f"{event.kind} {event.step} {numbers(event.to_lr)}" for event in found.events[:8])
        yield "    " + ", ".join(f"{phase.kind} {phase.span.start}-{phase.span.end}" for phase in found.phases[:8])
    for at in (590, 597, 599, 601, 604, 620):
        lr = np.concatenate((lr_curve("cosine", 1200)[:600], lr_curve("cosine", 1200)[300:900]))
        found = recognise(Track(tag="lr", steps=np.arange(1200), values=lr), resumed_at=(at,))
        yield f"resumed at {at}: " + ", ".join(f"{event.kind} {event.step}" for event in found.events)


def of_fits() -> Iterator[str]:
    """How far each formula is from curves of its own family and from bent ones."""
    u = np.linspace(0, 1, 300)
    curves = {
        **{f"power {power}": (1 - 0.9 * u) ** power for power in (0.5, 0.7, 0.9, 1.5, 1.7, 2.0, 3.0, 4.0, 6.0)},
        **{
            f"cosine {turns}": np.cos(np.pi * np.minimum(1, u * turns)) + 1.1
            for turns in (0.15, 0.2, 0.5, 1.0, 1.05, 1.5)
        },
        **{
            f"cosine from {late} on": np.cos(np.pi * (u + late) / (1 + late)) + 1.1
            for late in (0.02, 0.1, 0.25, 0.4, 0.6)
        },
        **{f"exponential {rate}": np.exp(-rate * u) for rate in (0.2, 2.0, 12.0)},
        **{f"root {rate}": (1 + rate * u) ** -0.5 for rate in (0.5, 9.0, 400.0)},
        "line": 2 - u,
    }
    families = {f"{kind} {place}": miss for place, (kind, miss) in enumerate(FAMILIES)}
    for name, y in curves.items():
        for bend in (0.0, 0.05):
            bent = y + bend * np.sin(7 * u)
            height = bent / (bent.max() - bent.min())
            misses = {kind: miss(u, height) for kind, miss in families.items()}
            said = " ".join(f"{kind} {miss:.4f}" for kind, miss in misses.items())
            yield f"{name}, bent by {bend}: {said}"


def _counted() -> Iterator[tuple[str, np.ndarray, FloatArray]]:
    """Epochs as they are logged: fractions and counters, from late on, rounded, resumed, with gaps."""
    for every in (1, 2, 7, 50):
        for length in (1.4, 1.6, 3.0, 37.0, 100.04, 100.3):
            at = np.arange(0, 40 * every, every)
            for first in (0, 37, 250):
                yield f"{length} steps an epoch, every {every} from {first} on", at + first, (at + first) / length
                yield "the same counted from 0", at + first, at / length
                yield "the same in whole epochs", at + first, np.floor((at + first) / length)
                yield "the same from 1 on", at + first, np.floor((at + first) / length) + 1
    for digits in (0, 1, 2, 4):
        yield f"in {digits} digits", np.arange(459), np.round(np.arange(459) / 153, digits)
    at = np.arange(300)
    for back in (100, 150, 290):
        again = np.where(at < back, at, at - 60) / 40
        yield f"60 steps back at {back}", at, again
        yield f"60 steps back at {back}, in whole epochs", at, np.floor(again)
    for count in (2, 3, 4):
        yield f"{count} points of a fraction", 10 * np.arange(count), np.arange(count) / 10
        yield f"{count} points of a counter", 10 * np.arange(count), np.arange(float(count))
        yield f"{count} points, one epoch each two", 10 * np.arange(count), np.arange(0.0, 2.0 * count, 2.0)
        yield f"{count} borders of a counter", np.arange(50 * count), np.floor(np.arange(50 * count) / 50)
    yield "an epoch that falls", at, 9 - at / 40
    yield "one epoch", at, np.ones(300)
    yield "with NaN", at, np.where(at % 7, at / 40, np.nan)
    yield "longer than any", np.arange(3) * 2**40, np.array([0.0, 1e-7, 2e-7])


def of_clocks() -> Iterator[str]:
    for name, steps, epochs in _counted():
        found = clock_from(Series(tag="epoch", steps=steps, values=epochs))
        yield f"{name}: {numbers(found.steps_per_epoch, round(found.first_step, 6) + 0.0)} {found.exact}"


def of_given() -> Iterator[str]:
    at = np.array([0, 1, 20, 50, 99, 100, 101, 150, 299, 300, 400, 600, 700, 850, 998, 999])
    for text in GIVEN:
        try:
            track = given_lr(0.01, text, np.arange(1000))
        except Exception as error:  # what a wrong word is answered with
            yield f"{text}: {error}"
        else:
            yield f"{text}: {numbers(*track.at(at).tolist())}"


def _put_together(number: int) -> tuple[str, FloatArray]:
    """A schedule of pieces put together by chance, with its name."""
    rng = np.random.default_rng(number)
    words, rates, rate = [], [np.zeros(0)], 1.0
    begins = float(rng.choice([0.0, 0.01, 0.2, 0.8]))
    if rng.random() < 0.6:
        points = int(rng.choice([1, 2, 5, 30]))
        rates.append(np.linspace(begins, 1.0, points, endpoint=False))
        words.append(f"up from {begins:g} in {points}")
    for _ in range(int(rng.integers(1, 6))):
        points, to = int(rng.choice([1, 3, 10, 40, 120])), float(rng.choice([0.0, 0.05, 0.3, 0.6, 0.95, 1.0, 1.4, 3.0]))
        kind = ("held", "line", "cosine", "exponential", "at once")[int(rng.integers(5))]
        u = np.linspace(0, 1, points)
        end = rate * max(to, 1e-3) if kind == "exponential" else rate * to
        piece = {
            "held": np.full(points, rate), "line": rate + (end - rate) * u, "at once": np.full(points, end),
            "cosine": end + (rate - end) * 0.5 * (1 + np.cos(np.pi * u)),
            "exponential": rate * np.exp(u * np.log(max(to, 1e-3))),
        }[kind]  # fmt: skip
        words.append(f"{kind}{'' if kind == 'held' else f' to {to:g}'} for {points}")
        rates.append(piece)
        rate = float(piece[-1]) if piece[-1] > 0 else float(rng.choice([0.0, 0.3, 1.0]))
    if rng.random() < 0.25:
        words.append("and again")
        rates *= 2
    return ", ".join(words), np.concatenate(rates)


def of_schedules_put_together() -> Iterator[str]:
    for number in range(DRAWN):
        name, rates = _put_together(number)
        every, digits = (1, 1, 7, 100)[number % 4], (8, 8, 3, 2, 5)[number % 5]
        written = np.array([float(f"{3e-4 * rate:.{digits}g}") for rate in rates])
        at = np.arange(len(written)) * every + (0, 0, every, 50)[number % 4]
        resumed = (int(at[len(at) // 2]),) if number % 6 == 0 else ()
        found = recognise(Track(tag="lr", steps=at, values=written), resumed_at=resumed)
        yield f"{number}: {name}, every {every} in {digits} digits{', resumed' if resumed else ''}"
        yield f"    {found.kind} {numbers(found.peak_lr, planned_peak(found))} {found.warmup_steps}"
        said = (f"{event.kind} {event.step} {numbers(event.from_lr, event.to_lr)}" for event in found.events[:8])
        yield "    " + ", ".join(said)
        yield "    " + ", ".join(f"{phase.kind} {phase.span.start}-{phase.span.end}" for phase in found.phases[:8])


TABLES = {
    "runs": of_runs,
    "put_together": of_schedules_put_together,
    "schedules": of_schedules,
    "limits": of_limits,
    "fits": of_fits,
    "clocks": of_clocks,
    "given": of_given,
}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_derived_is_what_the_table_holds(name: str, rewrite_goldens: bool) -> None:
    compare(FOLDER / f"{name}.txt", TABLES[name](), rewrite=rewrite_goldens)
