"""The counts of a night in Prometheus' text format, for node_exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loglens.model.results.index import RunIndex

HELP = {
    "loglens_runs": "Runs by verdict",
    "loglens_runs_by_state": "Runs by whether they still write",
    "loglens_runs_by_cause": "Runs that are not healthy, by the likeliest cause",
    "loglens_findings": "Findings above info, by what became of them this night",
    "loglens_unreadable": "Places that could not be read or judged",
    "loglens_lost_steps": "Steps run since the first critical finding, all runs",
    "loglens_lost_hours": "Hours run since the first critical finding, all runs with a clock",
    "loglens_night": "Number of the night",
    "loglens_last_run_timestamp_seconds": "When this night was told",
}


def prometheus_text(counts: Mapping[str, Any], index: RunIndex) -> str:
    """One metric after the other, sorted labels, a newline at the end."""
    values: dict[str, list[tuple[str, float]]] = {
        "loglens_runs": [(f'{{verdict="{item}"}}', counts[item]) for item in ("critical", "warning", "healthy")],
        "loglens_runs_by_state": [(f'{{state="{item}"}}', counts[item]) for item in ("running", "stalled", "ended")],
        "loglens_runs_by_cause": [(f'{{cause="{cause}"}}', many) for cause, many in sorted(counts["causes"].items())],
        "loglens_findings": [(f'{{status="{item}"}}', counts[item]) for item in ("new", "worse", "standing", "fixed")],
        "loglens_unreadable": [("", counts["unreadable"])],
        "loglens_lost_steps": [("", counts["lost_steps"])],
        "loglens_lost_hours": [("", counts["lost_hours"])],
        "loglens_night": [("", index.night or 0)],
        "loglens_last_run_timestamp_seconds": [("", round(index.made or 0.0))],
    }
    lines = []
    for name, rows in values.items():
        lines += [f"# HELP {name} {HELP[name]}", f"# TYPE {name} gauge"]
        lines += [f"{name}{labels} {value}" for labels, value in rows]
    return "\n".join(lines) + "\n"
