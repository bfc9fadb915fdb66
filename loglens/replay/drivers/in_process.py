"""Drivers for Python targets: in this process, or each lane in a process of its own where limits can be enforced."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import loglens
from loglens.errors import LogLensError
from loglens.model.results.replay import ArmEnd, ArmKind, ArmRun, Checkpoint
from loglens.replay.drivers.arm_log import ArmLog, read_rows, run_from_rows
from loglens.replay.drivers.driver import ArmJob, Budget, Context, ReplayTarget, StretchOver
from loglens.replay.processes.ledger import arm_from
from loglens.replay.processes.process import run_process
from loglens.replay.processes.worker_slots import in_lanes
from loglens.replay.torch.batched import can_batch, run_batched

RESULT = "result.json"


def run_jobs(target: ReplayTarget, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
    """Runs arms on a target in this process: LR arms of a small model together, the others one after another."""
    together = [job for job in jobs if job.arm.kind == "lr"]
    done: dict[str, ArmRun] = {}
    if can_batch(target, together):
        batched = run_batched(target, together, context)
        done = {} if batched is None else {run.arm.label: run for run in batched}
    return [done.get(job.arm.label) or run_job(target, job, context) for job in jobs]


def run_job(target: ReplayTarget, job: ArmJob, context: Context) -> ArmRun:
    """One arm, its failure included as a value; KeyboardInterrupt goes through."""
    with ArmLog(job, context.budget, watch=context.watch, stopped=context.stop.is_set) as log:
        try:
            target.run_arm(job, log)
        except StretchOver:
            pass
        except LogLensError as error:
            log.end, log.detail = "refused", str(error)
        except Exception as error:  # the target is the user's code: whatever it raises is the arm's end
            memory = type(error).__name__ == "OutOfMemoryError"
            log.end, log.detail = "out_of_memory" if memory else "exit_code", f"{type(error).__name__}: {error}"[:400]
        return log.result()


@dataclass(frozen=True, slots=True)
class InProcessDriver:
    """A target object, run in this process: for notebooks and tests. Disk and output limits do not apply."""

    target: ReplayTarget

    @property
    def supports(self) -> frozenset[ArmKind]:
        return self.target.supports

    @property
    def from_scratch(self) -> bool:
        return True

    @property
    def identity(self) -> str:
        return f"target {type(self.target).__module__}.{type(self.target).__qualname__}"

    def describe(self, job: ArmJob) -> str:
        return f"{type(self.target).__name__}.run_arm({job.arm.label}, steps {job.start} to {job.start + job.steps})"

    def run(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        return run_jobs(self.target, jobs, context)


@dataclass(frozen=True, slots=True)
class TargetFileDriver:
    """A target that `FILE.py:function` builds, in worker processes under the same limits as a command."""

    reference: str

    @property
    def supports(self) -> frozenset[ArmKind]:
        return frozenset({"control", "lr", "skip", "shuffle", "warmup", "clip"})

    @property
    def from_scratch(self) -> bool:
        return True

    @property
    def identity(self) -> str:
        file = Path(self.reference.rpartition(":")[0])
        changed = file.stat().st_mtime_ns if file.is_file() else 0
        return f"target {self.reference} {changed}"

    def describe(self, job: ArmJob) -> str:
        return f"{sys.executable} -m loglens.replay.drivers.worker {self.reference}  # {job.arm.label}"

    def run(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        lanes = max(1, len(context.devices))
        shares = [jobs[place::lanes] for place in range(lanes) if jobs[place::lanes]]
        heads = [share[0] for share in shares]
        by_head = {head.folder: share for head, share in zip(heads, shares, strict=True)}
        results: dict[str, ArmRun] = {}

        def run_share(head: ArmJob, inner: Context, device: str | None) -> ArmRun:
            for run in self._run_share(by_head[head.folder], inner, device):
                results[run.folder] = run
            return results[head.folder]

        in_lanes(heads, context, run_share)
        return [results[job.folder] for job in jobs]

    def _run_share(self, jobs: Sequence[ArmJob], context: Context, device: str | None) -> list[ArmRun]:
        """All arms of a lane in one worker process, so that torch is imported and the model built only once."""
        for job in jobs:
            Path(job.folder).mkdir(parents=True, exist_ok=True)
        folder = Path(jobs[0].folder)
        spec = folder / "worker.json"
        spec.write_text(json.dumps(worker_spec(self.reference, jobs, context.budget)), encoding="utf-8")
        # the worker must find this very LogLens, installed or not
        env = {"PYTHONPATH": _python_path(), "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
        if device is not None:
            env["CUDA_VISIBLE_DEVICES"] = device
        look = _Look(jobs, context)
        budget = replace(context.budget, seconds=context.budget.seconds * len(jobs))
        ended = run_process(
            (sys.executable, "-m", "loglens.replay.drivers.worker", str(spec)),
            folder=folder, budget=budget, env=env, stop=context.stop, enough=look,
        )  # fmt: skip
        share = ended.seconds / len(jobs)
        return [_collected(job, ended.end, ended.detail, share) for job in jobs]


def worker_spec(reference: str, jobs: Sequence[ArmJob], budget: Budget) -> dict[str, Any]:
    return {
        "target": str(Path(reference.rpartition(":")[0]).resolve()) + ":" + reference.rpartition(":")[2],
        "budget": asdict(budget),
        "jobs": [asdict(job) for job in jobs],
    }


def jobs_from(spec: dict[str, Any]) -> tuple[ArmJob, ...]:
    """The jobs of a worker's spec."""
    jobs: list[ArmJob] = []
    for row in spec["jobs"]:
        arm = arm_from(
            {"arm": row["arm"], "end": "ok", "detail": "", "seconds": 0.0, "steps": [], "losses": [], "lrs": []}, ""
        ).arm
        place = row["checkpoint"]
        jobs.append(ArmJob(**{**row, "arm": arm, "checkpoint": None if place is None else Checkpoint(**place)}))
    return tuple(jobs)


def _collected(job: ArmJob, end: ArmEnd, detail: str, seconds: float) -> ArmRun:
    """What the worker wrote about an arm; the arm's part of a worker that was ended before it could."""
    result = Path(job.folder, RESULT)
    if result.is_file():
        return arm_from(json.loads(result.read_text(encoding="utf-8")), job.folder)
    rows = read_rows(Path(job.folder, "metrics.jsonl"))
    shown = detail or "the worker ended without a result"
    partial = run_from_rows(job.arm, rows, end="exit_code", detail=shown, folder=job.folder, seconds=seconds)
    return partial if end == "ok" else replace(partial, end=end)


def _python_path() -> str:
    import os

    here = str(Path(loglens.__file__).resolve().parent.parent)
    return os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)


class _Look:
    """Tells the progress bar where the worker is; never ends it."""

    def __init__(self, jobs: Sequence[ArmJob], context: Context) -> None:
        self.jobs, self.context = jobs, context

    def __call__(self) -> bool:
        if self.context.watch is None:
            return False
        for job in reversed(self.jobs):
            if rows := read_rows(Path(job.folder, "metrics.jsonl")):
                loss = rows[-1][1]
                self.context.watch(job.arm.label, rows[-1][0], loss if np.isfinite(loss) else float("nan"))
                break
        return False
