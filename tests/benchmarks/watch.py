"""What `loglens watch` would have said of labelled runs: `python -m tests.benchmarks.watch LOGS TRUTH.json [LOOKS]`.

Each run is cut at LOOKS lengths (30) and judged as a watcher would have seen it grow; CORES processes share the work.
Prints the alerts a healthy run, of any severity and critical ones, and for each fault how many runs were told and the
share of the run that was left when they were; by problem where the truth names problems.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean

import numpy as np
from joblib import Parallel, delayed

from loglens.errors import NotJudgeable
from loglens.fleet.watch import Watcher
from loglens.judging import diagnose_run
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import Severity
from loglens.model.run import Run
from loglens.readers import read

HEALTHY = "healthy"
LOOKS = 30
CORES = 2
RIGHT_TOO = frozenset({"overfitting"})
"""Told of a run whose rate is right, it is no false alarm where the truth is about the rate alone."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An alert: what was said, when (share of the run that was over), how severe."""

    kind: str
    cause: str
    severity: Severity
    at: float


def cut(run: Run, last: int) -> Run:
    """The run as its log stood at that step."""
    series = []
    for one in run.series:
        many = int(np.searchsorted(one.steps, last, side="right"))
        fields = {
            name: part[:many] for name in ("wall_times", "low", "high") if (part := getattr(one, name)) is not None
        }
        series.append(replace(one, steps=one.steps[:many], values=one.values[:many], **fields))
    return replace(
        run,
        series=tuple(one for one in series if len(one)),
        rewinds=tuple(one for one in run.rewinds if one.last_step < last),
        events=tuple(one for one in run.events if one.step is None or one.step <= last),
        live=True,
    )


def looked(run: Run, looks: int) -> Iterator[tuple[float, RunDiagnosis]]:
    """What each look at the growing run says, and the share of the run that was over."""
    if (loss := run.role("train_loss")) is None:
        return
    for look in range(1, looks + 1):
        last = int(loss.steps[max(0, len(loss) * look // looks - 1)])
        try:
            yield look / looks, diagnose_run(cut(run, last))
        except NotJudgeable:
            continue


def alerts(looks: Sequence[tuple[float, RunDiagnosis]]) -> list[Told]:
    """What a watcher would have told."""
    watcher = Watcher(path=Path())
    return [
        Told(kind=event.finding.kind, cause=judged.cause.cause, severity=event.finding.severity, at=at)
        for at, judged in looks
        for event in watcher.alerts(judged)
        if event.kind == "alert" and event.finding is not None
    ]


def told_of(run: Run, looks: int) -> tuple[str, list[Told]]:
    return run.name.split("/")[-1], alerts(list(looked(run, looks)))


def table(truth: dict[str, dict[str, object]], told: dict[str, list[Told]]) -> Iterator[str]:
    """Lines that sum it up."""
    about_rate = all("problem" in one for one in truth.values())
    healthy = [name for name in told if name in truth and truth[name]["cause"] == HEALTHY]
    false = {name: [one for one in told[name] if not (about_rate and one.cause in RIGHT_TOO)] for name in healthy}
    yield _false("all", false)
    for problem in sorted({str(truth[name]["problem"]) for name in healthy}) if about_rate else ():
        yield _false(problem, {name: false[name] for name in healthy if truth[name]["problem"] == problem})
    for cause in sorted({str(truth[name]["cause"]) for name in told if name in truth} - {HEALTHY}):
        runs = [told[name] for name in told if name in truth and truth[name]["cause"] == cause]
        for what, severities in (("alerts", ("warning", "critical")), ("critical ones", ("critical",))):
            first = [min(at) for one in runs if (at := [item.at for item in one if item.severity in severities])]
            saved = f", {mean(1 - at for at in first):.0%} of the run left" if first else ""
            yield f"{cause}: {what} in {len(first)} of {len(runs)}{saved}"


def _false(name: str, told: dict[str, list[Told]]) -> str:
    every = [one for those in told.values() for one in those]
    critical = sum(one.severity == "critical" for one in every)
    runs, many = sum(bool(those) for those in told.values()), max(1, len(told))
    return (
        f"healthy, {name}: {len(told)} runs, {len(every)} alerts ({len(every) / many:.3f} a run) in {runs} of them, "
        f"{critical} critical ({critical / many:.3f} a run)"
    )


def main(arguments: list[str]) -> None:
    truth = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
    looks = int(arguments[2]) if len(arguments) > 2 else LOOKS
    runs = [run for run in read(Path(arguments[0])).runs if run.name.split("/")[-1] in truth]
    told = dict(Parallel(n_jobs=CORES)(delayed(told_of)(run, looks) for run in runs))
    print("\n".join(table(truth, told)))


if __name__ == "__main__":
    main(sys.argv[1:])
