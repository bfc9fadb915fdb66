"""Is the rate right, beside what else is wrong: the outlook's own answer, in agreement with causes and facts.

Two answers that contradict one another are none: where the causes say that nothing is to change, the rate is right or
it cannot be told; a rate that the facts do not let be called too low is not called so here either.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from loglens.advice.regret.joined import OF_RATE
from loglens.advice.regret.outlook import LISTED, VERDICTS, RateOutlook
from loglens.model.causes import CauseName
from loglens.model.diagnosis import Cause, LearningRate, RateRegret

BESIDE = 0.8
"""Probability from which a rate that is wrong is told beside another cause."""
OF_VERDICT: dict[str, CauseName] = {"too_low": "lr_too_low", "too_high": "lr_too_high"}
SHOWN = 6


def learning_rate(
    outlook: RateOutlook | None, causes: tuple[Cause, ...], allowed: Collection[CauseName], *, heard: float = 1.0
) -> LearningRate | None:
    """The document's `learning_rate`. `causes`: as they were told in the end, the likeliest first; `allowed`: the
    admissible ones; `heard`: how much of the outlook counts (`joined.heard_of`): a log that is told to hold too little
    to name a cause holds too little to call its rate right."""
    known = heard == 1.0 and outlook is not None and outlook.rate is not None
    return agreeing(of_outlook(outlook, causes), causes, allowed, known=known)


def of_outlook(outlook: RateOutlook | None, causes: Iterable[Cause]) -> LearningRate | None:
    """What the regret of the rates says. `causes`: as they were told, the likeliest first; where one of the rate's
    leads, the verdict is the mean of both, and never the opposite of what leads."""
    if outlook is None:
        return None
    verdict, probability = outlook.verdict, outlook.probability
    told = {cause.cause: cause.probability for cause in causes}
    lead = next(iter(told), None)
    if lead in OF_RATE:
        sides = [told.get(cause, 0.0) for cause in OF_RATE]
        three = [(own + side / sum(sides)) / 2 for own, side in zip(outlook.probabilities, sides, strict=True)]
        place = OF_RATE.index(lead)
        probability = three[place] if three[place] == max(three) else 1 - max(three)
        verdict = VERDICTS[place] if three[place] == max(three) else "cannot_tell"
    because = [f"{_side(item.points)}: {item.text}" for item in outlook.evidence[:SHOWN]]
    if outlook.prior_line:
        because.append(outlook.prior_line[0].upper() + outlook.prior_line[1:])
    return LearningRate(
        verdict=verdict,
        probability=probability,
        because=tuple(because),
        regret=tuple(
            RateRegret(
                lr=None if outlook.rate is None else outlook.rate * 2.0 ** float(outlook.log2_factors[k]),
                factor=2.0 ** float(outlook.log2_factors[k]),
                regret=float(outlook.expected_regret[k]),
                low=low,
                high=high,
            )
            for k, low, high in zip(LISTED, outlook.regret_low.tolist(), outlook.regret_high.tolist(), strict=True)
        ),
    )


def _side(points: float) -> str:
    return "Speaks for too high a rate" if points > 0 else "Speaks for too low a rate"


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
            return replace(_said(rate, "too_low", top.probability), probability=top.probability)
        case "lr_too_high":
            return replace(_said(rate, "too_high", top.probability), probability=top.probability)
        case "healthy":
            if not known:
                return _said(rate, "cannot_tell", 1.0 - rate.probability)
            return _said(rate, "right", top.probability) if rate.verdict != "cannot_tell" else rate
        case "resume_discontinuity" if (
            rate.verdict in OF_VERDICT
        ):  # a curve put together from pieces says nothing of it
            return _said(rate, "cannot_tell", 1.0 - rate.probability)
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
