"""Several runs at a glance: a table, a thumbnail each, and how the outcome hangs on the learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.render import numbers, words
from loglens.render.page.svg_chart import SvgChart, draw, ticks
from loglens.render.page.svg_edges import Tick
from loglens.render.page.svg_scale import Scale
from loglens.render.page.thumbnail import thumbnail
from loglens.render.page.views.charts import main_curve_role, spreads, svg_lines
from loglens.render.page.views.text import shown
from loglens.render.ranking import VERDICT_RANK, worst_first

WORST_SHOWN = 3
BEYOND = 30.0
"""How many times the median of the losses at the end another may lie above it and still have a place on the scale."""
SHORT = 34
"""Characters of a name in the table: two lines of its column."""
OVERLAID = 6
"""Runs that are laid over one another before the reader chooses."""
PLOT_WIDTH, PLOT_HEIGHT = 860, 300
PLOT_LEFT, PLOT_RIGHT, PLOT_TOP, PLOT_BOTTOM = 62, 20, 26, 40


@dataclass(frozen=True, slots=True)
class Cell:
    """`sort`: what the column is ordered by (numbers as numbers, '' last)."""

    text: str
    sort: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewRow:
    """`short`: the name with its middle left out where it is long; `name` in full for sorting, filtering and titles."""

    number: int
    anchor: str
    name: str
    short: str
    verdict: str
    verdict_word: str
    rank: int
    cause: str
    probability: Cell
    lr: Cell
    advised: Cell
    final: Cell
    findings: Cell
    steps: Cell
    chosen: bool
    thumbnail: SvgChart


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotPoint:
    """`lost`: no finite loss at the end or one far off the scale, so it
    sits at the upper edge. `low`, `high`: the recommended range, or -1."""

    anchor: str
    verdict: str
    label: str
    x: float
    y: float
    lost: bool
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LrPlot:
    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    points: tuple[PlotPoint, ...]
    band: tuple[float, float] | None
    band_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Worst:
    """A run that needs its reader most: what is wrong with it and what to do, in a line each."""

    anchor: str
    name: str
    verdict: str
    diagnosis: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`counts`: verdict, how many, in words. `plot` is None where fewer than two learning rates are known: `no_plot`
    says so."""

    counts: tuple[tuple[str, str], ...]
    worst: tuple[Worst, ...]
    rows: tuple[OverviewRow, ...]
    plot: LrPlot | None
    no_plot: str
    overlay: SvgChart
    overlay_keys: tuple[tuple[str, str], ...]


def overview(diagnosis: Diagnosis, points: int) -> Overview:
    """The worst run first. `points`: of each curve in thumbnails and in the static overlay."""
    place = {id(run): number for number, run in enumerate(diagnosis.runs, 1)}
    ordered = worst_first(diagnosis.runs)
    rows = tuple(_row(run, place[id(run)], chosen=n < OVERLAID, points=points) for n, run in enumerate(ordered))
    plot = _plot([(run, place[id(run)]) for run in ordered])
    return Overview(
        counts=tuple(
            (verdict, f"{numbers.count(many)} {verdict}")
            for verdict in VERDICT_RANK
            if (many := sum(run.verdict == verdict for run in diagnosis.runs))
        ),
        worst=tuple(_worst(run, place[id(run)]) for run in ordered[:WORST_SHOWN] if run.verdict != "healthy"),
        rows=rows,
        plot=plot,
        no_plot=""
        if plot
        else "Fewer than two different peak learning rates are known, so there is nothing to compare.",
        overlay=_overlay(ordered[:OVERLAID], points),
        overlay_keys=tuple((f"hue-{n}", shown(words.run_name(run), 60)) for n, run in enumerate(ordered[:OVERLAID])),
    )


def final_loss(run: RunDiagnosis) -> float | None:
    """Where the train loss ended: its measured level, else the last point of its robust level or of the loss; None
    where nothing finite is left."""
    measured = next((level.final for level in run.levels if level.role == "train_loss"), None)
    if measured is not None:
        return measured
    for role in ("level", "train_loss", "val_loss"):
        curve = run.curve(role)
        if curve is not None and len(curve.values):
            last = float(curve.values[-1])
            return last if math.isfinite(last) else None
    return None


def _worst(run: RunDiagnosis, number: int) -> Worst:
    return Worst(
        anchor=f"run-{number}",
        name=shown(words.run_name(run)),
        verdict=run.verdict,
        diagnosis=words.lead(run),
        line=words.to_do(run),
    )


def _row(run: RunDiagnosis, number: int, *, chosen: bool, points: int) -> OverviewRow:
    advice = run.recommendation
    rate = advice.current_peak_lr if advice.current_peak_lr is not None else run.schedule.peak_lr
    final = final_loss(run)
    # an action that keeps the rate is not shown as a change of it, as everywhere else
    changed = advice.action != "keep" and advice.peak_lr is not None and numbers.lr(advice.peak_lr) != numbers.lr(rate)
    told = words.short_action(advice.action)
    advised = f"→ {numbers.advised(advice.peak_lr)}" if changed else told
    return OverviewRow(
        number=number,
        anchor=f"run-{number}",
        name=shown(words.run_name(run)),
        short=shown(words.run_name(run), SHORT),
        verdict=run.verdict,
        verdict_word=words.verdict_title(run.verdict),
        rank=VERDICT_RANK[run.verdict],
        cause=words.lead_title(run),
        probability=Cell(words.lead_sure(run), f"{run.cause.probability:.6f}"),
        lr=Cell(numbers.lr(rate), _key(rate)),
        advised=Cell(advised, _key(advice.peak_lr if changed else None)),
        final=Cell("NaN" if final is None and run.curves else numbers.sig(final), _key(final)),
        findings=Cell(numbers.count(len(run.findings)), str(len(run.findings))),
        steps=Cell(numbers.count(run.last_step), str(run.last_step)),
        chosen=chosen,
        thumbnail=thumbnail(run, points),
    )


