"""Causes with probabilities: the sum of the evidence for each, made into odds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import numpy as np

from loglens.advice.evidence import measure
from loglens.advice.evidence.measure import ABSENT, NOTHING, ORDINARY, UNSPOKEN
from loglens.advice.weights import Weights
from loglens.model.diagnosis import Cause, Weight
from loglens.model.finding import CauseName, Finding, FindingKind
from loglens.model.run import FloatArray

SHOWN_WEIGHTS = 8
SHOWN_SENTENCES = 3
LIKELY = 0.02
"""Causes less likely than this do not show their weights."""
SPEAKS = 0.25
"""Log-odds from which a piece of evidence is worth a sentence: it changes the odds by a quarter."""
PLAIN = 1.0
"""Points a finding is ahead in the order of reasons: it says in plain words what a sign says in numbers."""
DOUBT = 0.6
"""How much of the probability a run without resolvable progress and without findings leaves to `unknown`."""
FOUND = "found:"
"""What the name of a finding begins with among the weights."""
FOUND_WORDS: Mapping[FindingKind, str] = {
    "loss_spike": "the loss spikes",
    "oscillation": "the loss oscillates",
    "stagnation": "the loss stagnates",
    "divergence": "the loss diverges",
    "non_finite": "the loss or the gradient norm becomes NaN or infinite",
    "slow_progress": "the loss falls far too slowly",
    "overfitting": "the validation loss rises while the train loss falls",
    "lr_jump": "the learning rate jumps",
    "resume": "the run was resumed",
    "gradient_explosion": "the gradient norm explodes",
    "gradient_vanishing": "the gradient norm vanishes",
    "periodic_pattern": "the loss repeats itself in a rhythm",
    "logging": "the log itself is odd",
}
UNSURE = 0.3
"""Below this probability the likeliest cause is a guess, and `unknown` is the answer."""

Evidence = Mapping[str, float | None]


def ranked_causes(
    evidence: Evidence,
    model: Weights,
    findings: tuple[Finding, ...] = (),
    *,
    excluded: frozenset[CauseName] = frozenset(),
) -> tuple[Cause, ...]:
    """All causes, the likeliest first, each with what speaks for and against it: evidence, and findings of weight.

    `excluded`: causes that the log rules out, whatever the evidence adds up to; they get no probability.
    """
    seen = sorted({one.kind for one in findings if one.severity != "info" and one.kind in model.findings})
    said = np.array([[model.findings[kind].get(name, 0.0) for name in model.causes.outcomes] for kind in seen])
    parts = model.causes.contributions(evidence) / model.temperature
    parts = np.vstack([parts, said]) if seen else parts
    scores = model.causes.bias / model.temperature + parts.sum(axis=0)
    scores[[place for place, name in enumerate(model.causes.outcomes) if name in excluded]] = -np.inf
    odds = np.exp(scores - scores.max())
    probabilities = odds / odds.sum()
    order = np.argsort(-probabilities)
    share = 1.0
    causes: list[Cause] = []
    if probabilities[order[0]] < UNSURE:
        share = 1 - UNSURE
        causes.append(
            Cause(cause="unknown", probability=UNSURE, because=("The evidence is spread over too many causes.",))
        )
    names = [term.name for term in model.causes.terms] + [f"{FOUND}{kind}" for kind in seen]
    evidence = {**evidence, **{f"{FOUND}{kind}": 1.0 for kind in seen}}
    for place in order.tolist():
        # against the average of the other causes, weighted by how likely they are: what this evidence decides here
        against = _others(parts, probabilities, place)
        ranked = _strongest(names, evidence, parts[:, place] - against)
        causes.append(
            Cause(
                cause=cast("CauseName", model.causes.outcomes[place]),
                probability=float(probabilities[place]) * share,
                because=reasons(ranked, evidence),
                weights=tuple(_weight(name, points, evidence) for name, points in ranked[:SHOWN_WEIGHTS])
                if probabilities[place] >= LIKELY
                else (),
            )
        )
    return tuple(causes)


def doubted(causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The same causes where the loss moved no further than its own scatter and nothing else was seen: most of the
    probability goes to `unknown`, because what evidence measures against the gain means little there."""
    reason = "The loss moved no further than its own scatter, and no finding of weight was made."
    rest = [replace(one, probability=one.probability * (1 - DOUBT)) for one in causes if one.cause != "unknown"]
    share = 1.0 - sum(one.probability for one in rest)
    return (Cause(cause="unknown", probability=share, because=(reason,)), *rest)


def lost_at_once(finite: int, logged: int) -> tuple[Cause, ...]:
    """The answer for a run that was no number any more after a handful of points: nothing but a rate far too high does
    that so often, a broken batch or a faulty loss sometimes does."""
    reason = f"Of {logged} logged losses only the first {finite} are numbers." if finite else "No loss is a number."
    return (
        Cause(cause="lr_too_high", probability=0.6, because=(reason,)),
        Cause(cause="unknown", probability=0.25),
        Cause(cause="bad_data", probability=0.15, because=(reason,)),
    )


def no_evidence(points: int) -> tuple[Cause, ...]:
    """The answer for a log too short to judge."""
    return (
        Cause(
            cause="unknown",
            probability=0.9,
            because=(f"The log holds {points} finite losses, too few to tell causes apart: log more often.",),
        ),
        Cause(cause="healthy", probability=0.1),
    )


def _others(parts: FloatArray, probabilities: FloatArray, place: int) -> FloatArray:
    rest = probabilities.copy()
    rest[place] = 0.0
    return np.asarray(parts @ (rest / max(float(rest.sum()), 1e-12)))


def _strongest(names: list[str], evidence: Evidence, points: FloatArray) -> list[tuple[str, float]]:
    """(name, points) of all evidence for and against a cause, strongest first; what a log lacks is not evidence."""
    order = np.argsort(-np.abs(points)).tolist()
    return [(names[place], float(points[place])) for place in order if evidence.get(names[place]) is not None]


def _weight(name: str, points: float, evidence: Evidence) -> Weight:
    return Weight(name=name, points=round(points, 3), text=_text(name, evidence[name]))


def _text(name: str, value: float | None) -> str:
    if name.startswith(FOUND):
        return FOUND_WORDS[cast("FindingKind", name.removeprefix(FOUND))]
    return measure(name).sentence(value or 0.0)


def _seen(name: str, evidence: Evidence) -> bool:
    """Whether the sign is there to be seen: what is missing, as usual or needs a paragraph of its own weighs in, but is
    no reason to lead with."""
    if name in UNSPOKEN:
        return False
    value = evidence.get(name) or 0.0
    low, high = ORDINARY.get(name, (math.inf, math.inf))
    return not low <= value <= high and (name not in ABSENT or abs(value) >= NOTHING)


def reasons(ranked: list[tuple[str, float]], evidence: Evidence) -> tuple[str, ...]:
    """The sentences a user is told: the strongest signs first, what a detector found before signs as strong.

    `ranked`: (name, points) of the evidence for and against a cause.
    """
    strong = [(name, points) for name, points in ranked if points >= SPEAKS and _seen(name, evidence)]
    first = sorted(strong, key=lambda one: -one[1] - PLAIN * one[0].startswith(FOUND))
    return tuple(_sentence(_weight(name, points, evidence)) for name, points in first[:SHOWN_SENTENCES])


def _sentence(weight: Weight) -> str:
    return f"{weight.text[0].upper()}{weight.text[1:]} ({weight.points:+.1f})."
