"""The whole page as frozen values: templates only loop, branch and include."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.documents.to_json import finding_id
from loglens.render import numbers, words
from loglens.render.page.chart_data import Json, base_step, points_per_curve, run_payload
from loglens.render.page.views.charts import main_curve_role
from loglens.render.page.views.events import said_marks
from loglens.render.page.views.findings import FINDINGS_SHOWN
from loglens.render.page.views.inputs import settings_rows
from loglens.render.page.views.replay import replay_payload
from loglens.render.page.views.run import RunView, run_view
from loglens.render.page.views.text import shown
from loglens.render.page.views.what_if import what_if_payload
from loglens.render.ranking import worst_first

if TYPE_CHECKING:
    from loglens.render.page.views.overview import Overview

SVG_POINTS = 1200
"""Points of all curves of a static picture of a single run; fewer where many runs share the page."""


@dataclass(frozen=True, slots=True)
class ProblemView:
    path: str
    place: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`payload`: what the script draws from, plain dicts and lists. `single`: one run has the page to itself."""

    title: str
    verdict: str
    verdict_word: str
    path: str
    summary: str
    lost: str
    version: str
    single: bool
    overview: Overview | None
    runs: tuple[RunView, ...]
    problems: tuple[ProblemView, ...]
    settings: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    payload: dict[str, Any]


def page_view(diagnosis: Diagnosis) -> Page:
    """Runs in the order they are read best: the worst first; their numbers are those of the document."""
    many = len(diagnosis.runs)
    place = {id(run): number for number, run in enumerate(diagnosis.runs, 1)}
    ordered = worst_first(diagnosis.runs)
    svg_points = max(60, SVG_POINTS // max(1, round(many**0.5)))
    rows = 40 if many <= 1 else 16 if many <= 5 else 8
    single = many == 1
    return Page(
        title=_title(diagnosis),
        verdict=diagnosis.verdict if many else "unknown",
        verdict_word=words.verdict_title(diagnosis.verdict) if many else "Nothing to judge",
        path=shown(diagnosis.path, 300),
        summary=_summary(diagnosis),
        lost=_lost(diagnosis),
        version=shown(diagnosis.version, 40),
        single=single,
        overview=_overview(diagnosis, max(40, svg_points // 4)) if many > 1 else None,
        runs=tuple(run_view(run, place[id(run)], svg_points=svg_points, rows=rows) for run in ordered),
        problems=tuple(
            ProblemView(
                shown(problem.path, 400),
                "" if problem.offset is None else f"at {numbers.count(problem.offset)}",
                shown(problem.message, 800),
            )
            for problem in diagnosis.problems
        ),
        settings=settings_rows(dict(diagnosis.settings)),
        versions=tuple((shown(name, 40), shown(number, 40)) for name, number in diagnosis.versions.items()),
        payload=_payload(diagnosis, ordered, place),
    )


def _overview(diagnosis: Diagnosis, points: int) -> Overview:
    from loglens.render.page.views.overview import overview  # a page of one run does without its many shapes

    return overview(diagnosis, points)


def _title(diagnosis: Diagnosis) -> str:
    if len(diagnosis.runs) == 1:
        run = diagnosis.runs[0]
        return f"{words.verdict_title(run.verdict)}: {shown(words.run_name(run), 80)} – LogLens"
    return f"{shown(diagnosis.path, 80) or 'Runs'}, {numbers.counted(len(diagnosis.runs), 'run')} – LogLens"


def _summary(diagnosis: Diagnosis) -> str:
    """`20 runs: 3 critical, 5 warning, 12 healthy.`"""
    if not diagnosis.runs:
        said = "No run was found that could be judged"
    else:
        each = [
            f"{numbers.count(many)} {verdict}"
            for verdict in ("critical", "warning", "healthy")
            if (many := sum(run.verdict == verdict for run in diagnosis.runs))
        ]
        said = f"{numbers.counted(len(diagnosis.runs), 'run')}: {', '.join(each)}"
    return f"{said}."


def _lost(diagnosis: Diagnosis) -> str:
    problems = len(diagnosis.problems)
    return f"{numbers.counted(problems, 'problem')} while reading" if problems else ""


def _payload(diagnosis: Diagnosis, ordered: tuple[RunDiagnosis, ...], place: dict[int, int]) -> Json:
    limit = points_per_curve(diagnosis.runs)
    return {"runs": [_run_payload(run, place[id(run)], limit) for run in ordered]}


def _run_payload(run: RunDiagnosis, number: int, limit: int) -> Json:
    """Curves, and what is drawn over them, with steps counted from the run's base."""
    base = base_step(run)
    return {
        "n": number,
        "name": shown(words.run_name(run), 60),
        "main": main_curve_role(run),
        **run_payload(run, limit),
        "findings": [
            {
                "id": finding_id(number, run, finding),
                "n": place,
                "kind": words.kind_title(finding.kind),
                "severity": finding.severity,
                "start": finding.steps.start - base,
                "end": finding.steps.end - base,
                "peak": None if finding.peak_step is None else finding.peak_step - base,
            }
            for place, finding in enumerate(run.findings[:FINDINGS_SHOWN], 1)
        ],
        "phases": [
            {
                "kind": phase.kind,
                "label": words.phase_title(phase.kind),
                "start": phase.span.start - base,
                "end": phase.span.end - base,
            }
            for phase in run.schedule.phases
        ],
        "events": [
            {"label": words.event_title(event.kind), "step": event.step - base} for event in run.schedule.events
        ],
        "said": [{"label": mark.label, "step": mark.step - base} for mark in said_marks(run)],
        "replay": replay_payload(run),
        "what_if": what_if_payload(run),
    }
