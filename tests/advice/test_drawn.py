"""What is derived, found, established, measured and advised of runs put together by chance, to the digit.

`--rewrite-goldens` writes the tables in `drawn/` anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loglens.advice.facts import course, establish, joins, ruin
from loglens.advice.facts.shape import LossShape, shape_of
from loglens.advice.features import MEASURES, gather
from loglens.advice.judge import advise
from loglens.advice.regret.features import NAMES, features_of
from loglens.detectors import DETECTORS
from loglens.detectors.divergence import Divergence
from loglens.detectors.gradient import Gradient
from loglens.detectors.log_artefacts import LogArtefacts
from loglens.detectors.loss_spike import LossSpike, _before_any_level, _planned, gradient_lead, lost_share
from loglens.detectors.lr_jump import LrJump
from loglens.detectors.non_finite import NonFinite
from loglens.detectors.oscillation import Oscillation
from loglens.detectors.overfitting import Overfitting
from loglens.detectors.periodic_pattern import PeriodicPattern
from loglens.detectors.resume import Resume
from loglens.detectors.running import detected
from loglens.detectors.slow_progress import SlowProgress
from loglens.detectors.stagnation import Stagnation
from loglens.errors import NotJudgeable
from loglens.model.finding import Finding
from loglens.model.run import Event, FloatArray, Rewind, Series
from loglens.signals.core import Signals
from loglens.signals.discontinuity import discontinuity_at
from loglens.signals.numerics.spectrum import lag_correlation, periodicity_at
from loglens.signals.scaled import read
from tests.advice.drawn import runs
from tests.advice.test_planted import advice_lines, fact_line, short
from tests.detectors.planted import line_of
from tests.signals.test_planted import derived, numbers
from tests.tables import compare

FOLDER = Path(__file__).parent / "drawn"
COUNT = 480
EVERY = 2
"""One run in so many is looked at for what is derived of it, for its measures, and for the advice."""
RANKED = "gradient_loss_agree"
"""Of a norm that is logged now and then it ranks differences that are the same but for their last digits."""
LOOSE = (
    Divergence(warn_share=0.05, critical_share=0.3, noise_z=1.0, blown_up=1.3),
    Gradient(explode_ratio=1.8, climb_ratio=2.0, many=2, vanish_norm=1e-2, fall_ratio=0.3, learned_share=0.6),
    LogArtefacts(constant_points=2, repeat_points=2, repeat_share=0.01, gap_factor=1.5, sparse_points=4),
    LossSpike(warn_share=0.1, stay_share=0.02, clear_ratio=1.02, shift_z=1.0, val_share=0.1, most=3),
    LrJump(answer_z=1.0, answer_share=0.02, critical_share=0.2),
    NonFinite(dead_points=2, lead_points=4),
    Oscillation(
        least_anticorrelation=0.1, least_share=0.05, least_amplitude=0.2, swing=0.02, turns=0.1, growing=1.1
    ),
    Overfitting(note_rise=0.01, warn_rise=0.05, gain_share=0.005, trend_z=0.5),
    PeriodicPattern(least_share=0.03, least_amplitude=0.1, warn_share=0.08),
    Resume(seen_z=1.5, bump_limit=2.0, gradient_factor=1.1, pause_factor=3.0, pause_seconds=2.0),
    SlowProgress(least_late=0.02, warn_late=0.05, tiny_share=0.2),
    Stagnation(
        blocks=12, band=0.15, least_share=0.1, learned_share=0.3, lost_share=0.2, least_pace=0.6, spent_lr=0.4,
        early_share=0.7,
    ),
)  # fmt: skip
"""Detectors that a user has set to say more: what they measure shows in more runs."""


@cache
def signals() -> tuple[tuple[str, Signals], ...]:
    return tuple(_judgeable())


def _judgeable() -> Iterator[tuple[str, Signals]]:
    for name, run in runs(COUNT):
        with suppress(NotJudgeable):
            yield name, Signals(run)


@cache
def found() -> tuple[tuple[Finding, ...], ...]:
    return tuple(detected(one, DETECTORS).findings for _, one in signals())


def facts() -> Iterator[str]:
    for (name, one), findings in zip(signals(), found(), strict=True):
        yield name
        yield from (f"    {line_of(finding)}" for finding in findings)
        yield from (f"    {fact_line(fact)}" for fact in establish(one, findings))


def derivations() -> Iterator[str]:
    for name, one in signals()[::EVERY]:
        yield name
        if len(one.loss):
            yield from (f"    {line}" for line in derived(one))


def measures() -> Iterator[str]:
    """A line a run; the first names the measures."""
    shown = [one.name for one in MEASURES if one.name != RANKED]
    yield " ".join(shown)
    yield " ".join(NAMES)
    for name, one in signals()[::EVERY]:
        yield name
        if (reading := read(one)) is not None:
            known = gather(reading)
            yield "    " + " ".join(short(known[name]) for name in shown)
        rate = features_of(one)
        yield "    " + " ".join(short(rate.get(measure)) for measure in NAMES)


def advice() -> Iterator[str]:
    for (name, one), findings in list(zip(signals(), found(), strict=True))[::EVERY]:
        yield name
        yield from (f"    {line}" for line in advice_lines(one, advise(one, findings)))


def loose() -> Iterator[str]:
    for name, one in signals():
        yield name
        yield from (f"    {line_of(finding)}" for finding in detected(one, LOOSE).findings)


def inner() -> Iterator[str]:
    """What detectors and facts go by, where what they say of it would be hidden by what speaks before."""
    for name, one in signals():
        if len(one.loss) < 6:
            continue
        yield name
        shape = shape_of(one)
        yield from (f"    {line}" for line in (*_shape(one, shape), *_excursions(one), *_across(one), *_scaled(one)))


def _shape(one: Signals, shape: LossShape) -> Iterator[str]:
    yield "shape " + numbers(
        shape.noise, shape.size, shape.first, shape.end, shape.low_at, shape.low, shape.error,
        *(joins._interleaved(shape) or ()),
    )  # fmt: skip
    for rise in joins.rises(shape):
        yield f"rises at {rise.at}: {numbers(rise.before, rise.after)} {joins._by_rate(one, shape, rise.at)}"
    for rise in joins.beginnings(shape):
        yield f"begins anew at {rise.at}: {numbers(rise.before, rise.after)}"
    of_course = (course._late_share(shape) or (), course._tenths(shape))
    yes = [told.__name__ for told in (course._swings, course._falls, course._scatters) if told(shape)]
    yield "course " + ", ".join([*(numbers(*two) for two in of_course), *yes])
    facts = (
        course._saturated, course._stands_still, course._high_start, ruin._beyond, ruin._stuck_far_up, ruin._away,
        ruin._ground, ruin._creeping, ruin._stalled, ruin._rising, ruin._climbing,
    )  # fmt: skip
    for told in facts:
        if (fact := told(one, shape)) is not None:
            yield fact_line(fact)
    for several in (joins._stepped, joins._thrown_at_a_cut, joins._thrown_back, course._settled_or_drifting):
        yield from (fact_line(fact) for fact in several(one, shape))


def _excursions(one: Signals) -> Iterator[str]:
    for spike in one.excursions[:4]:
        lost = lost_share(one, spike, float(one.loss.values[spike.peak]))
        left_out = f"{_planned(spike, one)} {_before_any_level(spike, one)}"
        yield f"excursion at {spike.onset}: {numbers(lost)} {gradient_lead(one, spike)} {left_out}"


def _across(one: Signals) -> Iterator[str]:
    """What happens across a step in the middle of the run, and across the last but a few."""
    for at in (len(one.loss) // 2, len(one.loss) - 4):
        if (found := discontinuity_at(one, int(one.loss.steps[at]))) is not None:
            yield f"across {at}: " + numbers(
                found.before, found.after, found.shift_z, found.bump_z, found.lost_share, found.noise_ratio,
                found.grad_ratio, found.grad_bump,
            )  # fmt: skip


def _scaled(one: Signals) -> Iterator[str]:
    """Periods that are known from elsewhere, and levels at shares of the run."""
    loss, local = one.loss, one.local
    for points in (3.0, 4.5, len(loss) / 4.2):
        if (period := periodicity_at(loss, local, points * loss.interval)) is not None:
            yield f"folded at {points:.3g}: {numbers(period.share, period.chance, period.amplitude, period.cycles)}"
    yield f"neighbours {numbers(lag_correlation(local), lag_correlation(local, 2))}"
    if (reading := read(one)) is not None:
        yield "levels " + numbers(
            reading.level_between(0.2, 0.21), reading.level_between(0.0, 0.3), reading.level_between(0.97, 1.0),
            reading.mean_between(0.4, 0.41), reading.mean_between(0.5, 1.0), reading.noise_between(0.0, 0.05),
            reading.noise_between(0.3, 0.7), *reading.levels_about(np.array([0.0, 0.5, 1.0]), 0.04).tolist(),
            reading.lr_clock[len(reading) // 2] if reading.lr is not None else None,
        )  # fmt: skip
    late = one.trend(float(loss.steps[len(loss) // 2]))
    yield f"late trend {numbers(late.slope, late.z, late.change, late.noise)} {late.falls} {late.rises}"
    if one.val_local is not None:
        yield f"validation {numbers(one.val_local.window, one.val_local.limit, float(one.val_local.z.max()))}"
    if one.grad_local is not None:
        yield f"norm {numbers(one.grad_local.window, one.grad_local.limit, float(one.grad_local.z.max()))}"


def joined() -> Iterator[str]:
    """What is established of joins where a run is followed by itself, whole, in part or at another height, and where a
    log tells of a resume in its middle."""
    for number, (name, run) in enumerate(runs(COUNT)):
        loss = next((one for one in run.series if one.tag == "loss"), None)
        if number % 6 or loss is None or len(loss) < 12 or not loss.finite.all():
            continue
        yield name
        for how, values, told in _followed(number, loss):
            steps = np.arange(len(values)) + int(loss.steps[0])
            one = replace(run, series=(replace(loss, steps=steps, values=values),), **told)
            with suppress(NotJudgeable):
                signals = Signals(one)
                facts = joins.join_facts(signals, shape_of(signals), detected(signals, DETECTORS).findings, steps=True)
                yield from (f"    {how}: {fact_line(fact)}" for fact in facts)


def _followed(number: int, loss: Series) -> Iterator[tuple[str, FloatArray, dict[str, Any]]]:
    """The ways a run is followed by itself, with what the log tells of it."""
    values, points = loss.values, len(loss)
    counted = ("counter restarted", "repeated header", "new file", "step went back")[number // 6 % 4]
    at = points + int(loss.steps[0])
    back = Rewind(resumed_at=at, last_step=at + 5, rewritten=6, how=counted)
    words = Event(kind="resumed", step=at - 1, time=None, text="Resuming", line=1)
    silent: dict[str, Any] = {"rewinds": (), "events": ()}
    yield "twice", np.tile(values, 2), silent
    yield f"twice, {counted}", np.tile(values, 2), {"rewinds": (back,), "events": ()}
    yield "twice, in words", np.tile(values, 2), {"rewinds": (), "events": (words,)}
    yield "three times", np.tile(values, 3), silent
    yield "three times and a part", np.tile(values, 4)[: 3 * points + points // 3], silent
    yield "and its last half", np.concatenate((values, values[points // 2 :])), silent
    tail = values[-1] + 0.3 * (values[0] - values[-1]) + 0.1 * (values - values[-1])
    yield f"and higher, {counted}", np.concatenate((values, tail)), {"rewinds": (back,), "events": ()}
    yield "and higher", np.concatenate((values, tail)), silent
    yield "and another writer", np.where(np.arange(points) % 2, values, 1.2 * values), silent


TABLES = {
    "joined": joined,
    "inner": inner,
    "loose": loose,
    "derived": derivations,
    "facts": facts,
    "measures": measures,
    "advice": advice,
}


@pytest.mark.parametrize("name", TABLES)
def test_drawn_runs_are_judged_as_the_table_holds(name: str, rewrite_goldens: bool) -> None:
    compare(FOLDER / f"{name}.txt", TABLES[name](), rewrite=rewrite_goldens)
