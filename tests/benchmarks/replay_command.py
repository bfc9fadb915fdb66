"""What the harness costs by command: `python -m tests.benchmarks.replay_command [ROUNDS]`.

Replays the shipped run by command, and runs every arm's very command once more without LogLens, the two in turn so that
both meet the machine in the same state. Prints the harness's wall time on top of the bare commands', and its own
processor time as a share of theirs, which does not depend on what else the machine does.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from loglens import pipeline
from loglens.model.results.replay import ArmKind, ArmRun
from loglens.replay import PlanSettings, replay
from loglens.replay.drivers.command import CommandDriver
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.drivers.template import parse_template
from loglens.replay.torch.patch import copy_checkpoint

SAMPLE = Path(__file__).parents[2] / "sample_logs" / "replay"
COMMAND = f"{{python}} {SAMPLE / 'train.py'} --resume {{checkpoint}} --lr {{lr}} --stop {{stop}} --out {{out}}"


@dataclass(slots=True)
class InTurn:
    """A driver that runs each arm's command bare as well, before or after the arm in turn, and notes what that took.
    `left_out`: the whole time of those, their preparation included."""

    inner: CommandDriver
    bare_seconds: float = 0.0
    bare_cpu: float = 0.0
    left_out: float = 0.0
    arms: int = 0
    supports: frozenset[ArmKind] = field(init=False)
    from_scratch: bool = field(init=False)
    identity: str = field(init=False)

    def __post_init__(self) -> None:
        self.supports, self.from_scratch = self.inner.supports, self.inner.from_scratch
        self.identity = self.inner.identity

    def describe(self, job: ArmJob) -> str:
        return self.inner.describe(job)

    def run(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        done: list[ArmRun] = []
        for job in jobs:
            self.arms += 1
            if self.arms % 2:
                self._bare(job)
            done += self.inner.run([job], context)
            if not self.arms % 2:
                self._bare(job)
        return done

    def close(self) -> None:
        self.inner.close()

    def _bare(self, job: ArmJob) -> None:
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        with tempfile.TemporaryDirectory() as folder:
            apart = replace(job, folder=folder)
            if job.checkpoint is not None:
                copy_checkpoint(Path(job.checkpoint.path), Path(folder, "checkpoint"))
            argv = self.inner.argv(apart)
            started = time.perf_counter()
            subprocess.run(argv, check=True, capture_output=True)
            ended = time.perf_counter()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.bare_seconds += ended - started
        self.bare_cpu += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.left_out += time.perf_counter() - began


def measure(folder: Path) -> str:
    run = pipeline.diagnose(SAMPLE / "log").runs[0]
    driver = InTurn(
        CommandDriver(template=parse_template(COMMAND), read=lambda path: pipeline.read(path).runs, lr_by="command")
    )
    began, cpu = time.perf_counter(), time.process_time()
    settings = PlanSettings(control_seeds=0)
    done = replay(run, driver=driver, checkpoints=[str(SAMPLE / "checkpoints")], out=folder, settings=settings)
    wall = time.perf_counter() - began - driver.left_out
    own = time.process_time() - cpu
    return (
        f"{done.results[0].outcome}, {driver.arms} arms of {driver.bare_seconds / driver.arms:.1f} s: "
        f"{100 * (wall / driver.bare_seconds - 1):+.1f} % wall time on top of the bare commands, "
        f"own processor time {100 * own / driver.bare_cpu:.1f} % of theirs"
    )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["PYTHONPATH"] = str(SAMPLE.parents[1])  # the script finds this LogLens, installed or not
    for turn in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        with tempfile.TemporaryDirectory() as name:
            print(measure(Path(name, f"replay-{turn}")))