def _key(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else repr(float(value))


def _overlay(runs: Sequence[RunDiagnosis], points: int) -> SvgChart:
    lines = []
    spans = []
    for n, run in enumerate(runs):
        role = main_curve_role(run)
        curve = run.curve(role) if role else None
        if curve is not None and len(curve.steps):
            (line,) = svg_lines([curve], points)
            lines.append(type(line)(style=f"hue-{n}", steps=line.steps, values=line.values))
            spans.append((int(curve.steps[0]), int(curve.steps[-1])))
    whole = (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else (0, 1)
    return draw(lines, height=260, span=whole, logarithmic=spreads([line.values for line in lines]))


def _plot(runs: Sequence[tuple[RunDiagnosis, int]]) -> LrPlot | None:
    """Peak learning rate (logarithmic) against the loss at the end."""
    rated = [(run, number, rate) for run, number in runs if (rate := _rate(run)) is not None and rate > 0]
    finals = _comparable([final for run, _, _ in rated if (final := final_loss(run)) is not None])
    if len({numbers.lr(rate) for _, _, rate in rated}) < 2 or not finals:
        return None
    lows = [run.recommendation.peak_lr_low for run, _, _ in rated if run.recommendation.peak_lr_low]
    highs = [run.recommendation.peak_lr_high for run, _, _ in rated if run.recommendation.peak_lr_high]
    rates = [rate for _, _, rate in rated] + lows + highs
    x = Scale(min(rates) / 1.5, max(rates) * 1.5, PLOT_LEFT, PLOT_WIDTH - PLOT_RIGHT, logarithmic=True)
    y, y_ticks = _loss_scale(finals)
    band = (x.at(median(lows)), x.at(median(highs))) if lows and highs else None
    label = f"recommended: {words.lr_range(median(lows), median(highs))}" if band else ""
    return LrPlot(
        width=PLOT_WIDTH,
        height=PLOT_HEIGHT,
        left=PLOT_LEFT,
        right=PLOT_WIDTH - PLOT_RIGHT,
        top=PLOT_TOP,
        bottom=PLOT_HEIGHT - PLOT_BOTTOM,
        x_ticks=tuple(Tick(x.at(at), numbers.lr(at)) for at in _decades(min(rates), max(rates))),
        y_ticks=tuple(Tick(y.at(at), numbers.axis(at)) for at in y_ticks),
        points=tuple(_point(run, number, rate, x, y, max(finals)) for run, number, rate in rated),
        band=band if band and band[1] > band[0] else None,
        band_label=label,
    )


def _rate(run: RunDiagnosis) -> float | None:
    now = run.recommendation.current_peak_lr
    return now if now is not None else run.schedule.peak_lr


def _point(run: RunDiagnosis, number: int, rate: float, x: Scale, y: Scale, highest: float) -> PlotPoint:
    final = final_loss(run)
    lost = final is None or final > highest
    advice = run.recommendation
    ranged = not lost and advice.peak_lr_low is not None and advice.peak_lr_high is not None
    ended = "no finite loss at the end" if final is None else f"ends at {numbers.sig(final)}"
    return PlotPoint(
        anchor=f"run-{number}",
        verdict=run.verdict,
        label=f"{shown(words.run_name(run))}: peak_lr {numbers.lr(rate)}, {ended}, {run.verdict}",
        x=x.at(rate),
        y=PLOT_TOP if final is None or lost else y.at(final),
        lost=lost,
        low=x.at(advice.peak_lr_low) if ranged and advice.peak_lr_low else -1.0,
        high=x.at(advice.peak_lr_high) if ranged and advice.peak_lr_high else -1.0,
    )


def _comparable(finals: list[float]) -> list[float]:
    """Without what has exploded: one loss of 1e33 would leave the others no room."""
    middle = median(finals) if finals else 0.0
    return [final for final in finals if final <= middle + BEYOND * max(abs(middle), 1e-12)]


def _loss_scale(finals: Sequence[float]) -> tuple[Scale, list[float]]:
    """Logarithmic where the losses at the end lie more than a factor of 30 apart."""
    values = np.array(finals)
    low, high = float(values.min()), float(values.max())
    bottom, top = PLOT_HEIGHT - PLOT_BOTTOM, PLOT_TOP
    if low > 0 and high / low > 30:
        scale = Scale(low / 1.5, high * 1.5, bottom, top, logarithmic=True)
        return scale, _decades(low, high)
    air = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return Scale(low - air, high + air, bottom, top), ticks(low - air, high + air, 5)


def _decades(low: float, high: float) -> list[float]:
    """1, 2 and 5 times each power of ten between `low` and `high`; powers alone where that would be crowded."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(powers) <= 4 else (1,)
    gap = max(1, len(powers) // 10)
    return [k * 10.0**n for n in powers[::gap] for k in factors if low / 1.5 <= k * 10.0**n <= high * 1.5]
