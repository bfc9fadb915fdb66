"""A run's charts, prepared: which panels there are, their curves, shaded stretches and marks, and the tables behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from loglens.model.diagnosis import Curve, RunDiagnosis
from loglens.model.finding import Finding
from loglens.model.run import FloatArray, IntArray, StepSpan
from loglens.render import numbers, words
from loglens.render.page.chart_data import fewer_points
from loglens.render.page.svg_chart import Line, Marker, Stretch, SvgChart, draw
from loglens.render.page.views.events import said_marks
from loglens.render.page.views.findings import FINDINGS_SHOWN
from loglens.render.page.views.text import shown
from loglens.signals.numerics.robust import distinct, median

PANELS = (
    ("loss", "Loss", ("train_loss", "level", "val_loss"), 230),
    ("metric", "Metric", ("metric",), 230),
    ("lr", "Learning rate", ("learning_rate",), 120),
    ("grad", "Gradient norm", ("grad_norm",), 120),
)
"""Id, title, roles in drawing order, height of the static picture."""

LOG_RATIOS = {"grad": 30.0, "loss": 300.0}
"""Highest value over the median above which a panel is drawn on a logarithmic axis from the start."""


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of a legend: `style` names its colour and dashes, `series` its name in the log."""

    style: str
    label: str
    series: str


@dataclass(frozen=True, slots=True)
class TableView:
    """The numbers behind a chart, as shown; `caption` says which rows of how many."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One chart of the stack. `summary`: what it shows in a sentence, for those who cannot see it."""

    id: str
    title: str
    summary: str
    keys: tuple[Key, ...]
    svg: SvgChart
    table: TableView
    logarithmic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """`axes`: the x axes the log allows, the first is the step's. `empty`: why there is nothing to draw."""

    panels: tuple[Panel, ...]
    axes: tuple[tuple[str, str], ...]
    has_train: bool
    empty: str = ""


def charts_view(run: RunDiagnosis, *, limit: int, rows: int) -> Charts:
    """`limit`: points a curve may have in the static picture; `rows`: of the table behind each chart."""
    panels = tuple(
        _panel(run, name, title, roles, height, limit=limit, rows=rows)
        for name, title, roles, height in PANELS
        if any(run.curve(role) is not None and len(_curve(run, role).steps) for role in roles)
    )
    axes = [("step", "Epoch" if run.x_axis == "epoch" else "Step")]
    if run.x_axis != "epoch" and any(curve.epochs is not None for curve in run.curves):
        axes.append(("epoch", "Epoch"))
    if any(curve.wall_times is not None for curve in run.curves):
        axes.append(("time", "Wall time"))
    return Charts(
        panels=panels,
        axes=tuple(axes),
        has_train=any(panel.id == "loss" for panel in panels),
        empty="" if panels else "There are no curves to draw: no series in this log has a point and a role.",
    )


def step_range(run: RunDiagnosis) -> tuple[int, int]:
    """First and last step over all curves; what the run says where there are none."""
    seen = [curve.steps for curve in run.curves if len(curve.steps)]
    if not seen:
        return run.first_step, run.last_step
    return min(int(steps[0]) for steps in seen), max(int(steps[-1]) for steps in seen)


def svg_lines(curves: Sequence[Curve], limit: int, keep: Sequence[StepSpan] = ()) -> tuple[Line, ...]:
    lines = []
    for curve in curves:
        kept = fewer_points(curve, limit, keep)
        lines.append(
            Line(
                style=curve.role.replace("_", "-"),
                steps=curve.steps[kept],
                values=curve.values[kept],
                dots=curve.role == "val_loss",
            )
        )
    return tuple(lines)


def finding_bands(findings: Sequence[Finding]) -> tuple[Stretch, ...]:
    """The findings as stretches, numbered as in the list; those over most of the run first, so that they lie below."""
    numbered = sorted(enumerate(findings[:FINDINGS_SHOWN], 1), key=lambda entry: -entry[1].steps.steps)
    return tuple(
        Stretch(style=f"band {entry.severity}", start=entry.steps.start, end=entry.steps.end, label=str(number))
        for number, entry in numbered
    )


def phase_bands(run: RunDiagnosis) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(
            style=f"phase {phase.kind}",
            start=phase.span.start,
            end=phase.span.end,
            label=words.phase_title(phase.kind),
        )
        for phase in run.schedule.phases
    )


def main_curve_role(run: RunDiagnosis) -> str | None:
    """The curve that stands for a run where it gets only one."""
    return next((role for role in ("level", "train_loss", "val_loss", "metric") if run.curve(role) is not None), None)


def _curve(run: RunDiagnosis, role: str) -> Curve:
    found = run.curve(role)
    if found is None:
        raise KeyError(role)
    return found


