"""Whether the learning rate is right, as the contract's JSON, and back."""

from __future__ import annotations

from typing import Any

from loglens.model.diagnosis import LearningRate, RateRegret

Json = dict[str, Any]
DIGITS = 4


def rate_document(rate: LearningRate) -> Json:
    return {
        "verdict": rate.verdict,
        "probability": round(rate.probability, 6),
        "because": list(rate.because),
        "regret": [
            {
                "lr": item.lr,
                "factor": item.factor,
                "regret": round(item.regret, DIGITS),
                "low": round(item.low, DIGITS),
                "high": round(item.high, DIGITS),
            }
            for item in rate.regret
        ],
    }


def rate_back(entry: Json) -> LearningRate:
    """Raises KeyError, TypeError or ValueError on what is none."""
    return LearningRate(
        verdict=entry["verdict"],
        probability=float(entry["probability"]),
        because=tuple(str(item) for item in entry.get("because", ())),
        regret=tuple(_regret_back(item) for item in entry.get("regret", ())),
    )


def _regret_back(entry: Json) -> RateRegret:
    lr, regret = entry["lr"], float(entry["regret"])
    return RateRegret(
        lr=None if lr is None else float(lr),
        factor=float(entry.get("factor", 1.0)),
        regret=regret,
        low=float(entry.get("low", regret)),
        high=float(entry.get("high", regret)),
    )
