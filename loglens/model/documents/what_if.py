"""The contract's `what_if` and `lost`, with our own fields beside them, to JSON and back."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np

from loglens.model.results.what_if import LackedByLaw, Lost, WhatIf, WhatIfLaw
from loglens.model.run import FloatArray

Json = dict[str, Any]


def what_if_json(one: WhatIf | None) -> Json | None:
    """The document's `what_if`."""
    if one is None:
        return None
    return {
        "refused": one.refused or None,
        "law": one.law,
        "lacks": one.lacks,
        "steps": _numbers(one.steps),
        "loss": _numbers(one.loss),
        "low": _numbers(one.low),
        "high": _numbers(one.high),
        "steps_saved": one.steps_saved,
        "hours_saved": _number(one.hours_saved),
        "ended_at": _number(one.ended_at),
        "factor": _number(one.factor),
        "reached_at": one.reached_at,
        "decay_from": one.decay_from,
        "sibling": one.sibling or None,
    }


def what_if_back(one: Json | None) -> WhatIf | None:
    """The way back; a document of another tool holds the contract's fields alone, or none of them."""
    if one is None or not (one.get("refused") or one.get("steps")):
        return None
    law = None if one.get("refused") else one.get("law", "time_rescale" if one.get("steps_saved") else "annealing")
    if law is not None and law not in get_args(WhatIfLaw):
        raise ValueError(f"what_if: there is no law {law!r:.60}")
    lacks = one.get("lacks")
    if lacks is not None and lacks not in get_args(LackedByLaw):
        raise ValueError(f"what_if: {lacks!r:.60} is nothing a log can lack")
    return WhatIf(
        law=law,
        refused=_text(one.get("refused")),
        lacks=lacks,
        steps=_array(one.get("steps", [])),
        loss=_array(one.get("loss", [])),
        low=_array(one.get("low") or one.get("loss", [])),
        high=_array(one.get("high") or one.get("loss", [])),
        steps_saved=one.get("steps_saved"),
        hours_saved=one.get("hours_saved"),
        ended_at=one.get("ended_at"),
        factor=one.get("factor"),
        reached_at=one.get("reached_at"),
        decay_from=one.get("decay_from"),
        sibling=_text(one.get("sibling")),
    )


def lost_json(one: Lost | None) -> Json | None:
    """The document's `lost`."""
    if one is None:
        return None
    return {"steps": one.steps, "hours": _number(one.hours), "since": one.since, "regained": one.regained, "of": one.of}


def lost_back(one: Json | None) -> Lost | None:
    """The way back; None where the steps are not told."""
    if one is None or one.get("steps") is None:
        return None
    return Lost(
        since=one.get("since"),
        steps=one["steps"],
        regained=bool(one.get("regained", False)),
        hours=one.get("hours"),
        of=one.get("of"),
    )


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _numbers(values: FloatArray) -> list[float | None]:
    return [_number(value) for value in values.tolist()]


def _array(values: list[float]) -> FloatArray:
    return np.array(values, dtype=np.float64)


def _text(value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r:.60} where text belongs")
    return value or ""
