"""A comparison in the terminal: each pair of runs with what moved, the worst first, and the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from loglens.model.results.comparison import Comparison, FindingChange, MetricChange, RunComparison
from loglens.render import numbers, words
from loglens.render.base import RendererMeta
from loglens.render.comparison import words as compare_words
from loglens.render.printable import printable
from loglens.render.terminal.run import STYLES
from loglens.render.terminal.screen import hanging, printed, wrapped

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

COLOURS = {"better": "green", "worse": "bold red", "same": "dim", "changed": "", "unknown": "dim"}
INDENT = 11
"""Where the words of a finding begin, right of its status."""
LONGEST = 2000


class CompareText:
    """`width`: columns to fill; `colour`: ANSI colours."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="text", title="Summary for the terminal", suffix=".txt")

    def __init__(self, *, colour: bool = False, width: int = 100) -> None:
        self.colour = colour
        self.width = max(40, width)

    def render(self, comparison: Comparison) -> str:
        from rich.text import Text

        blocks: list[RenderableType] = [*wrapped(Text(compare_words.headline(comparison)), self.width, None)]
        for pair in comparison.pairs:
            blocks += [Text(), *self._pair(pair)]
        blocks += self._unpaired(comparison)
        for side, problem in comparison.problems:
            place = "" if problem.offset is None else f" (at {problem.offset})"
            said = Text.assemble(
                (f"Problem in {side}: ", "bold yellow"),
                f"{printable(problem.path)}{place}: {printable(problem.message, LONGEST)}",
            )
            blocks += wrapped(said, self.width, None)
        for method in compare_words.methods(comparison):
            said = Text(f"Noise bands, {numbers.percent(comparison.confidence)} over all runs: {method}", style="dim")
            blocks += [Text(), *wrapped(said, self.width, None)]
        style = "bold red" if comparison.gate.failed else "bold green"
        gate = Text(compare_words.gate_line(comparison, printable), style=style)
        # last, where it stays in sight above the prompt
        blocks += [Text(), *wrapped(gate, self.width, None)]
        return printed(blocks, width=self.width, colour=self.colour)

    def _pair(self, pair: RunComparison) -> list[RenderableType]:
        from rich.table import Table
        from rich.text import Text

        title = Text.assemble(
            (printable(pair.title, max(20, self.width // 2)), "bold"),
            f"  {compare_words.verdict(pair)} · {compare_words.cause(pair)}",
        )
        lines: list[RenderableType] = [*wrapped(title, self.width, None)]
        for note in pair.notes:
            lines += wrapped(Text(f"  Note: {printable(note, LONGEST)}", style="yellow"), self.width, None)
        table = Table(box=None, pad_edge=False, show_edge=False, show_header=False, padding=(0, 2, 0, 0))
        for justify in ("left", "right", "left", "left"):
            table.add_column(justify=justify, no_wrap=True)
        for change in compare_words.shown(pair):
            table.add_row(*_row(change))
        lines.append(table)
        for finding in pair.findings:
            lines += self._finding(finding)
        return lines

    def _finding(self, change: FindingChange) -> list[Text]:
        from rich.text import Text

        what, marks = compare_words.finding_line(change)
        style = STYLES[change.finding.severity] if change.status in ("new", "worse") else "dim"
        line = Text.assemble(
            (f"  {compare_words.STATUSES[change.status]:<{INDENT - 2}}", style),
            f"{what} ({marks}): {printable(change.finding.summary, LONGEST)}",
        )
        return hanging(line, self.width, INDENT, None if change.status in ("new", "worse") else 1)

    def _unpaired(self, comparison: Comparison) -> list[RenderableType]:
        from rich.text import Text

        lines: list[RenderableType] = []
        for title, runs in (("Only in HEAD", comparison.added), ("Only in BASE", comparison.removed)):
            if runs:
                names = ", ".join(f"{printable(words.run_name(run), 80)} ({run.verdict})" for run in runs)
                lines += wrapped(Text(f"{title}: {names}"), self.width, None)
        for item in comparison.new:
            lines += self._finding(item)
        return [Text(), *lines] if lines else []


def _row(change: MetricChange) -> tuple[Text, ...]:
    from rich.text import Text

    both = f"{compare_words.value(change, change.before)} → {compare_words.value(change, change.after)}"
    return (
        Text(f"  {compare_words.metric_title(change)}"),
        Text(both),
        Text(compare_words.band(change), style="dim"),
        Text(compare_words.judgement(change), style=COLOURS[change.judgement]),
    )
