"""What is new, worse, standing or fixed in a run since the night before, finding by finding."""

from __future__ import annotations

import hashlib
from typing import Any

from loglens.fleet.matching import FindingMark, pair_up
from loglens.fleet.nightly.records import Record
from loglens.fleet.nightly.state import State
from loglens.model.finding import SEVERITIES
from loglens.model.run import StepSpan


def store_run(state: State, unit: str, record: Record, night: int) -> None:
    """The run's record and what became of its findings.

    A finding keeps the id it was first given for as long as it is recognised (same kind, same series, about the same
    steps), though its own fingerprint moves with the log.
    """
    run = record["run"]
    before = state.findings_of(run)
    was = [_mark(item["finding"]) for item in before]
    now = [_mark(item) for item in record["findings"]]
    paired = _same(before, record["findings"]) | {}
    left_now = [at for at in range(len(now)) if at not in paired]
    left_was = [at for at in range(len(was)) if at not in paired.values()]
    moved = pair_up([was[at] for at in left_was], [now[at] for at in left_now], record["slack"])
    paired |= {left_now[at]: left_was[other] for at, other in moved.items()}
    taken = {item["id"] for item in before}
    for at, finding in enumerate(record["findings"]):
        if at in paired:
            old = before[paired[at]]
            worse = night if _rank(finding) > SEVERITIES.index(old["severity"]) else old["worse"]
            back = old["fixed"] is not None and old["fixed"] < night
            first = night if back else old["first"]
            finding["id"] = old["id"]
            state.put_finding(old["id"], run, finding, first=first, worse=worse, fixed=None)
        else:
            finding["id"] = _new_id(run, finding["mark"], taken)
            taken.add(finding["id"])
            state.put_finding(finding["id"], run, finding, first=night, worse=None, fixed=None)
    for at in left_was:
        if at not in paired.values() and before[at]["fixed"] is None:
            old = before[at]
            state.put_finding(old["id"], run, old["finding"], first=old["first"], worse=old["worse"], fixed=night)
    state.put_run(unit, record, night)


def _same(before: list[dict[str, Any]], findings: list[Record]) -> dict[int, int]:
    """Index of a finding -> index of the one before that has its very fingerprint."""
    known = {record["finding"]["mark"]: at for at, record in enumerate(before)}
    return {at: known[finding["mark"]] for at, finding in enumerate(findings) if finding["mark"] in known}


def _mark(finding: Record) -> FindingMark:
    return FindingMark(
        kind=finding["kind"],
        place=finding["place"],
        span=StepSpan(start=finding["start"], end=finding["end"]),
        severity=finding["severity"],
    )


def _rank(finding: Record) -> int:
    return SEVERITIES.index(finding["severity"])


def _new_id(run: str, mark: str, taken: set[str]) -> str:
    """Ten letters to be typed after `loglens ack`."""
    for again in range(len(taken) + 2):
        text = f"{run}\n{mark}\n{again or ''}".encode("utf-8", "backslashreplace")
        name = hashlib.sha256(text).hexdigest()[:10]
        if name not in taken:
            return name
    raise AssertionError("more ids than findings were tried")


def status(finding: Record, night: int) -> str:
    """Of a row of `State.findings`, as seen from `night`: 'new', 'worse', 'standing', 'fixed', or '' for one that was
    fixed in an earlier night."""
    if finding["fixed"] is not None:
        return "fixed" if finding["fixed"] == night else ""
    if finding["first"] == night:
        return "new"
    return "worse" if finding["worse"] == night else "standing"
