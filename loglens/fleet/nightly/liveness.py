"""Whether a run still writes, by its own usual interval: running, stalled, or ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from loglens.fleet.nightly.records import Record
from loglens.fleet.sweeps import sweep_of

INTERVALS = 10.0
"""Intervals a run may be silent before it counts as such: ten times what its slowest points usually take."""
LEAST_SILENCE = 900.0
MOST_SILENCE = 86_400.0
REACHED = 0.98
SIBLINGS = 3
SIBLINGS_SHARE = 0.5
"""Runs of a folder, and share of it, that ended at one step before that step counts as the planned end."""


def allowed_silence(record: Record) -> float:
    """Seconds."""
    interval = record.get("interval") or 0.0  # records of before had another name for it
    return min(MOST_SILENCE, max(LEAST_SILENCE, INTERVALS * interval))


def mark_liveness(records: Sequence[Record], now: float) -> None:
    """Puts 'state' into each record. `now`: seconds since 1970.

    Silent, and short of an end that is known (its settings name it, or half of its siblings ended at one step):
    stalled. Silent otherwise: ended. A clock that went back makes nobody stall.
    """
    ends = _common_ends(records)
    for record in records:
        seen = max(record["last_time"] or 0.0, record["written"])
        if now - seen <= allowed_silence(record):
            record["state"] = "running"
            continue
        planned = record["planned_end"] or ends.get(sweep_of(record["run"]))
        short = planned is not None and record["last_step"] < REACHED * planned
        broke = any(item["kind"] == "non_finite" and item["severity"] == "critical" for item in record["findings"])
        record["state"] = "stalled" if short and not broke else "ended"


def _common_ends(records: Iterable[Record]) -> dict[str, int]:
    lasts: dict[str, Counter[int]] = {}
    for record in records:
        lasts.setdefault(sweep_of(record["run"]), Counter())[record["last_step"]] += 1
    ends = {}
    for sweep, counted in lasts.items():
        step, times = max(counted.items(), key=lambda entry: (entry[1], entry[0]))
        if times >= max(SIBLINGS, SIBLINGS_SHARE * counted.total()):
            ends[sweep] = step
    return ends
