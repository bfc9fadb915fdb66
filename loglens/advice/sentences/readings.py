"""What a sign means for a cause, in a sentence that says why it speaks for it: the table is `readings.toml`.

A measure alone ("the level wobbles 0.1× as much as ...") is no reason: what it says depends on the cause, and on which
side of the ordinary it lies. A sign without a reading weighs in and is listed, but is not told as a reason.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from loglens.model.causes import CauseName

TABLE = Path(__file__).parent / "readings.toml"
SPREAD = "Many small signs speak for it together, none of them much by itself."
"""Where no single sign can be put into words."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`text`: with `{value}` as the measure shows it; told for values from `low` to `high`, in the measure's own unit.
    `idea`: what it says; told once."""

    idea: str
    low: float
    high: float
    text: str


@cache
def readings() -> Mapping[str, Mapping[str, Reading]]:
    """Cause -> measure -> what it means there."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {cause: {name: _reading(row) for name, row in rows.items()} for cause, rows in table.items()}


def _reading(row: Mapping[str, Any]) -> Reading:
    return Reading(
        idea=row["idea"],
        low=_own_unit(row.get("from", -math.inf), row.get("scale")),
        high=_own_unit(row.get("to", math.inf), row.get("scale")),
        text=row["text"],
    )


def _own_unit(value: float, scale: str | None) -> float:
    """A bound in the unit in which the measure holds its value; beyond all values where it is infinite."""
    if math.isinf(value) or scale is None:
        return float(value)
    return math.log(value) if scale == "times" else math.copysign(math.log1p(abs(value)), value)


def told(cause: CauseName, signs: Iterable[tuple[str, float, str]]) -> Iterator[str]:
    """The sentences for `signs`, one an idea, in their order. `signs`: (measure, value, value as it is shown)."""
    said: set[str] = set()
    known = readings().get(cause, {})
    for name, value, shown in signs:
        reading = known.get(name)
        if reading is None or reading.idea in said or not reading.low <= value <= reading.high:
            continue
        said.add(reading.idea)
        text = reading.text.format(value=shown)
        yield f"{text[0].upper()}{text[1:]}"
