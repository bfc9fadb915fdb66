"""The process that runs arms of a Python target: `python -m loglens.replay.drivers.worker`.

LogLens starts it in a process group of its own and tells it on its standard input which arms to run: a line of JSON,
the path of a file. It writes `metrics.jsonl` while an arm trains and `result.json` when the arm is done, both in the
arm's folder. Between arms it goes back to what it was before the first one, but for the packages that are loaded.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from loglens.errors import LogLensError
from loglens.model.results.replay import ArmRun, Checkpoint
from loglens.replay.drivers.driver import ArmJob, Budget, Context, ReplayTarget, load_target
from loglens.replay.drivers.in_process import run_job
from loglens.replay.drivers.stop_rule import StopRule
from loglens.replay.drivers.warm import RESULT
from loglens.replay.processes.ledger import arm_document, arm_from, write_json
from loglens.replay.processes.standard_streams import flush
from loglens.replay.torch.batched import can_batch, run_batched
from loglens.replay.torch.fresh import Before


def main() -> int:
    orders = _own_input()
    before = Before.now()
    for line in orders:
        spec = json.loads(Path(json.loads(line)).read_text(encoding="utf-8"))
        run_arms(spec, jobs_from(spec), before)
        before.restore()  # a worker that waits holds nothing of the user's, a GPU's memory least of all
    return 0


def run_arms(spec: dict[str, Any], jobs: Sequence[ArmJob], before: Before) -> None:
    """Every arm on a target that is built for it; arms that can be trained together share one."""
    context = Context(budget=Budget(**spec["budget"]))

    def target() -> ReplayTarget:
        before.restore(threads=spec["threads"])
        return load_target(spec["target"])

    done = _together(target, [job for job in jobs if job.arm.kind == "lr"], context)
    for job in jobs:
        if job.folder not in done:
            _write(_alone(target, job, context))


def _together(target: Callable[[], ReplayTarget], jobs: Sequence[ArmJob], context: Context) -> frozenset[str]:
    """The folders of the arms that were trained together; when this returns, their target is gone."""
    if len(jobs) < 2:
        return frozenset()
    began = time.monotonic()
    try:
        made = target()
        runs = (run_batched(made, jobs, _since(began, context)) or ()) if can_batch(made, jobs) else ()
    except LogLensError:  # a target that cannot be built, or has no such checkpoint, says so in every arm
        return frozenset()
    for run in runs:
        _write(run)
    return frozenset(run.folder for run in runs)


def _alone(target: Callable[[], ReplayTarget], job: ArmJob, context: Context) -> ArmRun:
    began = time.monotonic()
    try:
        made = target()
    except LogLensError as error:
        nothing = np.array([])
        return ArmRun(
            arm=job.arm, end="refused", detail=str(error), steps=nothing, losses=nothing, lrs=nothing, folder=job.folder
        )
    return replace(run_job(made, job, _since(began, context)), seconds=time.monotonic() - began)


def _since(began: float, context: Context) -> Context:
    """What is left of an arm's budget: reading the target's file, its data and its model takes of the arm's time."""
    return replace(context, budget=context.budget.after(time.monotonic() - began))


def _write(run: ArmRun) -> None:
    flush()
    write_json(Path(run.folder, RESULT), arm_document(run))


def _own_input() -> TextIO:
    """Our orders; whoever reads standard input in an arm finds it empty."""
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = os.fdopen(os.dup(0), encoding="utf-8")
    return orders


def jobs_from(spec: dict[str, Any]) -> tuple[ArmJob, ...]:
    """The jobs of a worker's spec."""
    jobs: list[ArmJob] = []
    for row in spec["jobs"]:
        arm = arm_from(
            {"arm": row["arm"], "end": "ok", "detail": "", "seconds": 0.0, "steps": [], "losses": [], "lrs": []}, ""
        ).arm
        place, rule = row["checkpoint"], row["rule"]
        made = {
            "arm": arm,
            "checkpoint": None if place is None else Checkpoint(**place),
            "rule": None if rule is None else StopRule(**rule),
        }
        jobs.append(ArmJob(**{**row, **made}))
    return tuple(jobs)


if __name__ == "__main__":
    sys.exit(main())
