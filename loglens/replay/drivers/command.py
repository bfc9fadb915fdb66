"""The command driver: each arm is the user's own training script, started with another learning rate."""

from __future__ import annotations

import math
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from loglens.errors import LogLensError, ReplayError
from loglens.model.results.replay import ArmKind, ArmRun
from loglens.model.run import FloatArray, IntArray, Run
from loglens.replay.drivers.arm_log import SETTLED
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.drivers.template import CommandTemplate
from loglens.replay.processes.copies import Allowance
from loglens.replay.processes.devices import locked
from loglens.replay.processes.process import run_process
from loglens.replay.processes.worker_slots import Slot, in_slots, thread_variables
from loglens.replay.torch.patch import copy_checkpoint, patch_checkpoint

ReadRuns = Callable[[Path], Sequence[Run]]
"""Reads every run under a path with the ordinary readers; may raise LogLensError where there is nothing to read."""

LrBy = Literal["command", "checkpoint"]
KEEP_OUT = {
    "TENSORBOARD_LOGGING_DIR": "out", "WANDB_DIR": "out", "MLFLOW_TRACKING_URI": "out",
}  # fmt: skip
"""Where trackers write unless told otherwise: into the arm's own folder, never beside the original run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandDriver:
    """`lr_by`: whether the LR is set by the command's tokens, or inside a patched copy of the checkpoint."""

    template: CommandTemplate
    read: ReadRuns
    lr_by: LrBy

    @property
    def supports(self) -> frozenset[ArmKind]:
        return self.template.supports

    @property
    def from_scratch(self) -> bool:
        return "checkpoint" not in self.template.tokens and self.lr_by == "command"

    @property
    def identity(self) -> str:
        return f"command {list(self.template.words)} lr_by {self.lr_by}"

    def argv(self, job: ArmJob) -> tuple[str, ...]:
        """The command of an arm; the checkpoint in it is the copy that will lie there when it starts."""
        factor = job.arm.factor if self.lr_by == "command" else 1.0
        values = {
            "clip": f"{job.arm.clip:g}" if job.arm.clip is not None else "0",
            "factor": repr(factor),
            "out": str(Path(job.folder, "out")),
            "python": sys.executable,
            "seed": str(job.arm.seed),
            "skip": f"{job.arm.skip.start}-{job.arm.skip.end}" if job.arm.skip is not None else "",
            "start": str(job.start),
            "steps": str(job.steps),
            "stop": str(job.start + job.steps),
            "warmup": str(job.arm.warmup_steps),
        }
        if job.base_lr is not None:
            values["lr"] = plain_rate(job.base_lr * factor)
        if job.checkpoint is not None:
            values["checkpoint"] = str(Path(job.folder, "checkpoint", Path(job.checkpoint.path).name))
        return self.template.argv(values)

    def describe(self, job: ArmJob) -> str:
        import shlex

        return shlex.join(self.argv(job))

    def run(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        return in_slots(jobs, context, self._run_one)

    def close(self) -> None:
        """Nothing is kept running: every arm is a process of its own."""

    def _run_one(self, job: ArmJob, context: Context, slot: Slot) -> ArmRun:
        with nullcontext() if slot.device is None else locked(slot.device):
            return self._train(job, context, slot.device)

    def _train(self, job: ArmJob, context: Context, device: str | None) -> ArmRun:
        folder = Path(job.folder)
        out = folder / "out"
        out.mkdir(parents=True)
        argv = self.argv(job)
        began = time.monotonic()
        budget = context.budget
        allowance = Allowance.of(budget.disk_bytes, budget.seconds, context.stop.is_set)
        try:
            self._place_checkpoint(job, folder / "checkpoint", allowance)
        except ReplayError as error:
            return _empty(job, "refused", str(error))
        except OSError as error:
            return _empty(job, "disk_full", f"the checkpoint could not be copied: {error.strerror or error}")
        env = {name: str(folder / place) for name, place in KEEP_OUT.items()} | {"WANDB_MODE": "offline"}
        env |= thread_variables(context.threads)
        if device is not None:
            env["CUDA_VISIBLE_DEVICES"] = device
        look = _LiveLook(job, self, context)
        ended = run_process(
            argv, folder=folder, budget=budget.after(time.monotonic() - began), env=env, stop=context.stop,
            enough=look.complete, inherited=context.environment,
        )  # fmt: skip
        shutil.rmtree(folder / "checkpoint", ignore_errors=True)
        result = self.collect(job)
        # the copy before it and the reading after it are what an arm takes as well
        seconds = time.monotonic() - began
        end, detail = ended.end, ended.detail
        if len(result.steps) and not np.isfinite(result.losses).all():
            end, detail = "nan", "the loss is NaN or infinite"
        elif end == "ok" and (settled := _settled(result, job)) is not None:
            # wherever the process was by then: the arm ends at the step that settled it
            result, end, detail = settled, "settled", SETTLED
        elif end == "ok" and not len(result.steps):
            end, detail = "no_log", f"the command ended well but left no log with a loss of these steps in {out}"
        return replace(result, end=end, detail=detail, seconds=seconds)

    def _place_checkpoint(self, job: ArmJob, folder: Path, allowance: Allowance) -> None:
        if job.checkpoint is None:
            return
        source = Path(job.checkpoint.path)
        if self.lr_by == "checkpoint" and job.arm.factor != 1.0:
            patch_checkpoint(source, folder, job.arm.factor, allowance)
        else:
            copy_checkpoint(source, folder, allowance)

    def collect(self, job: ArmJob) -> ArmRun:
        """The arm's log as the ordinary readers see it; from its printed output where its folder holds none."""
        best = _empty(job, "no_log", "")
        for place in (Path(job.folder, "out"), Path(job.folder, "stdout.txt")):
            for run in self._runs(place):
                found = arm_of(run, job)
                if len(found.steps) > len(best.steps):
                    best = found
            if len(best.steps):
                break
        return best

    def _runs(self, place: Path) -> Sequence[Run]:
        try:
            return self.read(place)
        except (LogLensError, OSError):
            return ()  # nothing to read is reported as an arm without a log


def plain_rate(rate: float) -> str:
    """The shortest decimal that reads back as the rate a person would write: 0.025, not 0.025000000000000001. Ten
    digits are more than a log or a checkpoint keeps of a rate."""
    return repr(float(f"{rate:.10g}"))


def arm_of(run: Run, job: ArmJob) -> ArmRun:
    """The stretch of a log that the arm is about. A log that counts from 0 after the restart is moved to its place."""
    loss = run.role("train_loss")
    if loss is None or not len(loss):
        return _empty(job, "no_log", "")
    steps, stop = loss.steps, job.start + job.steps
    if job.start > job.steps and int(steps[-1]) <= job.steps:
        steps = steps + job.start
    # a resumed log may repeat the row of the step at which the checkpoint was saved, with the old rate
    inside = (steps > job.start if job.start else steps >= 0) & (steps <= stop)
    lr = run.role("learning_rate")
    rates = np.full(len(steps), np.nan) if lr is None else _at(lr.steps, lr.values, loss.steps)
    return ArmRun(
        arm=job.arm,
        end="ok",
        steps=steps[inside],
        losses=loss.values[inside],
        lrs=rates[inside],
        folder=job.folder,
    )


def _at(steps: IntArray, values: FloatArray, wanted: IntArray) -> FloatArray:
    """The value last logged at or before each wanted step, NaN before the first."""
    place = np.searchsorted(steps, wanted, side="right") - 1
    found = np.full(len(wanted), math.nan)
    found[place >= 0] = values[place[place >= 0]]
    return found


def _settled(run: ArmRun, job: ArmJob) -> ArmRun | None:
    """The arm up to the step that settled it, None where none did."""
    kept = None if job.rule is None else job.rule.kept(run.steps, run.losses)
    if kept is None:
        return None
    return replace(run, steps=run.steps[:kept], losses=run.losses[:kept], lrs=run.lrs[:kept])


class _LiveLook:
    """Reads an arm's log while it grows: for the progress bar, and to end a trainer that runs past the stretch."""

    def __init__(self, job: ArmJob, driver: CommandDriver, context: Context) -> None:
        self.job, self.driver, self.context = job, driver, context

    def complete(self) -> bool:
        run = self.driver.collect(self.job)
        if not len(run.steps):
            return False
        if self.context.watch is not None:
            self.context.watch(self.job.arm.label, int(run.steps[-1]), float(run.losses[-1]))
        # what comes after NaN, or after a climb that settles the arm, teaches nothing more
        over = not np.isfinite(run.losses[-1]) or _settled(run, self.job) is not None
        return over or int(run.steps[-1]) >= self.job.start + self.job.steps


def _empty(job: ArmJob, end: Literal["no_log", "refused", "disk_full"], detail: str) -> ArmRun:
    nothing = np.array([])
    return ArmRun(arm=job.arm, end=end, detail=detail, steps=nothing, losses=nothing, lrs=nothing, folder=job.folder)
