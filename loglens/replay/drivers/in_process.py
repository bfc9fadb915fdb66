"""The driver for a target in this process, and how a target runs its arms in whatever process it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loglens.errors import LogLensError
from loglens.model.results.replay import ArmKind, ArmRun
from loglens.replay.drivers.arm_log import ArmLog
from loglens.replay.drivers.driver import ArmJob, Context, ReplayTarget, StretchOver
from loglens.replay.torch.batched import can_batch, run_batched


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

    def close(self) -> None:
        """Nothing is kept running."""
