"""Arms side by side: one slot a GPU; without GPUs as many as were asked for, each with its share of the cores."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from queue import Queue

from loglens.model.results.replay import ArmEnd, ArmRun
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.processes.devices import list_gpus

MOST_SLOTS = 4
"""Arms side by side on CPU cores unless more were asked for: each holds the whole training in memory."""
CROWDED: tuple[ArmEnd, ...] = ("out_of_memory", "signal")
"""Ends that may have come from the arms beside: such an arm is run again alone."""
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where one arm runs at a time. `device`: a CUDA id, or None for the cores."""

    place: int
    device: str | None


RunOne = Callable[[ArmJob, Context, Slot], ArmRun]


def cores() -> int:
    """The cores this process may use, by its affinity and the limit of its container."""
    from joblib import cpu_count  # type: ignore[import-untyped, unused-ignore]

    return max(1, int(cpu_count()))


def slots_here(wanted: int, devices: Sequence[str]) -> tuple[int, int | None]:
    """`side_by_side` on this machine. Arms on several GPUs share its cores as well. Where it has GPUs and none was
    given, all of them are busy or the command's own affair: then one arm at a time, unless more were asked for."""
    if devices:
        return 1, side_by_side(len(devices), cores())[1]
    if not wanted and list_gpus():
        return 1, None
    return side_by_side(wanted, cores())


def side_by_side(wanted: int, present: int) -> tuple[int, int | None]:
    """How many arms run at a time on `present` cores (`wanted` 0: LogLens chooses), and the threads of each, None for
    no limit where there is only one."""
    jobs = wanted or min(present, MOST_SLOTS)
    return jobs, None if jobs == 1 else max(1, present // jobs)


def fewer_slots(context: Context, jobs: int) -> Context:
    """For so many arms side by side instead, which share the cores anew where they were shared."""
    if jobs == len(context.slots) or context.threads is None:
        return replace(context, jobs=jobs)
    return replace(context, jobs=jobs, threads=side_by_side(jobs, cores())[1])


def thread_variables(threads: int | None) -> dict[str, str]:
    """The environment that holds a process to so many threads; a lower limit of the user's stays."""
    if threads is None:
        return {}
    found: dict[str, str] = {}
    for name in THREAD_VARIABLES:
        own = os.environ.get(name, "")
        found[name] = str(min(threads, int(own)) if own.isdigit() and int(own) else threads)
    return found


def in_slots(jobs: Sequence[ArmJob], context: Context, run_one: RunOne) -> list[ArmRun]:
    """Runs the jobs, as many at a time as there are slots; results in the jobs' order.

    An arm that shared the machine and was killed or ran out of memory is run once more, alone. Ctrl-C
    (KeyboardInterrupt) and errors stop every slot, and are raised when all of them have ended.
    """
    slots = context.slots
    free: Queue[Slot] = Queue()
    for place, device in enumerate(slots):
        free.put(Slot(place, device))

    def turn(job: ArmJob) -> ArmRun:
        slot = free.get()
        try:
            return run_one(job, context, slot)
        finally:
            free.put(slot)

    with ThreadPoolExecutor(max_workers=len(slots)) as pool:
        futures = [pool.submit(turn, job) for job in jobs]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for item in done:
                item.result()
            found = [future.result() for future in futures]
        except BaseException:
            context.stop.set()
            for item in futures:
                item.cancel()
            raise
    shared = len(slots) > 1 and len(jobs) > 1 and not context.devices
    return [
        _once_more(job, run, context, run_one) if shared and run.end in CROWDED else run
        for job, run in zip(jobs, found, strict=True)
    ]


def _once_more(job: ArmJob, run: ArmRun, context: Context, run_one: RunOne) -> ArmRun:
    if context.say is not None:
        context.say(f"{run.arm.label}: {run.detail}. It ran beside other arms, so it runs once more alone.")
    shutil.rmtree(job.folder, ignore_errors=True)
    return run_one(job, context.alone(), Slot(0, None))
