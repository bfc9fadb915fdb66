"""Is the rate right, beside what else is wrong: the outlook's own answer, in agreement with causes and facts.

Two answers that contradict one another are none: where the causes say that nothing is to change, the rate is right or
it cannot be told; a rate that the facts do not let be called too low is not called so here either.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, LearningRate

BESIDE = 0.8
"""Probability from which a rate that is wrong is told beside another cause."""
OF_VERDICT: dict[str, CauseName] = {"too_low": "lr_too_low", "too_high": "lr_too_high"}


def agreeing(
    rate: LearningRate | None, causes: tuple[Cause, ...], allowed: Collection[CauseName], *, known: bool
) -> LearningRate | None:
    """`rate` as it may stand beside `causes`; `allowed`: the admissible ones; `known`: whether the run's rate
    is."""
    if rate is None:
        return None
    top = causes[0]
    match top.cause:
        case "lr_too_low":
            return _said(rate, "too_low", top.probability)
        case "lr_too_high":
            return _said(rate, "too_high", top.probability)
        case "healthy":
            if not known:
                return _said(rate, "cannot_tell", 1.0 - rate.probability)
            return _said(rate, "right", top.probability) if rate.verdict != "cannot_tell" else rate
        case _:
            blamed = OF_VERDICT.get(rate.verdict)
            told = known and (blamed is None or (blamed in allowed and rate.probability >= BESIDE))
            return rate if told else _said(rate, "cannot_tell", 1.0 - rate.probability)


def _said(rate: LearningRate, verdict: str, probability: float) -> LearningRate:
    if rate.verdict == verdict:
        return rate
    wrong = {
        "right": "Speaks for",
        "cannot_tell": "Speaks for",
        "too_low": "Speaks for too high",
        "too_high": "Speaks for too low",
    }
    kept = tuple(item for item in rate.because if not item.startswith(wrong[verdict]))
    return replace(rate, verdict=verdict, probability=probability, because=kept)  # type: ignore[arg-type]
