"""The driver for a target in a file: a warm worker a slot, under the same limits as a command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from loglens.model.results.replay import ArmKind, ArmRun
from loglens.replay.drivers.driver import ArmJob, Budget, Context
from loglens.replay.drivers.warm import WarmWorker
from loglens.replay.processes.worker_slots import Slot, in_slots


@dataclass(frozen=True, slots=True)
class TargetFileDriver:
    """A target that `FILE.py:function` builds, in worker processes that stay until `close`."""

    reference: str
    _workers: dict[Slot, WarmWorker] = field(default_factory=dict, init=False, repr=False, compare=False)

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
        return f"{sys.executable} -m loglens.replay.drivers.worker  # {self.reference}, {job.arm.label}"

    def run(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        shares = self._shares(jobs, context)
        by_head = {share[0].folder: share for share in shares}
        results: dict[str, ArmRun] = {}

        def run_share(head: ArmJob, inner: Context, slot: Slot) -> ArmRun:
            if len(inner.slots) == 1:  # to itself: others hold a model in memory as long as they live
                self._close_all(but=slot)
            worker = self._workers.setdefault(slot, WarmWorker(self.reference, slot.device))
            for run in worker.run(by_head[head.folder], inner):
                results[run.folder] = run
            return results[head.folder]

        in_slots([share[0] for share in shares], context, run_share)
        return [results[job.folder] for job in jobs]

    def _shares(self, jobs: Sequence[ArmJob], context: Context) -> list[list[ArmJob]]:
        """On cores every arm by itself, to whichever worker is free; a device gets its share at once, because there
        the arms of a small model can be trained together."""
        if not context.devices:
            return [[job] for job in jobs]
        slots = len(context.devices)
        return [list(jobs[place::slots]) for place in range(slots) if jobs[place::slots]]

    def close(self) -> None:
        self._close_all()

    def _close_all(self, but: Slot | None = None) -> None:
        for slot in [slot for slot in self._workers if slot != but]:
            self._workers.pop(slot).close(Budget(grace_seconds=1.0))
