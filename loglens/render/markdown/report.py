"""The comment on a pull request: one line of verdict, a table, and the worst findings unfolded on a click.

GitHub refuses comments of more than 65,536 characters; this one stays below 60,000 by leaving out whole findings, the
least bad ones, and says how many.
"""

from __future__ import annotations

from typing import ClassVar

from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.run import Problem
from loglens.render import numbers, words
from loglens.render.base import RendererMeta
from loglens.render.markdown.run import details, loss_line
from loglens.render.markdown.text import cell_code, code, marker, prose
from loglens.render.ranking import worst_first
from loglens.render.unjudged import Unjudged, unjudged

LIMIT = 60_000
MOST_ROWS = 50
MOST_ENTRIES = 12
"""Problems, and reasons for not judging, that are listed before the rest is counted."""
MESSAGE = 240
SIGNS = {"critical": "🔴", "warning": "🟡", "healthy": "🟢", "info": "🔵"}
FOOT = 300
"""Characters kept for the last line, which counts what was left out."""


class MarkdownReport:
    """`key`: tells the comments of several jobs on one pull request apart. `mermaid`: also draw the loss as a mermaid
    chart, where the site renders them. `limit`: characters."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="markdown", title="Comment for a pull request", suffix=".md")

    def __init__(self, *, key: str = "diagnosis", mermaid: bool = False, limit: int = LIMIT) -> None:
        self.key = key
        self.mermaid = mermaid
        self.limit = limit

    def render(self, diagnosis: Diagnosis) -> str:
        runs = worst_first(diagnosis.runs)
        head = [marker(self.key), _title(runs), *_table(runs)]
        tail = [*problem_list(diagnosis.problems), *_silent(unjudged(runs))]
        room = self.limit - FOOT - sum(len(part) + 2 for part in (*head, *tail))
        blocks: list[str] = []
        left_out = 0
        for run in runs:
            if run.verdict == "healthy" and len(runs) > 1:
                continue
            block, omitted = details(run, room=room, folded=len(runs) > 1, mermaid=self.mermaid)
            left_out += omitted
            room -= len(block) + 2 if block else 0
            blocks += [block] if block else []
        foot = [f"_{numbers.counted(left_out, 'finding')} left out: the page has them all._"] if left_out else []
        return "\n\n".join([*head, *blocks, *tail, *foot]) + "\n"


def _title(runs: tuple[RunDiagnosis, ...]) -> str:
    if not runs:
        return "### LogLens: no run could be judged"
    if len(runs) == 1:
        run = runs[0]
        cause = words.lead(run, brackets=True)
        return f"### {SIGNS[run.verdict]} LogLens: {words.verdict_title(run.verdict).lower()} · {cause}"
    return f"### {SIGNS[runs[0].verdict]} LogLens: {verdict_counts(runs)}"


def verdict_counts(runs: tuple[RunDiagnosis, ...]) -> str:
    """`40 runs: 2 critical, 38 healthy`"""
    counted = {verdict: sum(run.verdict == verdict for run in runs) for verdict in ("critical", "warning", "healthy")}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counted.items() if count)
    return f"{numbers.counted(len(runs), 'run')}: {said}"


def _table(runs: tuple[RunDiagnosis, ...]) -> list[str]:
    if not runs:
        return []
    shown = runs[:MOST_ROWS]
    lines = ["| | Run | Loss | Cause | Findings | Do |", "| :-: | --- | --- | --- | --: | --- |"]
    lines += [_row(run) for run in shown]
    more = [f"… and {verdict_counts(runs[MOST_ROWS:])}, not listed."] if len(runs) > len(shown) else []
    return ["\n".join(lines), *more]


def _row(run: RunDiagnosis) -> str:
    loss = loss_line(run, width=16)
    cells = (
        SIGNS[run.verdict],
        cell_code(words.run_name(run)),
        f"`{loss}`" if loss else "",
        words.lead(run),
        str(len(run.findings)),
        cell_code(words.advice_line(run), 200),
    )
    return f"| {' | '.join(cells)} |"


def problem_list(problems: tuple[Problem, ...], where: str = "") -> list[str]:
    """The problems as one block, the first few of them in words; nothing where there are none."""
    if not problems:
        return []
    lines = [f"**Could not be read or judged{where}: {len(problems)}**", ""]
    for problem in problems[:MOST_ENTRIES]:
        place = "" if problem.offset is None else f" (at {problem.offset})"
        lines.append(f"- {code(problem.path)}{place}: {prose(problem.message, MESSAGE)}")
    if len(problems) > MOST_ENTRIES:
        lines.append(f"- … and {len(problems) - MOST_ENTRIES} more")
    return ["\n".join(lines)]


def _silent(entries: tuple[Unjudged, ...]) -> list[str]:
    if not entries:
        return []
    lines = [
        f"- {prose(words.detector_title(entry.detector))} ({numbers.counted(entry.runs, 'run')}): "
        f"{prose(entry.said(MESSAGE))}"
        for entry in entries[:MOST_ENTRIES]
    ]
    if len(entries) > MOST_ENTRIES:
        lines.append(f"- … and {numbers.counted(len(entries) - MOST_ENTRIES, 'more reason')}")
    body = "\n".join(lines)
    return [f"<details><summary>Not judged</summary>\n\n{body}\n\n</details>"]
