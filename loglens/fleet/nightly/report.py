"""What a night leaves for the morning: the index page, `nightly.json`, Prometheus' text file, and the digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from loglens import __version__
from loglens.fleet.indexing import indexed
from loglens.fleet.nightly.changes import status
from loglens.fleet.nightly.liveness import mark_liveness
from loglens.fleet.nightly.owners import NightlySettings
from loglens.fleet.nightly.prometheus import prometheus_text
from loglens.fleet.nightly.state import State
from loglens.model.results.index import RunIndex, TrendPoint
from loglens.model.run import Problem
from loglens.remote import is_remote, url_of
from loglens.whole_file import write_whole

SCHEMA = "loglens-nightly-1"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`findings`: those that are not over, and those fixed this night, each with its status and run. `document`: what
    `nightly.json` holds."""

    night: int
    index: RunIndex
    counts: Mapping[str, Any]
    findings: tuple[Row, ...]
    document: Row

    @property
    def new_critical(self) -> int:
        """What makes a night fail: critical findings that are new or became so, are sure, and nobody accepted."""
        return sum(
            finding["severity"] == "critical"
            and finding["status"] in ("new", "worse")
            and finding["confidence"] >= 0.5
            and not finding["accepted"]
            for finding in self.findings
        )

    def write(self, out: Path) -> None:
        """Each file whole, the index last: it never points at what is not there yet. Raises OSError."""
        from loglens.render.page.index import index_page

        write_whole(out / "nightly.json", json.dumps(self.document, ensure_ascii=False, indent=1, allow_nan=False))
        write_whole(out / "loglens.prom", prometheus_text(self.counts, self.index))
        write_whole(out / "index.html", index_page(self.index))


def reported(state: State, night: int, *, root: Path, now: float, settings: NightlySettings) -> Report:
    """Everything drawn from the state as it is now. `root`: the folder of the runs; `now`: seconds since 1970."""
    today = datetime.fromtimestamp(now, UTC).date().isoformat()
    acks = state.acks(today)
    records = [record for record, _ in state.records()]
    mark_liveness(records, now)
    findings = _findings(state, night, acks)
    fixed: dict[str, int] = {}
    for run in (finding["run"] for finding in findings if finding["status"] == "fixed"):
        fixed[run] = fixed.get(run, 0) + 1
    problems = state.problems()
    nights = state.nights()
    counts = _counts(records, findings, problems)
    trend = [_trend_point(night) for night in nights] + [_trend_point({"night": night, "began": now, **counts})]
    index = indexed(
        records,
        path=url_of(root) if is_remote(root) else Path(root).name,
        problems=[Problem(path=problem["path"], message=_with_trace(problem)) for problem in problems],
        page=lambda record: f"runs/{record['page']}",
        statuses={finding["id"]: finding["status"] for finding in findings},
        fixed=fixed,
        accepted={ack: said["why"] or f"accepted until {said['until']}" for ack, said in acks.items()},
        owners=settings.owned,
        trend=trend,
        night=night,
        made=now,
        version=__version__,
    )
    document = _document(index, counts, findings, records, problems)
    return Report(night=night, index=index, counts=counts, findings=tuple(findings), document=document)


def _document(
    index: RunIndex, counts: Row, findings: list[Row], records: list[Row], problems: list[dict[str, str]]
) -> Row:
    return {
        "schema": SCHEMA,
        "tool": {"name": "loglens", "version": __version__},
        "root": index.path,
        "night": index.night,
        "made": datetime.fromtimestamp(index.made or 0.0, UTC).isoformat(timespec="seconds"),
        "counts": counts,
        "groups": [asdict(group) | {"members": [index.rows[at].run for at in group.members]} for group in index.groups],
        "sweeps": [
            {
                "name": sweep.name,
                "runs": len(sweep.members),
                "best": None if sweep.best is None else index.rows[sweep.best].run,
                "notes": list(sweep.notes),
            }
            for sweep in index.sweeps
        ],
        "findings": [
            finding for finding in findings if finding["status"] != "standing" or finding["severity"] == "critical"
        ],
        "runs": [
            _run_row(record, row.change, row.owner, row.tags) for record, row in zip(records, index.rows, strict=True)
        ],
        "problems": problems,
        "trend": [asdict(item) for item in index.trend],
    }


def _with_trace(problem: Mapping[str, str]) -> str:
    trace = problem["traceback"]
    return (
        f"{problem['message']}; the traceback is in {trace}, please report it with that file"
        if trace
        else problem["message"]
    )


def _findings(state: State, night: int, acks: Mapping[str, Mapping[str, str]]) -> list[Row]:
    rows = []
    for finding in state.findings():
        now = status(finding, night)
        if now:
            said = acks.get(finding["id"])
            rows.append(
                {
                    name: finding[name]
                    for name in ("id", "run", "kind", "severity", "confidence", "start", "end", "summary")
                }
                | {"status": now, "first_night": finding["first"], "accepted": dict(said) if said else None}
            )
    return rows


def _counts(records: list[Row], findings: list[Row], problems: list[dict[str, str]]) -> Row:
    told = [finding for finding in findings if finding["severity"] != "info" and not finding["accepted"]]
    return {
        "runs": len(records),
        **{name: sum(record["verdict"] == name for record in records) for name in ("critical", "warning", "healthy")},
        **{name: sum(record["state"] == name for record in records) for name in ("running", "stalled", "ended")},
        **{name: sum(item["status"] == name for item in told) for name in ("new", "worse", "standing", "fixed")},
        "unreadable": len(problems),
        "accepted": sum(finding["accepted"] is not None for finding in findings),
        "lost_steps": sum(record["lost_steps"] or 0 for record in records),
        "lost_hours": round(sum(record["lost_hours"] or 0.0 for record in records), 3),
        "causes": _tally(record["cause"] for record in records if record["verdict"] != "healthy"),
    }


def _tally(names: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    for name in names:
        counted[name] = counted.get(name, 0) + 1
    return dict(sorted(counted.items(), key=lambda entry: (-entry[1], entry[0])))


def _trend_point(night: Mapping[str, Any]) -> TrendPoint:
    names = ("night", "began", "critical", "warning", "healthy", "new", "fixed", "lost_steps")
    return TrendPoint(**{name: night[name] for name in names})


def _run_row(record: Row, change: str, owner: str, tags: tuple[str, ...]) -> Row:
    left_out = ("spark", "slack", "interval", "settings", "notes", "findings")
    return {name: value for name, value in record.items() if name not in left_out} | {
        "change": change,
        "owner": owner,
        "tags": list(tags),
        "page": f"runs/{record['page']}",
        "findings": [item["id"] for item in record["findings"]],
    }
