"""A Dagster asset: the counts of the night are its metadata, so that Dagster draws them over time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import dagster

SITE = Path("/data/site")


@dagster.asset
def nightly(context: dagster.AssetExecutionContext) -> dagster.MaterializeResult:
    command = ["loglens", "nightly", "/data/runs", "--out", str(SITE), "--exit-zero"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    context.log.info(done.stdout)
    counts = json.loads((SITE / "nightly.json").read_text())["counts"]
    return dagster.MaterializeResult(metadata={name: many for name, many in counts.items() if name != "causes"})


definitions = dagster.Definitions(
    assets=[nightly],
    schedules=[dagster.ScheduleDefinition(name="nightly", target=[nightly], cron_schedule="0 3 * * *")],
)
