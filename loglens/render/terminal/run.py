"""One run in the terminal: verdict and cause, the curve with its flagged stretch, findings, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from loglens.model.diagnosis import Curve, RunDiagnosis
from loglens.model.finding import SEVERITIES, Broke, Finding, NotApplicable
from loglens.render import numbers, rate_words, what_if_words, words
from loglens.render.groups import FindingGroup, grouped
from loglens.render.printable import printable
from loglens.render.terminal.screen import hanging, wrapped
from loglens.render.terminal.sparkline import Columns, columns, rows

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

STYLES = {"healthy": "bold green", "warning": "bold yellow", "critical": "bold red", "info": "cyan"}
LABEL = 11
"""Columns of the names left of the curves."""
RANGE = 20
"""Columns kept right of the curves for what they start and end with."""
WIDEST = 160
"""A curve wider than this is hard to take in at a glance."""
NAMES = {"train_loss": "Train loss", "metric": "Metric", "val_loss": "Val loss", "learning_rate": "LR",
         "grad_norm": "Grad norm"}  # fmt: skip
SIZES = (
    (4, tuple(NAMES)),
    (3, tuple(NAMES)),
    (3, ("train_loss", "metric", "val_loss", "learning_rate")),
    (3, ("train_loss", "metric", "learning_rate")),
    (2, ("train_loss", "metric", "learning_rate")),
    (1, ("train_loss", "metric")),
)
"""From the fullest to the smallest drawing: lines of the train loss, and the curves drawn."""
MOST_FINDING_LINES = 4
"""Lines of findings for which the curves make room."""
JUDGED = ("train_loss", "metric")
INDENT = 10
"""Where the words of a finding begin, right of its severity."""
LONGEST = 2000
WANTS = re.compile(r"(.*); (\d{1,6}) are needed", re.DOTALL)
"""A reason that only wants more points."""
HIGH_SCREEN = 32
"""Lines of a screen from which its head need not be cut to a line each."""
MOST_LINES = 14
"""Lines of findings where the screen sets no limit: a run is told within forty lines, the page holds the rest."""


def run_lines(run: RunDiagnosis, *, width: int, height: int | None) -> list[RenderableType]:
    """Everything about one run in at most `height` lines: what does not fit is counted, advice and verdict always do.

    None: everything, however long.
    """
    from rich.text import Text

    head = _head(run, width, height)
    advice = _advice(run, width, height)
    reasons = _reasons(run, width, height)
    unjudged = _unjudged(run, width, height)
    wanted = min(MOST_FINDING_LINES, sum(len(_finding(item, run.x_axis, width, 2)) for item in grouped(run.findings)))
    around = len(head) + len(advice) + len(reasons) + len(unjudged) + 1
    room = None if height is None else height - around - (wanted + 1 if wanted else 0)
    chart = _chart(run, width, room)
    findings = _findings(run, width, None if height is None else max(2, height - around - len(chart) - 1))
    # what to do comes first: the rest says why
    lines: list[RenderableType] = [*head, *advice, *reasons, *chart]
    for block in (findings, unjudged):
        lines += [Text(), *block] if block and (height is None or block is findings) else block
    return lines


def _head(run: RunDiagnosis, width: int, height: int | None) -> list[Text]:
    from rich.text import Text

    others = [cause for cause in run.causes[1:3] if cause.probability >= 0.05]
    title = Text.assemble(
        (words.verdict_title(run.verdict), STYLES[run.verdict]),
        "  ",
        (words.lead(run), "bold"),
    )
    if others and not words.leads_alone(run):
        said = ", ".join(
            f"{words.cause_title(other.cause).lower()} {numbers.percent(other.probability)}" for other in others
        )
        title.append(f"  or {said}", style="dim")
    name = printable(words.run_name(run), max(20, width // 2))
    points = numbers.counted(run.points, "point") if run.points else "no train loss"
    facts = Text(
        f"{name} · {printable(words.format_title(run.format), 40)} · "
        f"{points}, {printable(words.steps_logged(run), 80)}"
        f" · {words.schedule_of(run)}",
        style="dim",
    )
    few = None if height is None else 1 if height < HIGH_SCREEN else 2
    lines = [*wrapped(title, width, few), *wrapped(facts, width, few)]
    rate = rate_words.rate_line(run)
    return [*lines, *wrapped(Text(rate), width, few)] if rate else lines


def _reasons(run: RunDiagnosis, width: int, height: int | None) -> list[Text]:
    """Why, strongest first: what the advice has not said already."""
    from rich.text import Text

    told = words.reasons(run)
    said = (words.headline(run), *told) if words.is_hint(run) else told
    left = [item for item in said if item not in words.why(run)]
    lines: list[Text] = []
    for item in left if height is None else left[:1]:
        # a second line rather than an ellipsis: it is what the run is about
        lines += hanging(Text(f"  · {printable(item, LONGEST)}"), width, 4, None if height is None else 2)
    return lines


def _chart(run: RunDiagnosis, width: int, room: int | None) -> list[Text]:
    """The curves over one axis of steps; in less than `room` lines the loss gets lower, then others are left out."""
    drawn = {role: curve for role in NAMES if (curve := run.curve(role)) is not None and len(curve.steps)}
    if not drawn:
        return []
    first = min(int(curve.steps[0]) for curve in drawn.values())
    last = max(int(curve.steps[-1]) for curve in drawn.values())
    across = max(10, min(width - LABEL - RANGE, WIDEST))
    for high, roles in SIZES:
        shown = [curve for role, curve in drawn.items() if role in roles]
        if room is None or len(shown) + high <= room:
            break
    lines = [
        line
        for curve in shown
        for line in _curve(curve, run.findings, across, first, last, high if curve.role in JUDGED else 1)
    ]
    return [*lines, _axis(run.x_axis, first, last, across)] if lines else []


def _curve(
    curve: Curve, findings: tuple[Finding, ...], across: int, first: int, last: int, high: int
) -> Iterator[Text]:
    from rich.text import Text

    cells = columns(curve, width=across, first=first, last=last, findings=_of(findings, curve))
    *above, lowest = rows(cells, high)
    for row in above:
        yield Text(" " * LABEL).append_text(_coloured(row, cells))
    line = Text.assemble((f"{NAMES[curve.role]:<{LABEL}}", "dim"), _coloured(lowest, cells))
    yield line.append(f" {_ends(curve)}"[:RANGE], style="dim")


def _axis(name: str, first: int, last: int, across: int) -> Text:
    from rich.text import Text

    left, right = numbers.count(first), numbers.count(last)
    label = printable(name, LABEL - 1)
    return Text(f"{label:<{LABEL}}{left}{right:>{max(len(right) + 1, across - len(left))}}", style="dim")


def _of(findings: tuple[Finding, ...], curve: Curve) -> list[Finding]:
    """The findings to mark on a curve: those seen in its series, and on the loss those of no series."""
    return [
        finding
        for finding in findings
        if finding.series == curve.series or (curve.role in JUDGED and not finding.series)
    ]


def _coloured(row: str, cells: Columns) -> Text:
    from rich.text import Text

    line = Text(style="none")
    for character, flag in zip(row, cells.flags, strict=True):
        line.append(character, style="cyan" if flag is None else STYLES[flag])
    return line


def _ends(curve: Curve) -> str:
    finite = curve.values[curve.values == curve.values]
    if not len(finite):
        return "no finite value"
    arrow = "…" if curve.role == "learning_rate" else "→"
    ends = (max(finite), finite[-1]) if curve.role == "learning_rate" else (finite[0], curve.values[-1])
    show = numbers.lr if curve.role == "learning_rate" else numbers.sig
    first, last = (show(float(end)) for end in ends)
    return first if first == last and curve.role == "learning_rate" else f"{first} {arrow} {last}"


def _findings(run: RunDiagnosis, width: int, room: int | None) -> list[Text]:
    """One or two lines a finding; the last line counts those for which there is no room."""
    from rich.text import Text

    ranked = grouped(run.findings)
    if not ranked:
        return []
    said = " ".join((words.why(run), *_told(run, room)))
    blocks = [_finding(item, run.x_axis, width, None if room is None else 2, said) for item in ranked]
    room = MOST_LINES if room is None else room
    lines: list[Text] = []
    for shown, block in enumerate(blocks):
        spare = 0 if shown == len(blocks) - 1 else 1
        if shown and len(lines) + len(block) + spare > room:
            rest = tuple(finding for group in ranked[shown:] for finding in group.findings)
            return [*lines, Text(f"{'':{INDENT}}and {_counted(rest)}", style="dim")]
        lines += block
    return lines


def _counted(findings: tuple[Finding, ...]) -> str:
    said = [
        f"{count} {severity}"
        for severity in reversed(SEVERITIES)
        if (count := sum(finding.severity == severity for finding in findings))
    ]
    return numbers.counted(len(findings), "more finding") + f" ({', '.join(said)})"


def _told(run: RunDiagnosis, room: int | None) -> tuple[str, ...]:
    """The reasons that the screen shows above the findings."""
    return words.reasons(run) if room is None else ()


def _finding(finding: FindingGroup, x_axis: str, width: int, most: int | None, said: str = "") -> list[Text]:
    from rich.text import Text

    summary = words.on_axis(finding.summary, x_axis)
    if summary in said:
        # the sentence stands above already: what it is, and where
        summary = f"{words.kind_title(finding.worst.kind)}, as said above."
    line = Text.assemble(
        (f"{words.severity(finding.severity):<{INDENT}}", STYLES[finding.severity]),
        (f"{words.on_axis(numbers.steps(finding.steps), x_axis)}  ", "dim"),
        printable(summary, LONGEST),
    )
    return hanging(line, width, INDENT, most)


def _padded(line: Text, columns: int) -> Text:
    line.pad_left(columns)
    return line


def _advice(run: RunDiagnosis, width: int, height: int | None) -> list[Text]:
    from rich.text import Text

    advice = run.recommendation
    do = Text.assemble(("Do  ", "bold"), (words.advice_line(run), STYLES["healthy"]))
    lines = wrapped(do, width, None)
    lines += [_padded(line, 4) for line in wrapped(Text(printable(words.why(run), LONGEST)), width - 4, height and 3)]
    if advice.replay is not None:
        reason = f": {printable(advice.replay.reason, LONGEST)}" if advice.replay.reason else ""
        said = Text(f"{words.replay_title(advice.replay.outcome)}{reason}")
        lines += [_padded(line, 4) for line in wrapped(said, width - 4, height and 2)]
    for more in (what_if_words.short_line(run), what_if_words.lost_line(run)):
        if more:
            lines += [_padded(line, 4) for line in wrapped(Text(printable(more, LONGEST)), width - 4, height and 2)]
    return lines


def _unjudged(run: RunDiagnosis, width: int, height: int | None) -> list[Text]:
    """What could not be asked, and what failed, in one paragraph; repairs are counted."""
    from rich.text import Text

    parts = list(_left_out(run))
    failed = [
        f"{words.detector_title(outcome.detector)} failed ({printable(outcome.error, LONGEST)})"
        for outcome in run.outcomes
        if isinstance(outcome, Broke)
    ]
    lines: list[Text] = []
    if parts or failed:
        lines += wrapped(Text(f"Not judged: {'; '.join([*failed, *parts])}", style="dim"), width, height and 1)
    if run.notes:
        kinds = [f"{count} {kind}" for kind in ("repair", "dropped", "guess", "info") if (count := _notes(run, kind))]
        lines.append(Text(f"Notes on reading: {', '.join(kinds)} (see `loglens inspect`)", style="dim"))
    return lines


def _left_out(run: RunDiagnosis) -> Iterator[str]:
    """What could not be asked, and why: one entry a reason, for those that only want more points as well."""
    asked: dict[str, list[tuple[str, str]]] = {}
    for outcome in run.outcomes:
        if isinstance(outcome, NotApplicable):
            reason = printable(outcome.reason, LONGEST)
            wants = WANTS.fullmatch(reason)
            reason, needed = (wants.group(1), wants.group(2)) if wants else (reason, "")
            asked.setdefault(reason, []).append((words.detector_title(outcome.detector), needed))
    for reason, outcomes in asked.items():
        names = [name if place == 0 else words.lowered(name) for place, (name, _) in enumerate(outcomes)]
        least = [int(needed) for _, needed in outcomes if needed]
        span = "" if not least else f"{min(least)} to {max(least)}" if min(least) < max(least) else f"{least[0]}"
        more = f"; {span} are needed" if span else ""
        yield f"{', '.join(names)} ({reason}{more})"


def _notes(run: RunDiagnosis, kind: str) -> int:
    return sum(note.kind == kind for note in run.notes)
