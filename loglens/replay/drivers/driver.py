"""The contract every driver keeps: one arm in, its losses out."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Protocol, cast, runtime_checkable

import numpy as np

from loglens.errors import ReplayError, SettingsError
from loglens.model.results.replay import Arm, ArmKind, ArmRun, Checkpoint
from loglens.replay.drivers.stop_rule import StopRule

Report = Callable[[int, float, float], None]
"""`report(step, loss, lr)` after each training step; raises `StretchOver` where the arm must stop."""

Watch = Callable[[str, int, float], None]
"""`watch(arm label, step, loss)` for a progress bar."""


class StretchOver(Exception):
    """Raised by `report` to end an arm early: its loss is NaN or infinite, it is broken beyond doubt, or its time is
    used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmJob:
    """One arm of one segment. `folder`: a new folder of its own; `base_lr`: the peak rate that `factor` multiplies;
    `rule`: when it may end early, None for never."""

    arm: Arm
    checkpoint: Checkpoint | None
    start: int
    steps: int
    folder: str
    base_lr: float | None = None
    rule: StopRule | None = None

    def batch_order(self) -> Sequence[int]:
        """The numbers of the batches in the order this arm trains on them, `steps` long."""
        return batch_order(self.arm, self.start, self.steps)

    def warmup_factor(self, done: int) -> float:
        """What the LR is multiplied with after `done` steps of this arm (1 where it has no warm-up)."""
        return min(1.0, (done + 1) / self.arm.warmup_steps) if self.arm.warmup_steps else 1.0


def batch_order(arm: Arm, start: int, steps: int) -> Sequence[int]:
    """The numbers of the batches in the order an arm trains on them: skipped ones are left out, shuffled ones drawn
    from the stretch by the arm's seed."""
    order: Sequence[int] = range(start, start + steps)
    if arm.kind == "skip" and arm.skip is not None:
        first, gap = arm.skip.start, arm.skip.steps + 1
        return [step if step < first else step + gap for step in order]
    if arm.kind == "shuffle":
        return cast(list[int], np.random.default_rng(arm.seed).permutation(np.asarray(order)).tolist())
    return order


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits of a replay. `seconds`: wall time of one arm; `disk_bytes`: what an arm may write; `output_bytes`: how
    much of its standard output and error is kept; `grace_seconds`: between TERM and KILL. `spent`: what an arm has used
    of its seconds before it began to train, as for the copy of its checkpoint.
    """

    seconds: float = 3600.0
    disk_bytes: int = 20 * 1024**3
    output_bytes: int = 4 * 1024**2
    grace_seconds: float = 5.0
    spent: float = 0.0

    def __post_init__(self) -> None:
        if min(self.seconds, self.disk_bytes, self.output_bytes) <= 0 or self.grace_seconds < 0:
            raise SettingsError("a replay's budgets must be positive")

    @property
    def seconds_left(self) -> float:
        return self.seconds - self.spent

    def after(self, seconds: float) -> Budget:
        """What is left of it when so many seconds more were spent."""
        return replace(self, spent=self.spent + seconds)


@dataclass(frozen=True, slots=True)
class Context:
    """What a driver needs besides its jobs: limits, devices (CUDA ids; empty = none chosen), progress, the stop, and
    the names of the variables that commands see of our environment (None: all).

    `jobs`: how many arms run side by side where there are no devices. `threads`: how many an arm may compute with,
    None for as many as it likes. `say`: told what a person should know on the way, as the time that is left.
    """

    budget: Budget = field(default_factory=Budget)
    devices: tuple[str, ...] = ()
    jobs: int = 1
    threads: int | None = None
    watch: Watch | None = None
    say: Callable[[str], object] | None = None
    stop: Event = field(default_factory=Event)
    environment: tuple[str, ...] | None = None

    @property
    def slots(self) -> tuple[str | None, ...]:
        """Where arms run, each at its own place: a device, or None for the cores."""
        return self.devices or (None,) * max(1, self.jobs)

    def alone(self) -> Context:
        """For one arm that has the machine to itself."""
        return replace(self, devices=self.devices[:1], jobs=1, threads=None)


class Driver(Protocol):
    """How arms are run: a command, a target in a process of its own, or a target in this process."""

    @property
    def supports(self) -> frozenset[ArmKind]:
        """The kinds of arm that can be run."""

    @property
    def from_scratch(self) -> bool:
        """Whether a stretch may start at step 0 without a checkpoint."""

    @property
    def identity(self) -> str:
        """What the arms depend on, in one line: a finished arm is used again only where it is the same."""

    def describe(self, job: ArmJob) -> str:
        """The exact command, or the call, that will run: what the user is asked about."""

    def run(self, jobs: Sequence[ArmJob], context: Context) -> list[ArmRun]:
        """The arms' runs, in the order of the jobs, each with its job's `folder`, made where it is missing:
        what is kept of the arm is written there. A failing arm is a value; KeyboardInterrupt stops them all."""

    def close(self) -> None:
        """Ends what is kept running between arms. The next `run` starts it again."""


@runtime_checkable
class ReplayTarget(Protocol):
    """Your training loop as LogLens replays it. `TorchTarget` is ready-made; write your own for anything else.

    `run_arm` brings model, optimizer, scheduler and random state back to `job.checkpoint` (to the initial state where
    that is None), multiplies the learning rate by `job.arm.factor`, trains on the batches `job.batch_order()` and
    calls `report(step, loss, lr)` after each of them. It lets whatever `report` raises through.
    """

    @property
    def supports(self) -> frozenset[ArmKind]: ...

    def run_arm(self, job: ArmJob, report: Report) -> None: ...


def target_place(reference: str) -> tuple[Path, str]:
    """File and function of `FILE.py:function`, nothing of it run; SettingsError where there is no such file."""
    file, colon, name = reference.rpartition(":")
    path = Path(file)
    if not colon or not name.isidentifier() or path.suffix != ".py":
        raise SettingsError(f"--target {reference!r}: give FILE.py:function")
    if not path.is_file():
        raise SettingsError(f"--target {reference!r}: there is no file {path}")
    return path, name


def load_target(reference: str) -> ReplayTarget:
    """The target that `FILE.py:function` builds: `function()` is called without arguments.

    Only ever called with what the user typed; SettingsError where it cannot be found, ReplayError where it fails.
    """
    path, name = target_place(reference)
    spec = importlib.util.spec_from_file_location(f"loglens_target_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise SettingsError(f"--target {reference!r}: {path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(path.resolve().parent))
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # leaves no cache beside the user's script
    try:
        spec.loader.exec_module(module)
        build = getattr(module, name, None)
        if build is None:
            raise SettingsError(f"--target {reference!r}: {path} has no function {name}")
        target = build()
    except SettingsError:
        raise
    except Exception as error:
        raise ReplayError(f"--target {reference}: {type(error).__name__}: {error}") from error
    finally:
        sys.dont_write_bytecode = bytecode
        sys.path.remove(str(path.resolve().parent))
    if not isinstance(target, ReplayTarget):
        raise SettingsError(f"--target {reference!r}: {name}() returned {type(target).__name__}, not a ReplayTarget")
    return target
