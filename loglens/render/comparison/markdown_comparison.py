"""A comparison as a comment: the gate, a table of the runs, and what is new unfolded on a click."""

from __future__ import annotations

from typing import ClassVar

from loglens.model.results.comparison import Comparison, FindingChange, MetricChange, RunComparison
from loglens.render import numbers, words
from loglens.render.base import RendererMeta
from loglens.render.comparison import words as compare_words
from loglens.render.markdown.report import FOOT, LIMIT, MOST_ROWS, SIGNS, problem_list
from loglens.render.markdown.run import loss_line
from loglens.render.markdown.text import cell_code, code, html_code, marker, prose

ICONS = {"better": "✅ ", "worse": "❌ ", "same": "", "changed": "", "unknown": ""}
MOST_FINDINGS = 12
"""Of one pair of runs, so that one bad run does not crowd out the others."""
SENTENCE = 400
MOST_NAMES = 20
FRAME = 100
"""Characters of a pair's headings and of the line that counts its other findings."""
FRESH = ("new", "worse")


class CompareMarkdown:
    """`key`: tells the comments of several jobs on one pull request apart. `limit`: characters."""

    meta: ClassVar[RendererMeta] = RendererMeta(id="markdown", title="Comment for a pull request", suffix=".md")

    def __init__(self, *, key: str = "compare", limit: int = LIMIT) -> None:
        self.key = key
        self.limit = limit

    def render(self, comparison: Comparison) -> str:
        head = [marker(self.key), _title(comparison), *_gate(comparison), *_table(comparison.pairs)]
        tail = [
            *_unpaired(comparison),
            *problem_list(comparison.base_problems, " in BASE"),
            *problem_list(comparison.head_problems, " in HEAD"),
            *_methods(comparison),
        ]
        room = self.limit - FOOT - sum(len(part) + 2 for part in (*head, *tail))
        blocks: list[str] = []
        left_out = 0
        for pair in comparison.pairs:
            block, omitted = _details(pair, room=room, folded=len(comparison.pairs) > 1)
            left_out += omitted
            room -= len(block) + 2 if block else 0
            blocks += [block] if block else []
        more, omitted = _findings(comparison.new, room=room)
        added = [f"**Findings of runs only in HEAD**\n\n{more}"] if more else []
        left_out += omitted
        foot = [f"_{numbers.counted(left_out, 'finding')} left out to stay within a comment._"] if left_out else []
        return "\n\n".join([*head, *blocks, *added, *tail, *foot]) + "\n"


def _title(comparison: Comparison) -> str:
    # as the worst line below it: whether the gate lets a change in is said in the next line
    sign = {"bad": "❌", "watch": "⚠️", "good": "✅"}[compare_words.standing(comparison)]
    return f"### {sign} LogLens: {compare_words.headline(comparison)}"


def _gate(comparison: Comparison) -> list[str]:
    line = compare_words.gate_line(comparison, lambda text: prose(text, SENTENCE))
    return [f"**{line}**" if not comparison.gate.failed else f"**Gate failed**: {line.partition(': ')[2]}"]


def _table(pairs: tuple[RunComparison, ...]) -> list[str]:
    lines = [
        "| | Run | Before | After | Loss | | New | Fixed |",
        "| :-: | --- | --- | --- | --- | --- | --: | --: |",
    ]
    lines += [_row(pair) for pair in pairs[:MOST_ROWS]]
    more = [f"… and {numbers.counted(len(pairs) - MOST_ROWS, 'more run')}"] if len(pairs) > MOST_ROWS else []
    return ["\n".join(lines), *more] if pairs else []


def _row(pair: RunComparison) -> str:
    order = ("healthy", "warning", "critical")
    old, new = (max(pair_side, key=lambda run: order.index(run.verdict)) for pair_side in (pair.base, pair.head))
    before, after = (loss_line(run, width=12) for run in (old, new))
    told = compare_words.telling(pair)
    cells = (
        SIGNS[new.verdict] if old.verdict == new.verdict else f"{SIGNS[old.verdict]}→{SIGNS[new.verdict]}",
        cell_code(pair.title),
        f"`{before}`" if before.strip() else "",
        f"`{after}`" if after.strip() else "",
        "" if told is None else f"{compare_words.metric_title(told)}: {_both(told)}",
        "" if told is None else ICONS[told.judgement] + compare_words.judgement(told),
        str(sum(finding.status in FRESH for finding in pair.findings)),
        str(sum(finding.status == "fixed" for finding in pair.findings)),
    )
    return f"| {' | '.join(cells)} |"


def _both(change: MetricChange) -> str:
    """`0.41 → 0.52 (±0.02)`"""
    band = compare_words.band(change)
    both = f"{compare_words.value(change, change.before)} → {compare_words.value(change, change.after)}"
    return f"{both} ({band})" if band else both


def _details(pair: RunComparison, *, room: int, folded: bool) -> tuple[str, int]:
    """The pair in at most `room` characters, and how many of its findings were left out."""
    title = f"{html_code(pair.title)} · {compare_words.verdict(pair)} · {compare_words.cause(pair)}"
    opening = f"<details><summary>{title}</summary>\n\n" if folded else ""
    closing = "\n\n</details>" if folded else ""
    rows = "\n".join(
        f"| {compare_words.metric_title(row)} | {_both(row)} | {ICONS[row.judgement]}{compare_words.judgement(row)} |"
        for row in compare_words.shown(pair)
    )
    table = f"| | Before → after (noise) | |\n| --- | --- | --- |\n{rows}" if rows else ""
    notes = "\n".join(f"- Note: {prose(note, SENTENCE)}" for note in pair.notes)
    head = opening + "\n\n".join(part for part in (table, notes) if part)
    spare = room - len(head) - len(closing) - FRAME
    if spare < 0:
        return "", len(pair.findings)
    lines, omitted = _findings(pair.findings, room=spare)
    return head + (f"\n\n{lines}" if lines else "") + closing, omitted


def _findings(findings: tuple[FindingChange, ...], *, room: int) -> tuple[str, int]:
    """As many whole findings as fit, the new ones first, and how many did not."""
    lines: list[str] = []
    for change in findings[:MOST_FINDINGS]:
        line = _finding(change)
        if len(line) + 1 > room:
            break
        room -= len(line) + 1
        lines.append(line)
    omitted = len(findings) - len(lines)
    if omitted and lines:
        lines.append(f"- … and {numbers.counted(omitted, 'more finding')}")
    return "\n".join(lines), omitted


def _finding(change: FindingChange) -> str:
    what, marks = compare_words.finding_line(change)
    status = compare_words.STATUSES[change.status]
    where = f" of {code(change.finding.series)}" if change.finding.series else ""
    return f"- **{status}**: {what}{where} ({marks}). {prose(change.finding.summary, SENTENCE)}"


def _unpaired(comparison: Comparison) -> list[str]:
    parts = []
    for title, runs in (("Only in HEAD", comparison.added), ("Only in BASE", comparison.removed)):
        if runs:
            names = ", ".join(f"{code(words.run_name(run))} ({run.verdict})" for run in runs[:MOST_NAMES])
            more = f" and {len(runs) - MOST_NAMES} more" if len(runs) > MOST_NAMES else ""
            parts.append(f"**{title}**: {names}{more}")
    return parts


def _methods(comparison: Comparison) -> list[str]:
    used = compare_words.methods(comparison)
    share = numbers.percent(comparison.confidence)
    return [f"<sub>Noise bands, {share} over all runs: {'; '.join(used)}.</sub>"] if used else []
