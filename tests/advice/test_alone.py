"""What each fact, cause and answer about the rate says by itself, to the digit: in a run others speak before it.

`--rewrite-goldens` writes the tables in `alone/` anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from loglens.advice.admissible import admissible
from loglens.advice.claims import is_loud, weighed
from loglens.advice.decide import probabilities
from loglens.advice.facts import say
from loglens.advice.features import MEASURES
from loglens.advice.rate_verdict import agreeing, of_outlook
from loglens.advice.recommend import Size, _bounded, _factor, _joined, _within_reach, change
from loglens.advice.reconcile import reconciled
from loglens.advice.regret import rate_outlook
from loglens.advice.regret.joined import advised, backs, heard_of, like_the_lab, sure_of_low, with_rate
from loglens.advice.regret.outlook import RateOutlook
from loglens.advice.regret.prior import usual_rates
from loglens.advice.sentences.chain import because, grouped
from loglens.advice.sentences.remedy import remedy
from loglens.advice.verdict import quiet, verdict_of
from loglens.model.causes import CAUSES, CauseName
from loglens.model.diagnosis import Cause, LearningRate, RateVerdict
from loglens.model.fact import Fact, FactKind
from loglens.model.finding import Finding, Severity
from loglens.model.kinds import FindingKind
from loglens.model.run import StepSpan
from loglens.signals.core import Signals
from tests.advice.runs import falling, signals_of
from tests.advice.test_planted import short
from tests.tables import compare

FOLDER = Path(__file__).parent / "alone"
KINDS: tuple[FactKind, ...] = get_args(FactKind)
BESIDE: tuple[FactKind, ...] = ("learned", "few_points", "lr_cycles", "several_trainings")
EVEN: dict[CauseName, float] = {cause: 1 / len(CAUSES) for cause in CAUSES}
SHARES = (0.0, 0.2, 0.45, 0.5, 0.55, 0.62, 0.66, 0.72, 0.8, 0.87, 0.93, 1.0)
VALUES = (-40.0, -6.0, -1.5, -0.3, -0.03, -0.004, 0.0, 0.004, 0.006, 0.03, 0.3, 0.8, 1.5, 6.0, 11.0, 40.0)
STEPS = (1, 100, 3000, 5000, 10_000, 30_000, 1_000_000)


def told(kind: FactKind) -> Fact:
    return say.fact(kind, f"It is {kind}.", 30, 60, "loss")


def found(kind: FindingKind, severity: Severity = "warning", score: float = 0.6) -> Finding:
    return Finding(
        kind=kind, severity=severity, score=score, confidence=0.9, series="loss", summary=f"There is {kind}.",
        steps=StepSpan(start=20, end=80),
    )  # fmt: skip


def shares(of: dict[CauseName, float]) -> str:
    return ", ".join(f"{cause} {share:.3f}" for cause, share in sorted(of.items()) if share > 5e-4)


def facts() -> Iterator[str]:
    """What each fact admits, claims and explains, alone and beside another."""
    findings = tuple(found(kind) for kind in get_args(FindingKind))
    for kind, other in product(KINDS, (None, *BESIDE)):
        there = (told(kind), *(() if other is None else (told(other),)))
        allowed = admissible(there, findings)
        yield f"{kind}{'' if other is None else f' beside {other}'}{', loud' if is_loud(there) else ''}"
        yield f"    of all: {shares(weighed(EVEN, there, allowed))}"
        if other is None:
            yield f"    of none: {shares(weighed({}, there, allowed))}"
            noted = [one.kind for one in reconciled(findings, there) if one.severity == "info"]
            retold = [one.kind for one in reconciled(findings, there) if one.summary == there[0].text]
            yield f"    explains {', '.join(noted) or 'nothing'}; tells {', '.join(retold) or 'none of them'}"


def _cause(cause: CauseName, probability: float) -> tuple[Cause, ...]:
    lead: CauseName = "unknown" if cause != "unknown" else "healthy"
    first, second = Cause(cause=cause, probability=probability), Cause(cause=lead, probability=0.7 - 0.7 * probability)
    return first, second, Cause(cause="lr_jump", probability=0.3 - 0.3 * probability)


def causes() -> Iterator[str]:
    """The verdict on each cause by its probability and what stands beside it; and its sentences."""
    bare, whole = signals_of(falling(), lr=None), signals_of(falling(), grad_norm=falling(1), val_loss=falling(2))
    beside: tuple[tuple[Finding, ...], ...] = (
        (), (found("loss_spike", score=0.3),), (found("stagnation", score=0.9),), (found("divergence", "critical"),),
    )  # fmt: skip
    for cause in CAUSES:
        yield cause
        for findings, kind in product(beside, ("learned", "lr_spent", "lr_cycles", "lost_ground", "ran_away")):
            fact = told(kind)  # type: ignore[arg-type]  # a literal that product widens
            verdicts = [verdict_of(_cause(cause, share), findings, None, (fact,)) for share in SHARES[2:]]
            yield f"    {' and '.join([kind, *(one.kind for one in findings)])}: {_changes(verdicts)}"
        for backed, sure in ((True, 0.8), (False, 0.85), (False, 0.95)):
            verdicts = [verdict_of(_cause(cause, share), (), None, backed=backed, sure=sure) for share in SHARES[2:]]
            yield f"    backed {backed}, sure from {sure}: {_changes(verdicts)}"
        left = quiet(_cause(cause, 0.45), "healthy")
        yield "    quiet: " + ", ".join(f"{one.cause} {one.probability:.3f}" for one in left)
        yield from (f"    {line}" for line in _sentences(cause, bare, whole))


def _changes(verdicts: Sequence[str]) -> str:
    """The verdicts in order, each with the first share it is given at."""
    at = [place for place, one in enumerate(verdicts) if place == 0 or one != verdicts[place - 1]]
    return ", ".join(f"{verdicts[place]} from {SHARES[2 + place]}" for place in at)


def _sentences(cause: CauseName, bare: Signals, whole: Signals) -> Iterator[str]:
    findings = tuple(
        replace(found(kind), cause=cause)
        for kind in ("loss_spike", "divergence", "stagnation", "overfitting", "resume", "loss_spike")
    )
    kinds = [kind for kind in KINDS if kind not in ("lr_range_test", "lr_zero")]
    for size in (1, 4):
        for first in range(0, len(kinds), size):
            there = [told(kind) for kind in kinds[first : first + size]]
            said = because(cause, there, findings if size > 1 else findings[:1], ("A sign.", "Another."))
            if any(one.text in said for one in there):
                yield f"because {' '.join(said)}"
    remedies: dict[str, list[str]] = {}
    for kind in kinds:
        for one in (bare, whole):
            remedies.setdefault(remedy(cause, (told(kind),), one), []).append(kind)
    yield from (f"{said}: {len(of)}, first {of[0]}, last {of[-1]}" for said, of in remedies.items())
    yield grouped(findings)


def _outlook(low: float, high: float, factor: float = 2.0, rate: float | None = 1e-3) -> RateOutlook:
    known = rate_outlook(signals_of(falling()))
    assert known is not None
    three = (low, 1 - low - high, high)
    return replace(known, probabilities=three, right_before=three[1], by_curve=three, factor=factor,
                   factor_low=factor / 2, factor_high=3 * factor, rate=rate, above_usual=high)  # fmt: skip


def rates() -> Iterator[str]:
    """What the regret of the rates does to causes, verdicts and sizes."""
    for steps in STEPS:
        sure = sure_of_low(_outlook(0.8, 0.1, rate=1e-3), planned=True, steps=steps, points=steps)
        yield f"{steps} steps: like the lab {like_the_lab(steps):.3f}, sure {sure:.3f}"
    for rate, tuned, game, points in product((None, 9e-6, 1e-5, 1e-3, 2e-3), (False, True), (False, True), (199, 200)):
        outlook = replace(_outlook(0.8, 0.1, rate=rate), tuned=tuned, game=game)
        yield f"{rate}, tuned {tuned}, game {game}, {points} points: sure {sure_of_low(outlook, points=points):.3f}"
    for points, kind in product((1, 6, 11, 12, 13), ("learned", "few_points", "ran_away")):
        heard = heard_of(points, (told(kind),))  # type: ignore[arg-type]  # a literal that product widens
        yield f"{points} points and {kind}: heard {heard:.3f}"
    tilted = {**dict.fromkeys(CAUSES, 0.0), "lr_too_low": 0.3, "healthy": 0.2, "lr_too_high": 0.1, "dead_network": 0.2,
              "bad_data": 0.1, "unknown": 0.1}  # fmt: skip
    wholes: tuple[tuple[str, dict[CauseName, float]], ...] = (("even", EVEN), ("tilted", tilted), ("none", {}))
    for low, high in ((0.05, 0.05), (0.1, 0.6), (0.6, 0.1), (0.0, 0.87), (0.0, 1.0), (0.3, 0.3)):
        for rate, (name, known) in product((1e-3, None), wholes):
            outlook = _outlook(low, high, rate=rate)
            for kind, steps, points in (
                ("learned", 3000, 12), ("ran_away", 10_000, 5), ("ends_non_finite", 3000, 5), ("few_points", 90, 5),
                ("lost_at_once", 3000, 3),
            ):  # fmt: skip
                joined = with_rate(known, outlook, (told(kind),), ("healthy",), steps=steps, points=points)  # type: ignore[arg-type]
                yield f"{low} and {high}, {rate}, {name}, {kind}, {steps} steps, {points} points: {shares(joined)}"
        yield from _beside_causes(low, high)


def _beside_causes(low: float, high: float) -> Iterator[str]:
    for cause, rate in product(("lr_too_low", "healthy", "lr_too_high", "overfitting"), (1e-3, None)):
        outlook = _outlook(low, high, rate=rate)
        backed = [
            backs(outlook, Cause(cause=cause, probability=share), (told(kind),), sure=sure)  # type: ignore[arg-type]
            for share, kind, sure in product(SHARES, ("learned", "lr_cycles", "resumed_unharmed"), (0.5, 0.7, 0.85))
        ]
        yield f"{cause}, {low} and {high}, {rate}: backed {''.join('-+'[one] for one in backed)}"
        for factor, validated, whole in product((0.2, 0.75, 1.0, 1.3, 1.5, 9.0), (True, False), (True, False)):
            moved = advised(replace(outlook, factor=factor), cause, validated=validated, whole=whole)  # type: ignore[arg-type]
            said = "no" if moved is None else " ".join(short(one) for one in moved)
            yield f"    by {factor}, validated {validated}, whole {whole}: {said}"
        answer = of_outlook(outlook, _cause(cause, 0.6))  # type: ignore[arg-type]
        if answer is not None:
            yield f"    of it: {answer.verdict} {answer.probability:.3f}"


def answers() -> Iterator[str]:
    """What is answered about the rate beside each cause."""
    verdicts: tuple[RateVerdict, ...] = get_args(RateVerdict)
    for cause, verdict, known in product(CAUSES, verdicts, (True, False)):
        answered = []
        for share in SHARES[2:]:
            rate = LearningRate(verdict=verdict, probability=share, because=(), regret=())
            one = agreeing(rate, _cause(cause, 0.6), ("healthy", "lr_too_high", cause), known=known)
            answered.append("" if one is None else f"{one.verdict} {one.probability:.2f}")
        yield f"{cause}, {verdict}, known {known}: {', '.join(dict.fromkeys(answered))}"


def sizes() -> Iterator[str]:
    for cause, down, up in product(CAUSES, (-9.0, -1.5, 0.2), (0.2, 1.5, 9.0)):
        if CAUSES[cause].direction:
            of = [
                change(cause, {cause: share, "bad_data": other}, -down, up, ran_away=away)
                for share, other, away in product((0.3, 0.7, 0.76), (0.11, 0.12, 0.13), (True, False))
            ]
            yield f"{cause} {down} {up}: {' '.join(short(one) for one in of)}"
    for octaves, error in product((-9.0, -3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 9.0), (0.1, 1.0, 4.0)):
        size = Size(octaves=octaves, error=error)
        near = [_within_reach(size, rated=rated) for rated in (True, False)]
        joint = [_joined(size, (1.0, 0.5, 2.0), share) for share in (0.0, 0.75)]
        ends = "; ".join(f"{one.octaves:.3f} {one.low:.3f} {one.high:.3f} {one.open}" for one in (size, *near, *joint))
        yield f"{octaves} +- {error}: {ends}"
    yield " ".join(_factor(by) for by in (0.0312, 1.0, 1.26, 9.96, 99.4, 100.0, 104.0, 1e3, 12_345.0, 1e6))
    yield " ".join(short(_bounded(1e-3, octaves, 5e-4, 3e-3)) for octaves in (-3.0, -1.0, -0.5, 0.0, 1.0, 1.58, 2.0))
    for steps, kind in product((1, 50, 3000, 1e5, 1e9), (None, 0, 1, 2)):
        usual = usual_rates(steps, kind)
        yield f"{steps} steps, {kind}: {usual.line} " + " ".join(
            f"{usual.below(rate):.3f}" for rate in (-6.0, -3.0, 0.0)
        )


def decided() -> Iterator[str]:
    """Scores to probabilities, where one thing or another is known of the run."""
    outcomes = [cause for cause in CAUSES if cause != "unknown"]
    for lead, by in product(range(len(outcomes)), (0.5, 1.9, 2.1, 6.0)):
        scores = np.zeros(len(outcomes))
        scores[lead] = by
        for known in ((False, False, False), (True, True, False), (False, True, True)):
            jumped, wide, arrived = (np.array(one) for one in known)
            of = probabilities(scores, outcomes, never_jumped=jumped, scatters=wide, converged=arrived)
            yield f"{outcomes[lead]} by {by}, {known}: {' '.join(f'{one:.3f}' for one in of)}"


def words() -> Iterator[str]:
    """What is told of each measure by its value: the sentence, '(no reason)' after one that is none."""
    for one in MEASURES:
        yield one.name
        told = {one.sentence(value) + ("" if one.telling(value) else " (no reason)"): value for value in VALUES}
        yield from (f"    {value:g}: {text}" for text, value in told.items())


TABLES = {
    "words": words,
    "facts": facts,
    "causes": causes,
    "rates": rates,
    "answers": answers,
    "sizes": sizes,
    "decided": decided,
}


@pytest.mark.parametrize("name", TABLES)
def test_what_is_said_alone_is_what_the_table_holds(name: str, rewrite_goldens: bool) -> None:
    compare(FOLDER / f"{name}.txt", TABLES[name](), rewrite=rewrite_goldens)
