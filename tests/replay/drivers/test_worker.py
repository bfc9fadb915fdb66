"""Inside a worker (`test_warm.py` has it as a process)."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from loglens.model.results.replay import Arm, ArmRun
from loglens.replay.drivers import arm_log, worker
from loglens.replay.drivers.driver import ArmJob, Budget, Context, Report
from loglens.replay.drivers.in_process import run_job
from loglens.replay.drivers.warm import RESULT, worker_spec
from loglens.replay.processes.ledger import arm_from
from loglens.replay.torch.fresh import Before


class Target:
    """Notes in `seen` how many of the targets in `alive` there are when it runs an arm."""

    supports = frozenset({"control", "lr"})

    def __init__(self, alive: weakref.WeakSet[Target], seen: list[int]) -> None:
        self.itself = self  # as modules, optimizers and schedulers do, which refer to each other
        self.alive, self.seen = alive, seen
        alive.add(self)

    def run_arm(self, job: ArmJob, report: Report) -> None:
        self.seen.append(len(self.alive))
        report(job.start, 1.0, job.arm.factor)


class Collected:
    """What `Before` does that matters here."""

    def restore(self, *, threads: int | None = None) -> None:
        gc.collect()


@pytest.mark.parametrize("stacked", [True, False])
def test_one_target_at_a_time_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stacked: bool) -> None:
    def batched(target: Any, jobs: list[ArmJob], context: Context) -> list[ArmRun] | None:
        return [run_job(target, job, context) for job in jobs] if stacked else None

    alive: weakref.WeakSet[Target] = weakref.WeakSet()
    seen: list[int] = []
    monkeypatch.setattr(worker, "load_target", lambda _: Target(alive, seen))
    monkeypatch.setattr(worker, "can_batch", lambda *_: True)
    monkeypatch.setattr(worker, "run_batched", batched)
    kinds = {"control": "control", "half": "lr", "tenth": "lr"}
    jobs = [
        ArmJob(arm=Arm(label=label, kind=kind), checkpoint=None, start=0, steps=1, folder=str(tmp_path / label))  # type: ignore[arg-type]
        for label, kind in kinds.items()
    ]
    worker.run_arms(worker_spec("a.py:target", jobs, Context(budget=Budget())), jobs, cast(Before, Collected()))
    assert seen == [1, 1, 1]
    assert all(Path(job.folder, RESULT).is_file() for job in jobs)


def test_what_it_takes_to_build_a_target_is_of_the_arms_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = {"now": 0.0}

    class Slow(Target):
        def run_arm(self, job: ArmJob, report: Report) -> None:
            clock["now"] += 2.0  # reads its checkpoint
            for step in range(100):
                clock["now"] += 1.0
                report(step, 1.0, 0.1)

    def build(_: str) -> Target:
        clock["now"] += 3.0
        return Slow(weakref.WeakSet(), [])

    for module in (worker, arm_log):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock["now"]))
    monkeypatch.setattr(worker, "load_target", build)
    (job,) = jobs = [
        ArmJob(arm=Arm(label="a", kind="control"), checkpoint=None, start=0, steps=100, folder=str(tmp_path / "a"))
    ]
    spec = worker_spec("a.py:target", jobs, Context(budget=Budget(seconds=10)))
    worker.run_arms(spec, jobs, cast(Before, Collected()))
    run = arm_from(json.loads(Path(job.folder, RESULT).read_text()), job.folder)
    assert run.end == "timeout" and "not done after 10 s" in run.detail
    assert len(run.steps) == 6, "3 seconds to build, 2 to read, 5 to train, and the step at which it is noticed"
    assert run.seconds == 11.0
