"""The what-if section of a run: the predicted curve beside the run's own, in words and as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from loglens.model.diagnosis import Curve, RunDiagnosis
from loglens.model.results.what_if import WhatIf
from loglens.model.run import FloatArray, IntArray
from loglens.render import numbers, what_if_words, words
from loglens.render.page.chart_data import fewer_points, packed_steps, packed_values
from loglens.render.page.svg_chart import Line, Ribbon, SvgChart, draw
from loglens.render.page.views.charts import Key, TableView, spreads
from loglens.render.page.views.text import shown
from loglens.signals.numerics.robust import distinct

OWN_ROLES = ("level", "train_loss", "val_loss")
"""Which of the run's curves the prediction is drawn beside: the first there is."""
POINTS = 400
ROWS = 12
HEIGHT = 230


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfView:
    """`line`: the prediction or why there is none; `basis`: what it rests on; `lost`: what ran in vain; `svg`, `table`:
    None where no curve is drawn. `summary`: the picture for those who cannot see it."""

    line: str
    basis: str
    lost: str
    keys: tuple[Key, ...] = ()
    svg: SvgChart | None = None
    table: TableView | None = None
    summary: str = ""
    logarithmic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """The curves on whole steps: the run's own (m,) and the prediction with its interval (n,)."""

    own_role: str
    own_steps: IntArray
    own: FloatArray
    steps: IntArray
    loss: FloatArray
    low: FloatArray
    high: FloatArray


def what_if_view(run: RunDiagnosis) -> WhatIfView | None:
    line, lost = what_if_words.what_if_line(run), what_if_words.lost_line(run)
    if not line and not lost:
        return None
    said = WhatIfView(line=shown(line, 600), basis="", lost=shown(lost, 300))
    drawn = curves_drawn(run)
    if run.what_if is None or drawn is None:
        return said
    logarithmic = spreads([drawn.own, drawn.loss], 30.0)
    own = Line(style=drawn.own_role.replace("_", "-"), steps=drawn.own_steps, values=drawn.own)
    predicted = Line(style="what-if", steps=drawn.steps, values=drawn.loss)
    span = (min(int(drawn.own_steps[0]), int(drawn.steps[0])), max(int(drawn.own_steps[-1]), int(drawn.steps[-1])))
    return WhatIfView(
        line=said.line,
        basis=what_if_words.basis(run.what_if),
        lost=said.lost,
        keys=(
            Key(own.style, f"this run, {words.role_title(drawn.own_role).lower()}", ""),
            Key("what-if", "predicted, with its 80% interval", ""),
        ),
        svg=draw(
            (own, predicted),
            height=HEIGHT,
            span=span,
            ribbon=Ribbon(style="interval", steps=drawn.steps, low=drawn.low, high=drawn.high),
            logarithmic=logarithmic,
        ),
        table=_table(drawn, run),
        summary=shown(
            f"The loss of this run and the predicted one over {words.axis_noun(run.x_axis)}: {said.line}", 700
        ),
        logarithmic=logarithmic,
    )


def curves_drawn(run: RunDiagnosis) -> Drawn | None:
    """What is drawn; None where nothing was predicted, or the document holds no curve to draw it beside."""
    what_if = run.what_if
    curve = next((own for role in OWN_ROLES if (own := run.curve(role)) is not None and len(own.steps)), None)
    if what_if is None or what_if.law is None or not len(what_if.steps) or curve is None:
        return None
    steps = _whole(what_if)
    kept = _own(curve, what_if)
    if not len(kept) or not len(steps):
        return None
    at = steps.astype(np.float64)
    return Drawn(
        own_role=curve.role,
        own_steps=curve.steps[kept],
        own=curve.values[kept],
        steps=steps,
        loss=np.interp(at, what_if.steps, what_if.loss),
        low=np.interp(at, what_if.steps, what_if.low),
        high=np.interp(at, what_if.steps, what_if.high),
    )


def _whole(what_if: WhatIf) -> IntArray:
    """The whole steps at which the prediction is drawn: pages count steps, and a rescaled epoch may lie between two."""
    return distinct(np.round(np.append(what_if.steps, what_if.steps[-1])).astype(np.int64))


def _own(curve: Curve, what_if: WhatIf) -> IntArray:
    """The points of the run's own curve that are drawn: all, or from where the law speaks."""
    kept = fewer_points(curve, POINTS)
    if what_if.law == "annealing":  # the first steps would press the rest flat
        kept = kept[curve.steps[kept] >= what_if.steps[0]]
    return np.asarray(kept, dtype=np.int64)


def what_if_payload(run: RunDiagnosis) -> dict[str, Any] | None:
    """The curves for the page's script, packed as the run's own are."""
    drawn = curves_drawn(run)
    if drawn is None:
        return None
    base = min(int(drawn.own_steps[0]), int(drawn.steps[0]))
    named = (
        (drawn.own_role, "this run", 0, drawn.own),
        ("what_if_high", "at most", 1, drawn.high),
        ("what_if_low", "at least", 1, drawn.low),
        ("what_if", "predicted", 1, drawn.loss),
    )
    return {
        "base": str(base),
        "steps": [packed_steps(drawn.own_steps, base), packed_steps(drawn.steps, base)],
        "curves": [
            {"role": role, "series": name, "x": x, "y": packed_values(values)} for role, name, x, values in named
        ],
        "axes": {},
    }


def _table(drawn: Drawn, run: RunDiagnosis) -> TableView:
    even = np.linspace(drawn.steps[0], drawn.steps[-1], ROWS)
    rows = distinct(np.searchsorted(drawn.steps, even).clip(0, len(drawn.steps) - 1))
    at = drawn.steps[rows]
    finite = np.isfinite(drawn.own)
    own = np.interp(at, drawn.own_steps[finite], drawn.own[finite]) if finite.any() else np.full(len(at), np.nan)
    body = [
        (numbers.count(int(step)), *(numbers.sig(float(value), 4) for value in values))
        for step, *values in zip(at, own, drawn.loss[rows], drawn.low[rows], drawn.high[rows], strict=True)
    ]
    noun = "Epoch" if run.x_axis == "epoch" else "Step"
    return TableView(
        caption="Predicted loss beside this run's at the same step",
        head=(noun, "This run", "Predicted", "At least", "At most"),
        rows=tuple(body),
    )
