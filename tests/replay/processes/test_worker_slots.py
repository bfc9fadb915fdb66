from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from loglens.model.results.replay import Arm, ArmEnd, ArmRun
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.processes.worker_slots import Slot, in_slots


def jobs(folder: Path, count: int) -> list[ArmJob]:
    return [
        ArmJob(arm=Arm(label=str(n), kind="lr"), checkpoint=None, start=0, steps=1, folder=str(folder / str(n)))
        for n in range(count)
    ]


@dataclass
class Machine:
    """Where the arms named in `large` have no room beside others."""

    large: tuple[str, ...] = ()
    context: list[tuple[str, int, int | None]] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    all_here: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def run(self, job: ArmJob, context: Context, slot: Slot) -> ArmRun:
        self.running.add(job.arm.label)
        self.context.append((job.arm.label, len(context.slots), context.threads))
        Path(job.folder).mkdir(parents=True)
        if len(context.slots) > 1:
            self.all_here.wait(20)
        end: ArmEnd = "out_of_memory" if job.arm.label in self.large and len(self.running) > 1 else "ok"
        if len(context.slots) > 1:
            self.all_here.wait(20)
        self.running.discard(job.arm.label)
        nothing = np.array([])
        return ArmRun(arm=job.arm, end=end, detail="no room", steps=nothing, losses=nothing, lrs=nothing)


def test_an_arm_that_had_no_room_is_run_again_with_the_machine_to_itself(tmp_path: Path) -> None:
    machine, said = Machine(large=("1",)), list[str]()
    runs = in_slots(jobs(tmp_path, 2), Context(jobs=2, threads=3, say=said.append), machine.run)
    assert [run.end for run in runs] == ["ok", "ok"]
    assert machine.context[-1] == ("1", 1, None), "one slot, and all the cores"
    assert len(machine.context) == 3
    assert said == ["1: no room. It ran beside other arms, so it runs once more alone."]


def test_an_arm_that_was_alone_is_what_it_shows(tmp_path: Path) -> None:
    machine = Machine(large=("0",), running={"another program"})
    (run,) = in_slots(jobs(tmp_path, 1), Context(jobs=2, threads=3).alone(), machine.run)
    assert run.end == "out_of_memory" and machine.context == [("0", 1, None)]


def test_an_error_in_one_slot_stops_all(tmp_path: Path) -> None:
    context = Context(jobs=2)

    def run(job: ArmJob, inner: Context, slot: Slot) -> ArmRun:
        if job.arm.label == "0":
            raise KeyboardInterrupt
        assert inner.stop.wait(20)
        return Machine().run(job, inner.alone(), slot)

    with pytest.raises(KeyboardInterrupt):
        in_slots(jobs(tmp_path, 4), context, run)
    assert context.stop.is_set()
