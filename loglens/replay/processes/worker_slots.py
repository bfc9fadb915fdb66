"""Arms side by side: one lane a GPU, one lane where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import nullcontext
from queue import Queue

from loglens.model.results.replay import ArmRun
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.processes.devices import locked

RunOne = Callable[[ArmJob, Context, str | None], ArmRun]


def in_lanes(jobs: Sequence[ArmJob], context: Context, run_one: RunOne) -> list[ArmRun]:
    """Runs the jobs, each on a device of its own, as many at a time as there are devices; results in the jobs' order.

    Ctrl-C (KeyboardInterrupt) and errors stop every lane, and are raised when all of them have ended.
    """
    free: Queue[str | None] = Queue()
    for device in context.devices or (None,):
        free.put(device)

    def lane(job: ArmJob) -> ArmRun:
        device = free.get()
        try:
            with nullcontext() if device is None else locked(device):
                return run_one(job, context, device)
        finally:
            free.put(device)

    with ThreadPoolExecutor(max_workers=max(1, len(context.devices))) as pool:
        futures = [pool.submit(lane, job) for job in jobs]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            for item in done:
                item.result()
            return [future.result() for future in futures]
        except BaseException:
            context.stop.set()
            for item in futures:
                item.cancel()
            raise
