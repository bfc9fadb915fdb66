"""The contract's `what_if` and `lost`, with our own fields beside them, to JSON and back."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np

from loglens.model.results.what_if import LackedByLaw, Lost, WhatIf, WhatIfLaw
from loglens.model.run import FloatArray

Json = dict[str, Any]


def what_if_json(what_if: WhatIf | None) -> Json | None:
    """The document's `what_if`."""
    if what_if is None:
        return None
    return {
        "refused": what_if.refused or None,
        "law": what_if.law,
        "lacks": what_if.lacks,
        "steps": _numbers(what_if.steps),
        "loss": _numbers(what_if.loss),
        "low": _numbers(what_if.low),
        "high": _numbers(what_if.high),
        "steps_saved": what_if.steps_saved,
        "hours_saved": _number(what_if.hours_saved),
        "ended_at": _number(what_if.ended_at),
        "factor": _number(what_if.factor),
        "reached_at": what_if.reached_at,
        "decay_from": what_if.decay_from,
        "sibling": what_if.sibling or None,
    }


def what_if_back(document: Json | None) -> WhatIf | None:
    """The way back; a document of another tool holds the contract's fields alone, or none of them."""
    if document is None or not (document.get("refused") or document.get("steps")):
        return None
    law = (
        None
        if document.get("refused")
        else document.get("law", "time_rescale" if document.get("steps_saved") else "annealing")
    )
    if law is not None and law not in get_args(WhatIfLaw):
        raise ValueError(f"what_if: there is no law {law!r:.60}")
    lacks = document.get("lacks")
    if lacks is not None and lacks not in get_args(LackedByLaw):
        raise ValueError(f"what_if: {lacks!r:.60} is nothing a log can lack")
    return WhatIf(
        law=law,
        refused=_text(document.get("refused")),
        lacks=lacks,
        steps=_array(document.get("steps", [])),
        loss=_array(document.get("loss", [])),
        low=_array(document.get("low") or document.get("loss", [])),
        high=_array(document.get("high") or document.get("loss", [])),
        steps_saved=document.get("steps_saved"),
        hours_saved=document.get("hours_saved"),
        ended_at=document.get("ended_at"),
        factor=document.get("factor"),
        reached_at=document.get("reached_at"),
        decay_from=document.get("decay_from"),
        sibling=_text(document.get("sibling")),
    )


def lost_json(lost: Lost | None) -> Json | None:
    """The document's `lost`."""
    if lost is None:
        return None
    return {
        "steps": lost.steps,
        "hours": _number(lost.hours),
        "since": lost.since,
        "regained": lost.regained,
        "of": lost.of,
    }


def lost_back(document: Json | None) -> Lost | None:
    """The way back; None where the steps are not told."""
    if document is None or document.get("steps") is None:
        return None
    return Lost(
        since=document.get("since"),
        steps=document["steps"],
        regained=bool(document.get("regained", False)),
        hours=document.get("hours"),
        of=document.get("of"),
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
