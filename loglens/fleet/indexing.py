"""Records of runs become an index: rows, groups by cause, sweeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from loglens.fleet import sweeps
from loglens.fleet.nightly.records import Record
from loglens.model.results.index import CHANGES, IndexFinding, IndexRow, RunIndex, TrendPoint
from loglens.model.run import Problem

Statuses = Mapping[str, str]


def indexed(
    records: Sequence[Record],
    *,
    path: str,
    problems: Sequence[Problem] = (),
    page: Callable[[Record], str] = lambda record: record["page"],
    statuses: Statuses | None = None,
    fixed: Mapping[str, int] | None = None,
    accepted: Mapping[str, str] | None = None,
    owners: Callable[[str], tuple[str, tuple[str, ...]]] = lambda _: ("", ()),
    trend: Sequence[TrendPoint] = (),
    night: int | None = None,
    made: float | None = None,
    version: str = "",
) -> RunIndex:
    """`statuses`: finding id -> new, worse, standing. `fixed`: run -> findings fixed this night. `accepted`: finding id
    -> why. `owners`: run -> owner and tags."""
    rows = tuple(
        _row(record, page(record), statuses or {}, fixed or {}, accepted or {}, owners(record["run"]))
        for record in records
    )
    settings = [{"peak_lr": record["peak_lr"], **record["settings"]} for record in records]
    return RunIndex(
        path=path,
        rows=rows,
        groups=sweeps.groups(rows, settings),
        sweeps=sweeps.sweeps(rows, [record["slack"] for record in records]),
        problems=tuple(problems),
        trend=tuple(trend),
        night=night,
        made=made,
        version=version,
    )


def _row(
    record: Record,
    page: str,
    statuses: Statuses,
    fixed: Mapping[str, int],
    accepted: Mapping[str, str],
    owned: tuple[str, tuple[str, ...]],
) -> IndexRow:
    findings = tuple(_finding(item, statuses, accepted) for item in record["findings"])
    # what nobody has to look at changes nothing in the morning's list
    seen = {finding.status for finding in findings if finding.severity != "info" and not finding.accepted}
    if fixed.get(record["run"]):
        seen.add("fixed")
    return IndexRow(
        run=record["run"],
        page=page,
        verdict=record["verdict"],
        cause=record["cause"],
        probability=record["probability"],
        peak_lr=record["peak_lr"],
        advice=record["advice"],
        final=record["final"],
        last_step=record["last_step"],
        headline=record["headline"],
        best_val=record["best_val"],
        state=record.get("state", ""),
        change=next((change for change in CHANGES if change in seen), ""),
        lost_steps=record["lost_steps"],
        lost_hours=record["lost_hours"],
        owner=owned[0],
        tags=owned[1],
        spark=record["spark"],
        written=record.get("written", 0.0),
        findings=findings,
    )


def _finding(finding: Mapping[str, Any], statuses: Statuses, accepted: Mapping[str, str]) -> IndexFinding:
    id_ = finding.get("id", "")
    return IndexFinding(
        kind=finding["kind"],
        severity=finding["severity"],
        start=finding["start"],
        end=finding["end"],
        summary=finding["summary"],
        id=id_,
        status=statuses.get(id_, ""),  # type: ignore[arg-type]
        accepted=accepted.get(id_, ""),
    )
