"""What `loglens watch` would have saved on labelled runs: `python -m tests.benchmarks.watch LOGS TRUTH.json [LOOKS]`.

Each run is cut at LOOKS lengths and judged as a watcher would have seen it grow. Prints the share of the run that was
left when a critical alert came, over the runs whose fault is the learning rate's or that broke, and the critical alerts
a healthy run.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from statistics import mean

import numpy as np

from loglens.errors import NotJudgeable
from loglens.fleet.watch import Watcher
from loglens.judging import diagnose_run
from loglens.model.run import Run
from loglens.readers import read

HEALTHY = "healthy"


def cut(run: Run, last: int) -> Run:
    """The run as its log stood at that step."""
    series = []
    for one in run.series:
        many = int(np.searchsorted(one.steps, last, side="right"))
        fields = {
            name: part[:many] for name in ("wall_times", "low", "high") if (part := getattr(one, name)) is not None
        }
        series.append(replace(one, steps=one.steps[:many], values=one.values[:many], **fields))
    return replace(run, series=tuple(one for one in series if len(one)), live=True)


def first_alert(run: Run, looks: int) -> float | None:
    """Share of the run that was over when the first critical alert came; None where none came."""
    loss = run.role("train_loss")
    if loss is None:
        return None
    watcher = Watcher(path=Path(), severity="critical")
    for look in range(1, looks + 1):
        last = int(loss.steps[max(0, len(loss) * look // looks - 1)])
        try:
            judged = diagnose_run(cut(run, last))
        except NotJudgeable:
            continue
        if any(event.kind == "alert" for event in watcher.alerts(judged)):
            return look / looks
    return None


def main(arguments: list[str]) -> None:
    truth = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
    looks = int(arguments[2]) if len(arguments) > 2 else 20
    at = {run.name.split("/")[-1]: first_alert(run, looks) for run in read(Path(arguments[0])).runs}
    healthy = [one for name, one in at.items() if name in truth and truth[name]["cause"] == HEALTHY]
    faults: dict[str, list[float | None]] = {}
    for name, one in at.items():
        if name in truth and truth[name]["cause"] != HEALTHY:
            faults.setdefault(truth[name]["cause"], []).append(one)
    false = sum(one is not None for one in healthy)
    print(f"{false} critical alerts in {len(healthy)} healthy runs ({false / max(1, len(healthy)):.3f} a run)")
    for cause, alerts in sorted(faults.items()):
        told = [1 - one for one in alerts if one is not None]
        saved = f", {mean(told):.0%} of the run left" if told else ""
        print(f"{cause}: told in {len(told)} of {len(alerts)}{saved}")


if __name__ == "__main__":
    main(sys.argv[1:])
