"""A chart as an SVG picture: for paper, mail and browsers without JavaScript.

Only geometry here, in a frozen `SvgChart`; the template draws it, which keeps escaping in one place. Coordinates are
whole units of a `WIDTH` wide viewBox: a curve of 100,000 points becomes at most two points a unit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.render import numbers
from loglens.render.page.svg_edges import Shape, Tick, cut, end_ticks
from loglens.render.page.svg_scale import Scale, StepScale

WIDTH = 860
LARGEST_EXACT = 2**53
"""Above it floats skip whole numbers."""
LEFT, RIGHT, TOP, BOTTOM = 62, 12, 20, 22
"""Margins for the labels of the axes and the findings' numbers."""
SMALL = 38, 4, 7, 14
"""The same for a thumbnail: only the ends of its axes are labelled."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Line:
    """A series to be drawn. `style`: the class of CSS that gives colour and dashes; `dots`: marks on its points."""

    style: str
    steps: IntArray
    values: FloatArray
    dots: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ribbon:
    """The area between two curves over the same steps: an interval. `style` as in `Line`."""

    style: str
    steps: IntArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A shaded stretch of steps with a label; `style` as in `Line`. `rank`: its row where labels would collide."""

    style: str
    start: int
    end: int
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A vertical line (an LR event) or a sign on the curve (a spike's peak), at a step and, for a sign, a value."""

    style: str
    step: int
    value: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SvgChart:
    """Everything the template needs: sizes, ticks, shaded stretches, curves and marks, all in viewBox units."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    bands: tuple[Shape, ...]
    lines: tuple[Shape, ...]
    marks: tuple[Shape, ...]
    logarithmic: bool = False

    @property
    def empty(self) -> bool:
        return not self.lines


def draw(
    lines: Sequence[Line],
    *,
    height: int,
    span: tuple[int, int],
    bands: Sequence[Stretch] = (),
    markers: Sequence[Marker] = (),
    ribbon: Ribbon | None = None,
    logarithmic: bool = False,
    labels: bool = True,
    rates: bool = False,
    width: int = WIDTH,
    limits: tuple[float, float] | None = None,
) -> SvgChart:
    """The picture of some series over one range of steps. `labels` False: a thumbnail, labelled at the ends of its axes
    only; `rates`: values are learning rates and are written as such; `limits`: the values to show: a curve that leaves
    them is cut, and marked at the edge."""
    left, right, top, bottom = (LEFT, RIGHT, TOP, BOTTOM) if labels else SMALL
    edges = (
        () if ribbon is None else tuple(Line(style="", steps=ribbon.steps, values=v) for v in (ribbon.low, ribbon.high))
    )
    low, high = limits or value_range((*lines, *edges), logarithmic=logarithmic)
    first, last = span if span[1] > span[0] else (span[0] - 1, span[0] + 1)
    x = StepScale(first, Scale(0.0, float(last - first), left, width - right))
    y = Scale(low, high, height - bottom, top, logarithmic)
    name = numbers.lr if rates else numbers.axis
    shapes = [] if ribbon is None else [_ribbon(ribbon, x, y)]
    shapes += [shape for line in lines for shape in _line(line, x, y)]
    return SvgChart(
        width=width,
        height=height,
        left=left,
        right=width - right,
        top=top,
        bottom=height - bottom,
        x_ticks=_x_ticks(first, last, x) if labels else end_ticks(span, x),
        y_ticks=tuple(Tick(y.at(at), name(at)) for at in (_y_ticks(low, high, logarithmic) if labels else (low, high))),
        bands=tuple(_band(band, x) for band in bands),
        lines=tuple(shapes),
        marks=tuple(_marker(marker, x, y) for marker in markers)
        + _lost(lines, x, top)
        + cut([(line.steps, line.values) for line in lines], x, y, top),
        logarithmic=logarithmic,
    )


MOST_TINY, MOST_HUGE = 1e-307, 1.7e308
"""The ends of a logarithmic axis: what a float holds with all its digits."""


def value_range(lines: Sequence[Line], *, logarithmic: bool = False) -> tuple[float, float]:
    """Lowest and highest drawable value with some air; 0 to 1 where there is none, a band around a constant."""
    drawable = [line.values[np.isfinite(line.values) & ((line.values > 0) | (not logarithmic))] for line in lines]
    everything = np.concatenate(drawable) if drawable else np.array([])
    if not len(everything):
        return (0.1, 1.0) if logarithmic else (0.0, 1.0)
    low, high = float(everything.min()), float(everything.max())
    if logarithmic:
        air = 1.2 if low < high else 2.0
        bottom = max(low / air, MOST_TINY)
        return bottom, max(min(high * air, MOST_HUGE), bottom * air)
    air = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    below = 0.0 if low >= 0 and low < (high - low) * 0.15 else low - air
    # halves keep the sum inside what a float can hold
    return max(below, -8e307), min(high + air, 8e307)


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten) inside [low, high], about `wanted` of them."""
    width = high - low
    if not (math.isfinite(width) and width > 0):
        return [low]
    rough = width / wanted
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    gap = next((power * nice for nice in (1, 2, 5) if power * nice >= rough), power * 10)
    first = math.ceil(low / gap)
    # adding a gap that vanishes beside a huge number must not loop for ever
    return [at for at in ((first + n) * gap for n in range(3 * wanted)) if at <= high * (1 + 1e-12 * (high > 0))]


def _x_ticks(first: int, last: int, x: StepScale) -> tuple[Tick, ...]:
    """Round steps; where they are too large for that, the first one in full and distances from it."""
    if max(abs(first), abs(last)) <= LARGEST_EXACT:
        whole = sorted({round(at) for at in ticks(first, last, 8)})
        return tuple(Tick(x.at(at), numbers.axis(at)) for at in whole if first <= at <= last)
    away = [round(at) for at in ticks(0, last - first, 4)]
    return tuple(Tick(x.at(first + at), numbers.count(first) if at == 0 else f"+{numbers.axis(at)}") for at in away)


def _y_ticks(low: float, high: float, logarithmic: bool) -> list[float]:
    if not logarithmic:
        return ticks(low, high, 4)
    powers = [10.0**n for n in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]
    if len(powers) >= 2:
        return powers[:: max(1, len(powers) // 4)]
    between = [
        10.0**n * k for n in range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1) for k in (1, 2, 5)
    ]
    return [at for at in between if low <= at <= high]


def _line(line: Line, x: StepScale, y: Scale) -> list[Shape]:
    finite = np.isfinite(line.values)
    if y.logarithmic:
        finite &= line.values > 0
    if not finite.any():
        return []
    across = np.rint(x(line.steps)).astype(int)
    down = np.zeros(len(across), dtype=int)
    down[finite] = np.rint(y(line.values[finite])).astype(int)
    shapes = [Shape(style=line.style, d=path_data(across, down, finite))]
    alone = finite.copy()
    alone[1:] &= ~finite[:-1]
    alone[:-1] &= ~finite[1:]
    shown = finite if line.dots and finite.sum() <= 120 else alone
    if shown.any():
        dots = "".join(f"M{a - 2} {b}l2-3 2 3-2 3z" for a, b in zip(across[shown], down[shown], strict=True))
        shapes.append(Shape(style=f"{line.style} dot", d=dots))
    return shapes


def _ribbon(ribbon: Ribbon, x: StepScale, y: Scale) -> Shape:
    """The upper edge there, the lower one back; what a logarithmic axis cannot show lies on its lower end."""
    least = y.low if y.logarithmic else -math.inf
    across = np.round(x(ribbon.steps)).astype(int)
    high, low = (np.round(y(np.maximum(edge, least))).astype(int) for edge in (ribbon.high, ribbon.low))
    there = zip(np.append(across, across[::-1]).tolist(), np.append(high, low[::-1]).tolist(), strict=True)
    return Shape(style=ribbon.style, d="M" + "L".join(f"{a} {b}" for a, b in there) + "Z")


def path_data(across: IntArray, down: IntArray, finite: np.typing.NDArray[np.bool_]) -> str:
    """Relative path data; a gap where a value is not finite; per unit across only first, lowest, highest and last."""
    inside = finite.nonzero()[0]
    if not len(inside):
        return ""
    columns, heights = across[inside], down[inside]
    starts = _changes(columns).nonzero()[0]
    lengths = np.append(starts[1:], len(inside)) - starts
    if int(lengths.max()) <= 4:
        kept = inside
    else:
        column = np.repeat(np.arange(len(starts)), lengths)
        keep = (lengths <= 4)[column]
        keep[starts] = keep[starts + lengths - 1] = True
        for of_column in (np.minimum, np.maximum):
            there = (heights == of_column.reduceat(heights, starts)[column]).nonzero()[0]
            keep[there[_changes(column[there])]] = True
        kept = inside[keep]
    xs, ys = across[kept], down[kept]
    if len(inside) == len(finite):
        return _subpath(xs, ys)
    begins = _changes(np.cumsum(~finite, dtype=np.int64)[kept]).nonzero()[0].tolist()
    return "".join(_subpath(xs[a:b], ys[a:b]) for a, b in pairwise([*begins, len(xs)]))


def _subpath(xs: IntArray, ys: IntArray) -> str:
    """From the first point by relative moves to the last."""
    across, down = xs[1:] - xs[:-1], ys[1:] - ys[:-1]
    drawn = ((across != 0) | (down != 0)).nonzero()[0]
    across, down = across.take(drawn), down.take(drawn)
    farthest = max(np.abs(across).max(initial=0), np.abs(down).max(initial=0))
    right, below = _move_names(int(farthest).bit_length())
    names = np.empty((len(drawn), 2), dtype=object)
    names[:, 0], names[:, 1] = right[across], below[down]
    return f"M{xs[0]} {ys[0]}{''.join(names.ravel().tolist())}"


@cache
def _move_names(bits: int) -> tuple[np.typing.NDArray[np.object_], np.typing.NDArray[np.object_]]:
    """How moves to the right and down are written, by their distance of so many bits at most: to look a thousand up
    takes a quarter of the time of formatting them. Those to the left and up stand at the end, where -1 finds them; a
    sign needs no blank before it."""
    distances = (*range(1 << bits), *range(-(1 << bits), 0))
    right, below = [f"l{at}" for at in distances], [f" {at}" if at >= 0 else str(at) for at in distances]
    return np.array(right, dtype=object), np.array(below, dtype=object)


def _changes(values: IntArray) -> np.typing.NDArray[np.bool_]:
    """(n,) where a value is another than the one before, the first among them."""
    return np.concatenate(([True], values[1:] != values[:-1]))


def _band(band: Stretch, x: StepScale) -> Shape:
    start, end = x.at(band.start), x.at(band.end)
    width = max(2.0, round(end - start, 1))
    return Shape(style=band.style, x=start if width > 2 else start - 1, width=width, label=band.label)


def _marker(marker: Marker, x: StepScale, y: Scale) -> Shape:
    at = x.at(marker.step)
    if marker.value is None or not math.isfinite(marker.value) or (y.logarithmic and marker.value <= 0):
        return Shape(style=marker.style, x=at, label=marker.label)
    return Shape(style=marker.style, x=at, y=y.at(marker.value), d="sign", label=marker.label)


def _lost(lines: Sequence[Line], x: StepScale, top: int) -> tuple[Shape, ...]:
    """Small crosses at the upper edge where a value was NaN or infinite, at most one every four units."""
    lost = [line.steps[~np.isfinite(line.values)] for line in lines if not line.style.startswith("level")]
    if not any(map(len, lost)):
        return ()
    steps = np.unique(np.concatenate(lost))
    places = np.unique(np.round(x(steps) / 4).astype(int)) * 4
    d = "".join(f"M{at - 2} {top - 2}l4 4m0-4l-4 4" for at in places.tolist())
    return (Shape(style="lost", d=d),)
