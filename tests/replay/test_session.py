"""Whole replays in Python: a real training whose learning rate jumps, its recorder, its target."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

import loglens.replay
from loglens.errors import ReplayError
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.results.replay import Arm, ArmRun, ReplayPlan
from loglens.replay import PlanSettings, TorchTarget, replay
from loglens.replay.drivers.driver import ArmJob, Context
from loglens.replay.drivers.in_process import InProcessDriver
from loglens.replay.drivers.target_file import TargetFileDriver
from loglens.replay.processes import worker_slots
from loglens.replay.processes.ledger import Ledger
from loglens.replay.session import Stage
from tests.replay import small
from tests.replay.torch.test_patch import fingerprint

TARGET_FILE = """
import torch
from tests.replay import small

JUMP = 60

def target():
    torch.set_num_threads(1)
    made = small.target()
    rate = lambda step: 12.0 if step >= JUMP else 1.0
    made.scheduler = torch.optim.lr_scheduler.LambdaLR(made.optimizer, rate)
    made._initial["scheduler"] = made.scheduler.state_dict()
    made._initial["optimizer"] = made.optimizer.state_dict()
    return made
"""


def jumping() -> TorchTarget:
    space: dict[str, object] = {}
    exec(compile(TARGET_FILE, "target.py", "exec"), space)  # noqa: S102  the very file that is written below
    made = space["target"]()  # type: ignore[operator]
    assert isinstance(made, TorchTarget)
    return made


def recorded(folder: Path) -> RunDiagnosis:
    losses = small.train(jumping(), 120, folder / "recorder")
    (folder / "log.csv").write_text("\n".join(map(str, losses)))
    end = len(losses) - 1
    return small.diagnosis(losses, [small.finding(60, end, kind="divergence")], source=str(folder))


def test_from_a_recorded_run_to_a_proven_rate(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    before = fingerprint(tmp_path / "run")
    watched: list[str] = []
    context = Context(watch=lambda label, *_: watched.append(label))
    done = replay(run, target=jumping(), out=tmp_path / "out", context=context)
    assert done.results[0].outcome == "confirmed"
    assert done.run.cause.cause == "lr_too_high"
    assert done.run.recommendation.replay is done.results[0]
    assert fingerprint(tmp_path / "run") == before
    control = done.arm_runs[0]
    curve = run.curve("train_loss")
    assert curve is not None
    start = int(control.steps[0])
    np.testing.assert_array_equal(control.losses, curve.values[start : start + len(control.losses)])


def test_the_same_folder_again_runs_nothing_twice(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    first = replay(run, target=jumping(), out=tmp_path / "out")

    class Never(InProcessDriver):
        def run(self, jobs: object, context: Context) -> list[ArmRun]:
            raise AssertionError("an arm was run again")

    again = replay(run, driver=Never(jumping()), out=tmp_path / "out")
    assert again.results[0].outcome == first.results[0].outcome
    assert again.results[0].factor == first.results[0].factor


def test_a_target_file_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    (tmp_path / "target.py").write_text(TARGET_FILE)
    driver = TargetFileDriver(f"{tmp_path / 'target.py'}:target")
    done = replay(run, driver=driver, out=tmp_path / "out", settings=PlanSettings(bisections=1, control_seeds=0))
    assert done.results[0].outcome == "confirmed"
    assert not list(tmp_path.rglob("__pycache__"))
    here = replay(run, target=jumping(), out=tmp_path / "here", settings=PlanSettings(bisections=1, control_seeds=0))
    np.testing.assert_array_equal(done.arm_runs[1].losses, here.arm_runs[1].losses)


@pytest.mark.parametrize(
    ("text", "said"),
    [("def target(): raise KeyError('shard 7')", "shard 7"), ("import os\ndef target(): os._exit(3)", "exit code 3")],
)
def test_a_target_that_breaks_is_an_outcome(tmp_path: Path, text: str, said: str) -> None:
    run = recorded(tmp_path / "run")
    (tmp_path / "target.py").write_text(text)
    done = replay(run, driver=TargetFileDriver(f"{tmp_path / 'target.py'}:target"), out=tmp_path / "out")
    assert done.results[0].outcome == "failed" and said in done.results[0].reason


def test_nothing_to_replay_is_an_error_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="no findings"):
        replay(small.diagnosis([1.0, 0.9]), target=jumping(), out=tmp_path / "out")
    with pytest.raises(ReplayError, match="needs a target or a driver"):
        replay(small.diagnosis([1.0, 0.9]))


def test_ctrl_c_goes_through_and_the_arm_is_run_again(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")

    class Stops:
        supports = InProcessDriver(jumping()).supports

        def run_arm(self, job: ArmJob, report: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(run, target=Stops(), out=tmp_path / "out")
    assert not list((tmp_path / "out").rglob("arm.json"))


def stage(folder: Path, context: Context) -> Stage:
    plan = ReplayPlan(run="r", source="", segments=())
    ledger = Ledger.open(folder / "out", "a", away_from=(), about={})
    return Stage.over(small.diagnosis([1.0, 0.9]), plan, InProcessDriver(jumping()), ledger, context, None)


def test_each_stretch_has_the_slots_it_earns_of_those_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_slots, "cores", lambda: 8)
    made = stage(tmp_path, Context(jobs=4, threads=2))
    control = small.arm_run("control", 1.0, np.ones(121))
    for arms, seconds, startup, jobs, threads in [
        (7, 0.6, 3.0, 1, None),  # alone, an arm has all the cores, as its control had
        (7, 10.0, 3.0, 4, 2),  # the first stretch does not decide for the second
        (2, 10.0, 0.0, 2, 4),
    ]:
        segment = replace(small.segment(), arms=(Arm(label="a", kind="lr"),) * (arms + 1))
        made._settle_slots(segment, replace(control, seconds=seconds, startup=startup))
        assert (made.context.jobs, made.context.threads, made.clock.slots) == (jobs, threads, jobs)
    made._settle_slots(small.segment(), replace(control, seconds=0.0))
    assert made.context == made.most, "where nothing was measured, what was asked for"


def test_every_device_that_was_given_is_used(tmp_path: Path) -> None:
    said: list[str] = []
    made = stage(tmp_path, Context(devices=("0", "1"), say=said.append))
    control = replace(small.arm_run("control", 1.0, np.ones(121)), seconds=0.6, startup=30.0)
    made._settle_slots(replace(small.segment(), arms=(Arm(label="a", kind="lr"),) * 8), control)
    assert made.context == made.most and made.clock.slots == 2
    assert "(2 side by side)" in said[0]


def test_public_names_exist() -> None:
    for name in import_module("loglens.replay").__all__:
        assert getattr(loglens.replay, name) is not None
    missing = "nothing"
    with pytest.raises(AttributeError):
        getattr(loglens.replay, missing)


def test_torch_is_not_imported_before_it_is_needed() -> None:
    import subprocess
    import sys

    modules = "sys, loglens.replay, loglens.replay.session, loglens.cli.commands.replay"
    code = f"import {modules}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert torch is not None
