"""One run in a comment: its curve in characters, its findings with their evidence, the cause and what to do."""

from __future__ import annotations

from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Evidence
from loglens.render import numbers, rate_words, what_if_words, words
from loglens.render.groups import FindingGroup, grouped
from loglens.render.markdown.text import code, html_code, prose
from loglens.render.terminal.sparkline import columns, rows, sparkline

MOST_FINDINGS = 10
"""Of one run, so that one bad run does not crowd out the others."""
SENTENCE = 600
REASON = 300
MOST_REASONS = 5
CHART = {"train_loss": "loss", "metric": "value", "val_loss": "val", "learning_rate": "lr", "grad_norm": "grad"}
WIDTH = 60
MERMAID_POINTS = 60
FRAME = 80
"""Characters of the findings' heading and of the line that counts the rest."""
END = "\n\n</details>"


def details(run: RunDiagnosis, *, room: int, folded: bool, mermaid: bool) -> tuple[str, int]:
    """The run in at most `room` characters, and how many of its findings had to be left out.

    '' where not even its head fits; `folded` puts it behind a summary line.
    """
    title = f"{words.verdict_title(run.verdict)} · {html_code(words.run_name(run))} · {_cause_line(run)}"
    opening = f"<details><summary>{title}</summary>\n\n" if folded else ""
    closing = END if folded else ""
    head = opening + "\n\n".join(part for part in (_chart(run), _mermaid(run) if mermaid else "", _advice(run)) if part)
    ranked = grouped(run.findings)
    spare = room - len(head) - len(closing) - FRAME
    if spare < 0:
        return "", len(run.findings)
    lines: list[str] = []
    for finding in ranked[:MOST_FINDINGS]:
        line = _finding(finding, run.x_axis)
        if len(line) + 1 > spare:
            break
        spare -= len(line) + 1
        lines.append(line)
    omitted = sum(len(item.findings) for item in ranked[len(lines) :])
    if omitted:
        lines.append(f"- … and {numbers.counted(omitted, 'more finding')}")
    body = "\n\n**Findings**\n\n" + "\n".join(lines) if lines else ""
    return head + body + closing, omitted


def loss_line(run: RunDiagnosis, *, width: int) -> str:
    """The train loss (or the validation loss) as one line of blocks, '' where the diagnosis has no curve."""
    curve = run.curve("train_loss") or run.curve("val_loss") or run.curve("metric")
    if curve is None or not len(curve.steps):
        return ""
    first, last = int(curve.steps[0]), int(curve.steps[-1])
    return sparkline(curve, width=width, first=first, last=last, findings=run.findings)


def _cause_line(run: RunDiagnosis) -> str:
    return words.lead(run, brackets=True)


def _chart(run: RunDiagnosis) -> str:
    drawn = [
        (name, curve) for role, name in CHART.items() if (curve := run.curve(role)) is not None and len(curve.steps)
    ]
    if not drawn:
        return ""
    first = min(int(curve.steps[0]) for _, curve in drawn)
    last = max(int(curve.steps[-1]) for _, curve in drawn)
    lines: list[str] = []
    for name, curve in drawn:
        of = [finding for finding in run.findings if finding.series == curve.series]
        cells = columns(curve, width=WIDTH, first=first, last=last, findings=of)
        for place, row in enumerate(reversed(rows(cells, 2 if curve.role in ("train_loss", "metric") else 1))):
            lines.insert(len(lines) - place, f"{name if place == 0 else '':<6}{row}")
        if curve.role == "train_loss" and any(cells.flags):
            lines.append(f"{'':<6}{''.join('^' if flag else ' ' for flag in cells.flags)}")
    left, right = numbers.count(first), numbers.count(last)
    lines.append(f"{_axis(run):<6}{left}{right:>{max(len(right) + 1, WIDTH - len(left))}}")
    body = "\n".join(line.rstrip() for line in lines)
    return f"```text\n{body}\n```"


def _axis(run: RunDiagnosis) -> str:
    return "epoch" if run.x_axis == "epoch" else "step"


def _mermaid(run: RunDiagnosis) -> str:
    """The level of the loss as a mermaid chart: numbers only, nothing of it comes from a name in the log."""
    curve = run.curve("level") or run.curve("train_loss") or run.curve("val_loss") or run.curve("metric")
    if curve is None:
        return ""
    finite = [(int(s), float(v)) for s, v in zip(curve.steps, curve.values, strict=True) if abs(v) < float("inf")]
    if len(finite) < 2:
        return ""
    every = max(1, -(-len(finite) // MERMAID_POINTS))
    values = ", ".join(f"{value:.4g}" for _, value in finite[::every])
    return (
        '```mermaid\nxychart-beta\n  title "Loss"\n'
        f'  x-axis "{_axis(run)}" {finite[0][0]} --> {finite[-1][0]}\n  line [{values}]\n```'
    )


def _advice(run: RunDiagnosis) -> str:
    advice = run.recommendation
    lines = [f"**{words.action_title(advice.action)}:** {code(words.to_do(run), 200)}"]
    if advice.why:
        lines.append(prose(words.why(run), SENTENCE))
    if advice.replay is not None:
        reason = f": {prose(advice.replay.reason, SENTENCE)}" if advice.replay.reason else ""
        lines.append(f"{words.replay_title(advice.replay.outcome)}{reason}")
    more = (what_if_words.short_line(run), what_if_words.lost_line(run))
    lines += [prose(item, SENTENCE) for item in more if item]
    others = ", ".join(
        f"{words.cause_title(cause.cause).lower()} {numbers.percent(cause.probability)}"
        for cause in run.causes[1:4]
        if cause.probability >= 0.05
    )
    said = [f"**{_cause_line(run)}**" + (f", or {others}" if others and not words.leads_alone(run) else "")]
    if rate := rate_words.rate_line(run):
        said[0] += f"  \n{prose(rate, SENTENCE)}"
    if words.is_hint(run):
        lines.insert(0, prose(words.headline(run), SENTENCE))
    said += [f"- {prose(reason, REASON)}" for reason in words.reasons(run)[:MOST_REASONS]]
    return "  \n".join(lines) + "\n\n" + said[0] + ("\n\n" + "\n".join(said[1:]) if len(said) > 1 else "")


def _finding(group: FindingGroup, x_axis: str) -> str:
    finding = group.worst
    where = words.on_axis(numbers.steps(group.steps), x_axis)
    where = f"{where} of {code(finding.series)}" if finding.series else where
    line = (
        f"- **{words.severity(finding.severity)}: {words.kind_title(finding.kind).lower()}**, {where}. "
        f"{prose(words.on_axis(group.summary, x_axis), SENTENCE)}"
    )
    evidence = "; ".join(_evidence(item) for item in finding.evidence)
    return f"{line}\n  <br><sub>{evidence}</sub>" if evidence else line


def _evidence(item: Evidence) -> str:
    value = (
        numbers.sig(item.value) if isinstance(item.value, int | float) else prose(item.value or numbers.NOTHING, 120)
    )
    unit = f" {prose(item.unit, 30)}" if item.unit else ""
    note = f" ({prose(item.note, 200)})" if item.note else ""
    return f"{prose(words.plain(item.name), 60).lower()} {value}{unit}{note}"
