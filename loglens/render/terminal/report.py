"""The summary in the terminal: one run within a screen of 80×24, several as a table with the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from loglens.model.diagnosis import Diagnosis, RunDiagnosis
from loglens.model.finding import SEVERITIES
from loglens.model.run import Problem
from loglens.render import numbers, words
from loglens.render.base import RendererMeta
from loglens.render.printable import printable
from loglens.render.ranking import worst_first
from loglens.render.short_names import shortened
from loglens.render.terminal.run import STYLES, run_lines
from loglens.render.terminal.screen import printed, wrapped
from loglens.render.unjudged import unjudged

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

LONGEST_NAME = 48
WIDE = 130
"""Columns from which the table also names the kinds of findings."""
MOST_UNJUDGED = 6
"""Lines for what could not be judged where the screen is small, the gap and the heading among them."""
NAME = 1
TITLES = ("Verdict", "Run", "Cause", "Findings", "Do")
SHARES = (10, 22, 30, 18, 40)
"""Percent of the width each column of the table may take before the others are served."""
LONGEST = 2000
"""Characters of a message beyond which nobody reads on; names are shortened to the width."""


class TextReport:
    """`width`: columns to fill. `height`: lines to stay within, where less important ones are counted instead of shown;
    None shows everything. `colour`: ANSI colours. `page`: where the page was written, named in the last line."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="text", title="Summary for the terminal", suffix=".txt")

    def __init__(
        self, *, colour: bool = False, width: int = 100, height: int | None = None, page: str | None = None
    ) -> None:
        self.colour = colour
        self.width = max(40, width)
        self.height = height
        self.page = page

    def render(self, diagnosis: Diagnosis) -> str:
        from rich.text import Text

        tail = self._tail(diagnosis)
        room = None if self.height is None else max(8, self.height - len(tail))
        blocks: list[RenderableType] = []
        if len(diagnosis.runs) == 1:
            blocks += run_lines(diagnosis.runs[0], width=self.width, height=room)
        elif diagnosis.runs:
            blocks += self._table(diagnosis, room)
        else:
            blocks.append(Text("No run could be judged.", style="bold"))
        return printed([*blocks, *tail], width=self.width, colour=self.colour)

    def _table(self, diagnosis: Diagnosis, room: int | None) -> list[RenderableType]:
        from rich.text import Text

        ranked = worst_first(diagnosis.runs)
        silent = _unjudged(diagnosis, self.width, None if room is None else 1)
        if room is not None and len(silent) > MOST_UNJUDGED:
            more = Text(f"  … and {len(silent) - MOST_UNJUDGED + 1} more", style="dim")
            silent = [*silent[: MOST_UNJUDGED - 1], more]
        shown = ranked if room is None else ranked[: max(3, room - len(silent) - 4)]
        blocks: list[RenderableType] = [*_counts(diagnosis, self.width), Text(), _runs_table(shown, self.width)]
        if len(shown) < len(ranked):
            rest = ranked[len(shown) :]
            blocks.append(Text(f"… and {len(rest)} more: {_verdict_counts(rest)}", style="dim"))
        return [*blocks, *silent]

    def _tail(self, diagnosis: Diagnosis) -> list[RenderableType]:
        from rich.text import Text

        limit = None if self.height is None else 2
        lines: list[RenderableType] = list(_problem_lines(diagnosis.problems, limit, self.width))
        if self.page:
            lines.append(Text.assemble("Report: ", (printable(self.page), "underline")))
        return [Text(), *lines] if lines else []


def _counts(diagnosis: Diagnosis, width: int) -> list[Text]:
    from rich.text import Text

    where = f" in {printable(diagnosis.path, max(20, width - 60))}" if diagnosis.path else ""
    head = f"{numbers.counted(len(diagnosis.runs), 'run')}{where}: "
    return wrapped(Text.assemble((head, "bold"), _verdict_counts(diagnosis.runs)), width, None)


