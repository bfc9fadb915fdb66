"""The pieces of a picture, and what stands at its edges: the ends of a thumbnail's axes, marks where a curve is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.render import numbers
from loglens.render.page.svg_scale import Scale, StepScale

APART = 8
"""Units between two marks at the edge."""


@dataclass(frozen=True, slots=True)
class Tick:
    """`anchor`: the class that says which end of the label stands at `at` ('' for its start)."""

    at: float
    label: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Shape:
    """`d`: path data; or a rectangle (`x`, `width`); `label` sits at `x`."""

    style: str
    d: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    label: str = ""


def end_ticks(span: tuple[int, int], x: StepScale) -> tuple[Tick, ...]:
    """The first and the last step, inside the picture."""
    first, last = span
    ends = (Tick(x.at(first), numbers.axis(first), ""), Tick(x.at(last), numbers.axis(last), "end"))
    return ends if last > first else ends[:1]


def cut(curves: Sequence[tuple[IntArray, FloatArray]], x: StepScale, y: Scale, top: int) -> tuple[Shape, ...]:
    """Small arrows at the upper edge where a curve (steps, values) goes on above it."""
    above = [steps[np.isfinite(values) & (values > y.high)] for steps, values in curves]
    if not any(map(len, above)):
        return ()
    steps = np.unique(np.concatenate(above))
    places = np.unique(np.round(x(steps) / APART).astype(int)) * APART
    return (Shape(style="cut", d="".join(f"M{at - 3} {top}l3-5 3 5z" for at in places.tolist())),)
