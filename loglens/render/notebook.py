"""A result in a notebook: one static chart, the verdict and the advice, and the whole page where it is asked for.

Colours stand in attributes as well as in the style sheet, so that a viewer that strips styles shows the same picture.
"""

from __future__ import annotations

import html
import tempfile
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from loglens.model.diagnosis import Curve, Diagnosis, RunDiagnosis
from loglens.model.display import Displayed
from loglens.model.results.comparison import Comparison, MetricChange
from loglens.model.run import Run
from loglens.render import numbers, words
from loglens.render.comparison import words as compare_words
from loglens.render.page.assets import environment
from loglens.render.page.report import HtmlReport
from loglens.render.page.svg_chart import Stretch, SvgChart, draw
from loglens.render.page.views.charts import finding_bands, spreads, step_range, svg_lines
from loglens.render.page.views.text import shown
from loglens.render.ranking import worst_first

POINTS = 500
"""Of each curve of the chart: with two curves about 10 kB."""
ROWS = 12
HEIGHT = 210
WIDTH = 760


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`label`: what it shows in a sentence; `keys`: (style, label) of its curves."""

    svg: SvgChart
    label: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookCell:
    """What the template draws. `rows`: (verdict, name, what, advice) of several runs."""

    verdict: str
    badge: str
    name: str
    title: str
    sentence: str = ""
    advice: str = ""
    why: str = ""
    rows: tuple[tuple[str, str, str, str], ...] = ()
    more: str = ""
    chart: Chart | None = None


def cell(result: Displayed) -> str:
    """The HTML of a notebook's cell: below 60 kB, no script, nothing from the network."""
    return environment().get_template("notebook/cell.html").render(cell=_cell(result))


def show(result: Displayed, path: Path | None) -> Path:
    """Write the whole page of `result` and open it, below the cell in a notebook, else in the browser."""
    page = whole_page(result)
    if path is None:
        with tempfile.NamedTemporaryFile(
            "w", prefix="loglens-", suffix=".html", delete=False, encoding="utf-8"
        ) as file:
            file.write(page)
        path = Path(file.name)
    else:
        path.write_text(page, encoding="utf-8")
    if not _shown_below(page):
        webbrowser.open(path.resolve().as_uri())
    return path


def whole_page(result: Displayed) -> str:
    """The page as one HTML file: the report of a diagnosis, the cell with everything in it for a comparison."""
    if isinstance(result, RunDiagnosis):
        result = Diagnosis(runs=(result,), path=result.source)
    if isinstance(result, Diagnosis):
        return HtmlReport().render(result)
    body = environment().get_template("notebook/cell.html").render(cell=_cell(result, rows=500))
    title = html.escape(shown(_cell(result, rows=0).name))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} – LogLens</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>{body}</body></html>\n'
    )


def _shown_below(page: str) -> bool:
    """Whether a notebook took the page: in a frame of its own, so that its styles and script stay inside."""
    try:
        from IPython import get_ipython
        from IPython.display import HTML, display
    except ImportError:
        return False
    if get_ipython() is None:
        return False
    frame = f'<iframe srcdoc="{html.escape(page)}" style="width:100%;height:720px;border:1px solid #ccc"></iframe>'
    display(HTML(frame))
    return True


def _cell(result: Displayed, *, rows: int = ROWS) -> NotebookCell:
    match result:
        case Diagnosis(runs=(run,)):
            return _run_cell(run)
        case Diagnosis():
            return _runs_cell(result, rows)
        case RunDiagnosis():
            return _run_cell(result)
        case Run():
            return _log_cell(result)
        case Comparison():
            return _comparison_cell(result, rows)
    raise TypeError(f"nothing is known about how to show a {type(result).__name__}")


def _run_cell(run: RunDiagnosis) -> NotebookCell:
    curves = [curve for role in ("train_loss", "level", "val_loss") if (curve := run.curve(role)) is not None]
    return NotebookCell(
        verdict=run.verdict,
        badge=words.verdict_title(run.verdict),
        name=shown(words.run_name(run)),
        title=words.lead(run),
        sentence=shown(words.headline(run), 400),
        advice=words.to_do(run),
        why=shown(words.why(run), 500),
        chart=_chart(curves, step_range(run), finding_bands(run.findings)),
    )