def _verdict_counts(runs: tuple[RunDiagnosis, ...]) -> str:
    numbered = (
        (verdict, sum(run.verdict == verdict for run in runs)) for verdict in ("critical", "warning", "healthy")
    )
    return ", ".join(f"{count} {verdict}" for verdict, count in numbered if count)


def _runs_table(runs: tuple[RunDiagnosis, ...], width: int) -> Table:
    from rich.table import Table
    from rich.text import Text

    # what kinds were found is the first thing to go where it is narrow: the cause says more
    kept = [0, 1, 2, 3, 4] if width >= WIDE else [0, 1, 2, 4]
    rows = [_cells(run, brief=False) for run in runs]
    if sum(_need(rows, column) for column in kept) + 2 * (len(kept) - 1) > width:
        # rather no interval than one cut in the middle
        rows = [_cells(run, brief=True) for run in runs]
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    spare = width - 2 * (len(kept) - 1)
    for place, column in enumerate(kept):
        need = _need(rows, column)
        after = min(60, sum(_need(rows, other) + 2 for other in kept[place + 1 :]))
        # the columns before the last may not starve those after them
        most = need if place == len(kept) - 1 else max(SHARES[column] * width // 100, spare - after)
        given = min(need, spare, max(8, most))
        spare -= given
        if column == NAME:
            names = shortened([row[NAME] for row in rows], given)
            rows = [(*row[:NAME], name, *row[NAME + 1 :]) for row, name in zip(rows, names, strict=True)]
        table.add_column(TITLES[column], width=given, no_wrap=True, overflow="ellipsis")
    for run, row in zip(runs, rows, strict=True):
        styles = {0: STYLES[run.verdict]}
        table.add_row(*(Text(row[column], style=styles.get(column, "")) for column in kept))
    return table


def _need(rows: list[tuple[str, ...]], column: int) -> int:
    from rich.cells import cell_len

    return max(len(TITLES[column]), *(cell_len(row[column]) for row in rows))


def _cells(run: RunDiagnosis, *, brief: bool) -> tuple[str, ...]:
    return (
        words.verdict_title(run.verdict),
        printable(words.run_name(run), LONGEST_NAME),
        f"{words.lead_sure(run)} {words.lead_title(run)}".strip(),
        _kinds(run),
        words.brief_line(run) if brief else words.advice_line(run),
    )


def _kinds(run: RunDiagnosis) -> str:
    """`3 × Loss spike, Divergence`: how often each kind was found, the worst first."""
    counted: dict[str, int] = {}
    for finding in sorted(run.findings, key=lambda finding: -SEVERITIES.index(finding.severity)):
        counted[finding.kind] = counted.get(finding.kind, 0) + 1
    return ", ".join(
        words.kind_title(kind) if count == 1 else f"{count} × {words.kind_title(kind)}"
        for kind, count in counted.items()
    )


def _unjudged(diagnosis: Diagnosis, width: int, most: int | None) -> list[RenderableType]:
    from rich.text import Text

    lines: list[RenderableType] = []
    for item in unjudged(diagnosis.runs):
        said = f"  {words.detector_title(item.detector)} ({numbers.counted(item.runs, 'run')}): {item.said(LONGEST)}"
        lines += wrapped(Text(said, style="dim"), width, most)
    return [Text(), Text("Not judged", style="bold"), *lines] if lines else []


def _problem_lines(problems: tuple[Problem, ...], limit: int | None, width: int) -> list[RenderableType]:
    from rich.text import Text

    shown = problems if limit is None or len(problems) <= limit else problems[: limit - 1]
    lines: list[RenderableType] = []
    for item in shown:
        place = "" if item.offset is None else f" (at {item.offset})"
        path = printable(item.path, LONGEST if limit is None else width // 2)
        line = Text.assemble(("Problem: ", "bold yellow"), f"{path}{place}: {printable(item.message, LONGEST)}")
        lines += wrapped(line, width, None if limit is None else 1)
    if len(shown) < len(problems):
        lines.append(Text(f"… and {numbers.counted(len(problems) - len(shown), 'more problem')}", style="yellow"))
    return lines
