"""A worker that stays: the process of a Python target that runs one arm after another, so that its start and the import
of torch are paid for once."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

import loglens
from loglens.model.results.replay import ArmEnd, ArmRun
from loglens.replay.drivers.arm_log import METRICS, read_rows, run_from_rows
from loglens.replay.drivers.driver import ArmJob, Budget, Context
from loglens.replay.processes.devices import locked
from loglens.replay.processes.environment import environment
from loglens.replay.processes.ledger import arm_from
from loglens.replay.processes.process import Process
from loglens.replay.processes.worker_slots import THREAD_VARIABLES, thread_variables

RESULT = "result.json"
SPEC = "worker.json"
OWN_FAULT: tuple[ArmEnd, ...] = ("exit_code", "signal", "out_of_memory", "refused")
"""Ends after which an arm that shared its worker is run again in a new one: there it may do better."""
LIMITS: tuple[ArmEnd, ...] = ("timeout", "disk_full")
"""Ends of the arm that was running; those behind it had no turn."""


class WarmWorker:
    """One process a slot: started for its first arm, told the next ones, replaced when it dies.

    A GPU's lock is held as long as the process lives, because it keeps memory there between arms. How many threads its
    libraries compute with is settled when they are loaded: where an arm is to have another share of the cores, it gets
    another process.
    """

    def __init__(self, reference: str, device: str | None) -> None:
        self.reference, self.device = reference, device
        self._held = ExitStack()
        self._process: Process | None = None
        self._arms = 0
        self._threads: dict[str, str | None] = {}

    def run(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        """The arms' runs; several jobs are trained together where the target allows it.

        An arm that fails in a process that has run others, or that never had its turn because another one ended the
        process, is run again by itself in a new one: it never fails of what others did or left behind.
        """
        shared = self._arms > 0 or len(jobs) > 1
        runs = self._attempt(jobs, context)
        again = _to_run_again(jobs, runs) if shared else []
        if again and context.say is not None:
            first = runs[again[0]]
            which = "the arm runs" if len(again) == 1 else f"{len(again)} arms run"
            context.say(f"{first.arm.label}: {first.detail}. The worker is replaced, and {which} once more.")
        for place in again:
            self.close(context.budget)
            shutil.rmtree(jobs[place].folder, ignore_errors=True)
            (runs[place],) = self._attempt([jobs[place]], context)
        return runs

    def _attempt(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        began = time.monotonic()
        for job in jobs:
            Path(job.folder).mkdir(parents=True, exist_ok=True)
        folder = Path(jobs[0].folder)
        spec = folder / SPEC
        text = json.dumps(worker_spec(self.reference, jobs, context))
        spec.write_text(text, encoding="utf-8")
        try:
            process = self._ready(folder, context)
            process.tell(str(spec.absolute()))
        except OSError as error:
            end, detail = self.close(context.budget)
            return [_collected(job, end, detail or str(error), 0.0) for job in jobs]
        stopped, look = None, _Look(jobs, context)
        try:
            # in whatever order: arms that are trained together have theirs before those that come before them
            while stopped is None and not process.over and (seen := _results(jobs)) < len(jobs):
                # each of them has the whole budget: one that hangs must not take that of the others
                stopped = process.wait(
                    [Path(job.folder) for job in jobs], context.budget, stop=context.stop, enough=look,
                    done=_more_than(seen, jobs),
                )  # fmt: skip
        except BaseException:
            self.close(context.budget)
            raise
        took = time.monotonic() - began
        if _results(jobs) == len(jobs):
            end, detail = "ok", ""
            self._arms += len(jobs)
        else:
            ended = self.close(context.budget)
            end, detail = stopped or ended
        runs = [_collected(job, end, detail, took / len(jobs)) for job in jobs]
        idle = max(0.0, took - sum(run.seconds for run in runs)) / len(jobs)
        return [replace(run, startup=idle) for run in runs]

    def _ready(self, folder: Path, context: Context) -> Process:
        """The process that waits for arms; a new one where it has none or it is over."""
        if self._process is not None and self._process.over:
            _, detail = self.close(context.budget)
            if context.say is not None:
                context.say(f"The worker ended between two arms ({detail or 'exit code 0'}); a new one goes on.")
        env = self._environment(context)
        seen = environment(context.environment, env)
        threads = {name: seen.get(name) for name in THREAD_VARIABLES}
        if self._process is not None and threads != self._threads:
            self.close(context.budget)
        if self._process is None:
            if self.device is not None:
                self._held.enter_context(locked(self.device))
            self._process = Process(
                (sys.executable, "-m", "loglens.replay.drivers.worker"),
                folder=folder, output_bytes=context.budget.output_bytes, env=env,
                inherited=context.environment, listens=True,
            )  # fmt: skip
            self._arms, self._threads = 0, threads
        self._process.output_to(folder)
        return self._process

    def _environment(self, context: Context) -> dict[str, str]:
        # the worker must find this very LogLens, installed or not
        env = {"PYTHONPATH": _python_path(), "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
        env |= thread_variables(context.threads)
        if self.device is not None:
            env["CUDA_VISIBLE_DEVICES"] = self.device
        return env

    def close(self, budget: Budget) -> tuple[ArmEnd, str]:
        """Ends the process and gives its device back; how it ended."""
        process, self._process, self._arms = self._process, None, 0
        try:
            return ("ok", "") if process is None else process.close(budget.grace_seconds)
        finally:
            self._held.close()


def worker_spec(reference: str, jobs: Sequence[ArmJob], context: Context) -> dict[str, Any]:
    return {
        "target": str(Path(reference.rpartition(":")[0]).resolve()) + ":" + reference.rpartition(":")[2],
        "budget": asdict(context.budget),
        "threads": context.threads,
        "jobs": [asdict(job) for job in jobs],
    }


def _to_run_again(jobs: Sequence[ArmJob], runs: Sequence[ArmRun]) -> list[int]:
    """The places of arms that may do better in a process of their own: those that failed, and those that waited when a
    limit ended the process. The one that met the limit met it by itself."""
    failed = [place for place, run in enumerate(runs) if run.end in OWN_FAULT]
    limited = [place for place, run in enumerate(runs) if run.end in LIMITS and not _has(jobs[place], RESULT)]
    begun = [place for place in limited if _has(jobs[place], METRICS)]
    met = begun or limited[:1]  # before its first step an arm has written nothing
    return sorted({*failed, *limited} - set(met))


def _results(jobs: Sequence[ArmJob]) -> int:
    """How many arms have written down what they showed."""
    return sum(_has(job, RESULT) for job in jobs)


def _more_than(seen: int, jobs: Sequence[ArmJob]) -> Callable[[], bool]:
    return lambda: _results(jobs) > seen


def _has(job: ArmJob, name: str) -> bool:
    return Path(job.folder, name).is_file()


def _collected(job: ArmJob, end: ArmEnd, detail: str, seconds: float) -> ArmRun:
    """What the worker wrote about an arm; the arm's part of a worker that was ended before it could."""
    result = Path(job.folder, RESULT)
    if result.is_file():
        return arm_from(json.loads(result.read_text(encoding="utf-8")), job.folder)
    rows = read_rows(Path(job.folder, METRICS))
    shown = detail or "the worker ended without a result"
    partial = run_from_rows(job.arm, rows, end="exit_code", detail=shown, folder=job.folder, seconds=seconds)
    return partial if end == "ok" else replace(partial, end=end)


def _python_path() -> str:
    here = str(Path(loglens.__file__).resolve().parent.parent)
    return os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH", "")) if part)


class _Look:
    """Tells the progress where the worker is; never ends it."""

    def __init__(self, jobs: Sequence[ArmJob], context: Context) -> None:
        self.jobs, self.context = jobs, context

    def __call__(self) -> bool:
        if self.context.watch is None:
            return False
        for job in reversed(self.jobs):
            if rows := read_rows(Path(job.folder, METRICS)):
                loss = rows[-1][1]
                self.context.watch(job.arm.label, rows[-1][0], loss if np.isfinite(loss) else float("nan"))
                break
        return False
