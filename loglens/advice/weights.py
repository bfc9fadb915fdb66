"""The fitted numbers of the advice, read from `weights.json` once. `python -m tests.lab.fit` makes that file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from loglens.advice.scorecard import Scorecard, from_document


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """`causes`: scores of the causes, to be divided by `temperature`. `down`, `up`: log2 of the factor to a rate that
    works for a run whose rate is too high or too low, with the typical error `*_octaves` on tasks never seen.
    `table`: the fingerprint of the table they were fitted on."""

    causes: Scorecard
    temperature: float
    down: Scorecard
    down_octaves: float
    up: Scorecard
    up_octaves: float
    table: str = ""


@cache
def weights() -> Weights:
    """The weights this version ships."""
    text = files("loglens.advice").joinpath("weights.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return Weights(
        causes=from_document(document["causes"]),
        temperature=float(document["temperature"]),
        down=from_document(document["down"]),
        down_octaves=float(document["down"]["octaves"]),
        up=from_document(document["up"]),
        up_octaves=float(document["up"]["octaves"]),
        table=str(document["table"]),
    )
