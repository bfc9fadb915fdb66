"""One message a channel: what changed, grouped by owner, the worst first, with a link and a small chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loglens.fleet.nightly.records import spark
from loglens.fleet.nightly.report import Report
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import SEVERITIES, Finding
from loglens.render import words

RUNS_SHOWN = 10
"""Runs of an owner that are named; the others are counted."""
BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A run in a digest. `status`: the first of new, worse, fixed that its findings have. `chart`: its loss."""

    run: str
    owner: str
    status: str
    severity: str
    cause: str
    line: str
    advice: str
    link: str
    chart: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """`title`: one line; `entries`: by owner, the worst first."""

    title: str
    entries: tuple[Entry, ...]
    link: str
    trend: str
    night: int

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(item for entry in self.entries for item in entry.ids)

    def text(self) -> str:
        """Plain text; Markdown as mail and chats show it."""
        lines = [self.title, *([f"Critical runs, night by night: {self.trend}"] if self.trend else [])]
        for owner, entries in _by_owner(self.entries):
            lines += ["", f"{owner or 'Nobody named'}: {len(entries)} {'run' if len(entries) == 1 else 'runs'}"]
            for entry in entries[:RUNS_SHOWN]:
                lines.append(f"- {entry.status} {entry.severity}: {entry.run} ({entry.cause})")
                lines.append(f"  {entry.line}")
                lines += [f"  do: {entry.advice}"] if entry.advice else []
                lines += [f"  {entry.chart}  {entry.link}".rstrip()]
            if len(entries) > RUNS_SHOWN:
                lines.append(f"- and {len(entries) - RUNS_SHOWN} more")
        return "\n".join([*lines, *(["", self.link] if self.link else [])])

    def document(self) -> dict[str, Any]:
        """What a plain webhook gets."""
        return {
            "schema": "loglens-digest-1",
            "title": self.title,
            "night": self.night,
            "link": self.link,
            "runs": [
                {name: getattr(entry, name) for name in Entry.__dataclass_fields__ if name != "ids"}
                | {"findings": list(entry.ids)}
                for entry in self.entries
            ],
        }

    def slack(self) -> dict[str, Any]:
        """Slack's shape, which Mattermost and others take too: a text, and blocks of at most 3,000 characters."""
        blocks: list[dict[str, Any]] = [_block(f"*{_plain(self.title)}*")]
        for owner, entries in _by_owner(self.entries):
            said = [f"*{_plain(owner or 'Nobody named')}*: {len(entries)}"]
            for entry in entries[:RUNS_SHOWN]:
                name = f"<{entry.link}|{_plain(entry.run)}>" if entry.link.startswith("http") else _plain(entry.run)
                said.append(f"• {entry.status} {entry.severity}: {name} ({_plain(entry.cause)}) `{entry.chart}`")
                said += [f"   `{_plain(entry.advice)}`"] if entry.advice else []
            if len(entries) > RUNS_SHOWN:
                said.append(f"and {len(entries) - RUNS_SHOWN} more")
            blocks.append(_block("\n".join(said)))
        if self.link.startswith("http"):
            blocks.append(_block(f"<{self.link}|All runs>"))
        return {"text": self.title, "blocks": blocks[:50]}


def _block(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:2990]}}


def _plain(text: str) -> str:
    """A stranger's name says nothing to everybody and mentions nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")


def _by_owner(entries: Sequence[Entry]) -> Iterable[tuple[str, list[Entry]]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.owner, []).append(entry)
    return found.items()


def digest(report: Report, runs: Iterable[str], told: Mapping[str, float], *, base_url: str) -> Digest | None:
    """What changed in `runs`, None where nothing did. `told`: finding id -> when, of those that stay quiet. `base_url`:
    where the site can be seen, '' where that is not known."""
    wanted = set(runs)
    changed: dict[str, list[Mapping[str, Any]]] = {}
    for finding in report.findings:
        fresh = (
            finding["status"] in ("new", "worse", "fixed") and finding["severity"] != "info" and not finding["accepted"]
        )
        if fresh and finding["run"] in wanted and (finding["id"] not in told or finding["status"] == "fixed"):
            changed.setdefault(finding["run"], []).append(finding)
    if not changed:
        return None
    rows = {row.run: row for row in report.index.rows}
    entries = sorted(
        (_entry(rows[run], found, base_url) for run, found in changed.items() if run in rows),
        key=lambda finding: (
            finding.owner,
            finding.status == "fixed",
            -SEVERITIES.index(finding.severity),
            finding.run,
        ),
    )
    counts = {name: sum(entry.status == name for entry in entries) for name in ("new", "worse", "fixed")}
    said = ", ".join(f"{many} {name}" for name, many in counts.items() if many)
    nights = [item.critical for item in report.index.trend]
    return Digest(
        title=f"LogLens, night {report.night}: {said} among {report.counts['runs']:,} runs",
        entries=tuple(entries),
        link=f"{base_url.rstrip('/')}/index.html" if base_url else "",
        trend=bars(nights[-30:]) if len(nights) > 1 else "",
        night=report.night,
    )


def _entry(row: Any, found: Sequence[Mapping[str, Any]], base_url: str) -> Entry:
    status = next(item for item in ("new", "worse", "fixed") if any(f["status"] == item for f in found))
    told = [f for f in found if f["status"] == status]
    worst = max(told, key=lambda f: SEVERITIES.index(f["severity"]))
    return Entry(
        run=row.run,
        owner=row.owner,
        status=status,
        severity=worst["severity"],
        cause=words.cause_title(row.cause),
        line=worst["summary"],
        advice="" if status == "fixed" else row.advice,
        link=f"{base_url.rstrip('/')}/{row.page}" if base_url else row.page,
        chart=_chart(row.spark),
        ids=tuple(f["id"] for f in found),
    )


def alert(run: RunDiagnosis, finding: Finding) -> Digest:
    """One finding of a run that still trains, as a message."""
    name = words.run_name(run)
    entry = Entry(
        run=name,
        owner="",
        status="new",
        severity=finding.severity,
        cause=words.cause_title(run.cause.cause),
        line=finding.summary,
        advice=words.advice_line(run),
        link="",
        chart=_chart(spark(run.curve("train_loss") or run.curve("val_loss"))),
        ids=(),
    )
    return Digest(
        title=f"LogLens: {finding.severity} in {name} at step {run.last_step:,}",
        entries=(entry,),
        link="",
        trend="",
        night=0,
    )


def bars(values: Sequence[float]) -> str:
    """Numbers as blocks, 0 the lowest."""
    top = max(*values, 1)
    return "".join(BLOCKS[round(value / top * (len(BLOCKS) - 1))] for value in values)


def _chart(spark: str) -> str:
    """24 blocks of a row's spark; a cross where there was no finite value."""
    return "".join("×" if item == "-" else BLOCKS[int(item, 36) * len(BLOCKS) // 36] for item in spark[::2])
