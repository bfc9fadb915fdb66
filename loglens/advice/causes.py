"""Causes with probabilities: the sum of the evidence for each, made into odds."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import cast

import numpy as np
from numpy.typing import NDArray

from loglens.advice.decide import DOUBT, probabilities
from loglens.advice.features import measure
from loglens.advice.finding_features import FOUND, words
from loglens.advice.sentences.readings import SPREAD, readings, told
from loglens.advice.weights import Weights
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, Weight
from loglens.model.run import FloatArray

SHOWN_WEIGHTS = 8
SHOWN_SENTENCES = 3
LIKELY = 0.02
"""Causes less likely than this do not show their weights."""
NAMED = 0.3
"""A cause as likely as this says something, if only that no single sign does."""
SPEAKS = 0.25
"""Log-odds from which a piece of evidence is worth a sentence: it changes the odds by a quarter."""
Evidence = Mapping[str, float | None]


def ranked_causes(
    evidence: Evidence, model: Weights, *, never_jumped: bool = False, scatters: bool = False, converged: bool = False
) -> tuple[Cause, ...]:
    """All causes, the likeliest first, each with what speaks for and against it.

    `evidence`: the measures and the findings, by name. `never_jumped`, `scatters`, `converged`: what the log says
    outright (see `loglens.advice.decide`). `unknown` is among the causes, as the first, where the log does not tell.
    """
    parts = model.causes.contributions(evidence) / model.temperature
    scores = model.causes.bias / model.temperature + parts.sum(axis=0)
    *known, unknown = probabilities(
        scores,
        model.causes.outcomes,
        never_jumped=np.array(never_jumped),
        scatters=np.array(scatters),
        converged=np.array(converged),
    ).tolist()
    share = np.array(known)
    names = [term.name for term in model.causes.terms]
    logged = np.array([evidence.get(name) is not None for name in names])
    causes = [_unknown(unknown)] if unknown else []
    for place in np.argsort(-share, kind="stable").tolist():
        # against the average of the other causes, weighted by how likely they are: what this evidence decides here
        ranked = _strongest(names, logged, parts[:, place] - _others(parts, share, place))
        shown = ranked[:SHOWN_WEIGHTS] if share[place] >= LIKELY else []
        causes.append(
            Cause(
                cause=cast("CauseName", model.causes.outcomes[place]),
                probability=float(share[place]),
                because=reasons(cast("CauseName", model.causes.outcomes[place]), ranked, evidence)
                or ((SPREAD,) if share[place] >= NAMED else ()),
                weights=tuple(_weight(name, points, evidence) for name, points in shown),
            )
        )
    return tuple(causes)


def _unknown(share: float) -> Cause:
    why = "The loss only scatters, widely, and no finding at warning or above was made."
    if share < DOUBT:
        why = "The evidence is spread over too many causes."
    return Cause(cause="unknown", probability=share, because=(why,))


def _others(parts: FloatArray, share: FloatArray, place: int) -> FloatArray:
    rest = share.copy()
    rest[place] = 0.0
    return np.asarray(parts @ (rest / max(float(rest.sum()), 1e-12)))


def _strongest(names: list[str], logged: NDArray[np.bool_], points: FloatArray) -> list[tuple[str, float]]:
    """(name, points) of the evidence for and against a cause, strongest first: all that is worth a sentence, and what
    is shown. What a log lacks is not evidence."""
    size = np.abs(points)
    order = np.argsort(-size, kind="stable")
    order = order[logged[order]]
    order = order[: max(SHOWN_WEIGHTS, int(np.count_nonzero(size[order] >= SPEAKS)))]
    return [(names[place], value) for place, value in zip(order.tolist(), points[order].tolist(), strict=True)]


def _weight(name: str, points: float, evidence: Evidence) -> Weight:
    return Weight(name=name, points=round(points, 3), text=_text(name, evidence[name]))


def _text(name: str, value: float | None) -> str:
    return words(name, value or 0.0) if name.startswith(FOUND) else measure(name).sentence(value or 0.0)


def _seen(name: str, evidence: Evidence) -> bool:
    """Whether the sign is there to be seen: what is missing, as usual or needs a paragraph of its own weighs in, but is
    no reason to lead with."""
    return measure(name).telling(evidence.get(name) or 0.0)


def reasons(cause: CauseName, ranked: list[tuple[str, float]], evidence: Evidence) -> tuple[str, ...]:
    """The signs a user is told, strongest first, each in words that say why it speaks for the cause. What a detector
    found is told in its own words elsewhere.

    `ranked`: (name, points) of the evidence for and against a cause, strongest first.
    """
    tellable = readings().get(cause, {})
    signs = (
        (name, evidence[name] or 0.0, measure(name).shown(evidence[name] or 0.0))
        for name, points in ranked
        if points >= SPEAKS and name in tellable and not name.startswith(FOUND) and _seen(name, evidence)
    )
    return tuple(islice(told(cause, signs), SHOWN_SENTENCES))