def _runs_cell(diagnosis: Diagnosis, rows: int) -> NotebookCell:
    ordered = worst_first(diagnosis.runs)
    verdicts = ("critical", "warning", "healthy")
    counts = [f"{many} {verdict}" for verdict in verdicts if (many := sum(run.verdict == verdict for run in ordered))]
    missed = f"; {numbers.counted(len(diagnosis.problems), 'problem')} while reading" if diagnosis.problems else ""
    first = _run_cell(ordered[0]) if ordered else None
    return NotebookCell(
        verdict=diagnosis.verdict if ordered else "unknown",
        badge=words.verdict_title(diagnosis.verdict) if ordered else "Nothing to judge",
        name=shown(diagnosis.path),
        title=f"{numbers.counted(len(ordered), 'run')}: {', '.join(counts) or 'none judged'}{missed}",
        sentence=f"The chart is of {first.name}." if first is not None else "",
        rows=tuple(
            (
                run.verdict,
                shown(words.run_name(run), 60),
                words.lead(run),
                words.advice_line(run),
            )
            for run in ordered[:rows]
        ),
        more=_more(len(ordered) - rows, "run"),
        chart=first.chart if first else None,
    )


def _log_cell(run: Run) -> NotebookCell:
    """A log that nobody has judged yet: which series plays which role, and its losses."""
    tracks = [
        (role, series) for role in ("train_loss", "val_loss") if (series := run.role(role)) is not None and len(series)
    ]
    curves = [
        Curve(role=role, series=track.tag, steps=track.steps, values=track.values, points=len(track))
        for role, track in tracks
    ]
    roles = [(choice.role, choice.series) for choice in run.roles if choice.series is not None]
    ends = [(int(series.steps[0]), int(series.steps[-1])) for series in run.series if len(series)]
    span = (min(start for start, _ in ends), max(end for _, end in ends)) if ends else (0, 1)
    return NotebookCell(
        verdict="unknown",
        badge=words.format_title(run.format),
        name=shown(run.title),
        title=f"{numbers.counted(len(run.series), 'series', 'series')}, steps {span[0]:,} to {span[1]:,}",
        sentence="; ".join(f"{words.role_title(role)}: {shown(tag, 60)}" for role, tag in roles[:6]),
        why=f"{numbers.counted(len(run.notes), 'note')} of the reader, see `loglens inspect`." if run.notes else "",
        chart=_chart(curves, span, ()),
    )


def _comparison_cell(comparison: Comparison, rows: int) -> NotebookCell:
    pairs = comparison.pairs
    worst = pairs[0] if pairs else None
    curves = []
    if worst is not None:
        for side, run in (("val_loss", worst.base[0]), ("level", worst.head[0])):
            curve = run.curve("level") or run.curve("train_loss") or run.curve("val_loss")
            curves += [] if curve is None else [replace(curve, role=side, series=side)]
    spans = [(int(curve.steps[0]), int(curve.steps[-1])) for curve in curves if len(curve.steps)]
    span = (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else (0, 1)
    sides = {"val_loss": "BASE", "level": "HEAD"}
    standing = {"bad": "critical", "watch": "warning", "good": "healthy"}[compare_words.standing(comparison)]
    return NotebookCell(
        verdict=standing,
        badge="Gate failed" if comparison.gate.failed else "Gate passed" if comparison.gate.fail_on else "No gate",
        name=f"{shown(comparison.base, 60)} → {shown(comparison.head, 60)}",
        title=compare_words.headline(comparison),
        sentence=shown("; ".join(comparison.gate.reasons), 400),
        rows=tuple(
            (
                max(pair.head, key=lambda run: ("healthy", "warning", "critical").index(run.verdict)).verdict,
                shown(pair.title, 60),
                compare_words.verdict(pair),
                "; ".join(_moved(loss) for loss in compare_words.losses(pair)),
            )
            for pair in pairs[:rows]
        ),
        more=_more(len(pairs) - rows, "run"),
        chart=_chart(curves, span, (), sides),
    )


def _moved(change: MetricChange) -> str:
    both = f"{compare_words.value(change, change.before)} → {compare_words.value(change, change.after)}"
    return f"{compare_words.metric_title(change)} {both} ({compare_words.judgement(change)})"


def _more(left: int, noun: str) -> str:
    return f"… and {numbers.counted(left, f'more {noun}')}" if left > 0 else ""


def _chart(
    curves: Sequence[Curve], span: tuple[int, int], bands: Sequence[Stretch], titles: Mapping[str, str] | None = None
) -> Chart | None:
    """`titles`: what the curves are called, by their roles, where that is not what the roles are."""
    curves = [curve for curve in curves if len(curve.steps)]
    if not curves:
        return None
    logarithmic = spreads([curve.values for curve in curves])
    finite = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in curves])
    ends = (
        f"from {numbers.sig(float(finite.min()))} to {numbers.sig(float(finite.max()))}" if len(finite) else "no value"
    )
    return Chart(
        svg=draw(
            svg_lines(curves, POINTS), height=HEIGHT, width=WIDTH, span=span, bands=bands, logarithmic=logarithmic
        ),
        label=f"Loss over steps {span[0]:,} to {span[1]:,}, {ends}",
        keys=tuple(
            (curve.role.replace("_", "-"), (titles or {}).get(curve.role, words.role_title(curve.role)))
            for curve in curves
        ),
    )