def _panel(
    run: RunDiagnosis, name: str, title: str, roles: Sequence[str], height: int, *, limit: int, rows: int
) -> Panel:
    curves = [curve for role in roles if (curve := run.curve(role)) is not None and len(curve.steps)]
    spans = [finding.steps for finding in run.findings]
    bands = finding_bands(run.findings) if name != "lr" else phase_bands(run)
    logarithmic = name in LOG_RATIOS and spreads([curve.values for curve in curves], LOG_RATIOS[name])
    markers = (*_peaks(run), *_said(run)) if name == "loss" else _events(run) if name == "lr" else ()
    return Panel(
        id=name,
        title=title,
        summary=_summary(title, curves, run),
        keys=tuple(
            Key(curve.role.replace("_", "-"), words.role_title(curve.role), shown(curve.series)) for curve in curves
        ),
        svg=draw(
            svg_lines(curves, limit, spans),
            height=height,
            span=step_range(run),
            bands=bands,
            markers=markers,
            logarithmic=logarithmic,
            rates=name == "lr",
        ),
        table=_table(title, curves, rows, spans),
        logarithmic=logarithmic,
    )


def spreads(curves: Sequence[FloatArray], ratio: float = LOG_RATIOS["loss"]) -> bool:
    """Whether a few values would press all others flat on a linear axis; False where one has no logarithm."""
    finite = np.concatenate([values[np.isfinite(values)] for values in curves]) if curves else np.array([])
    return bool(len(finite) and finite.min() > 0 and finite.max() > ratio * median(finite))


def _peaks(run: RunDiagnosis) -> tuple[Marker, ...]:
    curve = run.curve("train_loss") or run.curve("metric")
    if curve is None or not len(curve.steps):
        return ()
    marks = []
    for finding in run.findings[:FINDINGS_SHOWN]:
        if finding.peak_step is not None:
            at = min(int(np.searchsorted(curve.steps, finding.peak_step)), len(curve.steps) - 1)
            marks.append(
                Marker(style=f"peak {finding.severity}", step=finding.peak_step, value=float(curve.values[at]))
            )
    return tuple(marks)


def _said(run: RunDiagnosis) -> tuple[Marker, ...]:
    return tuple(Marker(style="event said", step=mark.step, label=mark.label) for mark in said_marks(run))


def _events(run: RunDiagnosis) -> tuple[Marker, ...]:
    return tuple(
        Marker(style="event", step=event.step, label=words.event_title(event.kind)) for event in run.schedule.events
    )


def _summary(title: str, curves: Sequence[Curve], run: RunDiagnosis) -> str:
    parts = []
    for curve in curves:
        finite = curve.values[np.isfinite(curve.values)]
        said = words.role_title(curve.role).lower()
        if not len(finite):
            parts.append(f"{said} without a finite value")
            continue
        parts.append(
            f"{said} from {numbers.sig(float(finite[0]))} to {numbers.sig(float(finite[-1]))}, "
            f"between {numbers.sig(float(finite.min()))} and {numbers.sig(float(finite.max()))}"
        )
    first, last = step_range(run)
    return f"{title} over {numbers.steps(StepSpan(start=first, end=last))}: {'; '.join(parts)}."


def _table(title: str, curves: Sequence[Curve], rows: int, keep: Sequence[StepSpan]) -> TableView:
    """Up to `rows` steps of the panel's fullest curve, extremes and flagged stretches first, with all its curves."""
    main = max(curves, key=lambda curve: len(curve.steps))
    kept = main.steps[fewer_points(main, rows, keep)[: 2 * rows]]
    sparse = [
        curve.steps[fewer_points(curve, rows // 2)[:rows]] for curve in curves if len(curve.steps) * 3 < len(main.steps)
    ]
    at = distinct(np.concatenate([kept, *sparse]))
    steps = at.tolist()
    body = list(zip(map(numbers.count, steps), *(_values_at(curve, at) for curve in curves), strict=True))
    which = "all" if len(kept) == main.points else f"{len(steps)} of {numbers.count(main.points)}"
    choice = "" if len(kept) == main.points else ": extremes and flagged stretches kept"
    return TableView(
        caption=f"{title}, {which} logged points{choice}",
        head=("Step", *(words.role_title(curve.role) for curve in curves)),
        rows=tuple(body),
    )


def _values_at(curve: Curve, steps: IntArray) -> list[str]:
    """What the curve has at each step, '' where it has no point there."""
    if not len(curve.steps):
        return [""] * len(steps)
    at = np.minimum(np.searchsorted(curve.steps, steps), len(curve.steps) - 1)
    name = numbers.lr if curve.role == "learning_rate" else partial(numbers.sig, digits=4)
    there = zip(curve.values[at].tolist(), (curve.steps[at] == steps).tolist(), strict=True)
    return [name(value) if known else "" for value, known in there]
