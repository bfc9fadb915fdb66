"""Arms that run side by side have the curves of arms that run one after another, to the last bit."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loglens.model.results.replay import Arm, ArmRun
from loglens.replay.drivers.command import CommandDriver
from loglens.replay.drivers.driver import ArmJob, Context, Driver
from loglens.replay.drivers.target_file import TargetFileDriver
from loglens.replay.drivers.template import parse_template
from loglens.replay.torch.checkpoints import find_checkpoints
from tests.replay import small
from tests.replay.drivers.test_command import read

FACTORS = (1.0, 0.25)
TARGET = """
from tests.replay import small

def target():
    return small.target(dropout=0.3, width=64)
"""
SCRIPT = """
import sys
sys.path.insert(0, ROOT)
from loglens.model.results.replay import Arm, Checkpoint
from loglens.replay.drivers.driver import ArmJob
from tests.replay import small

path, start, steps, factor, out = sys.argv[1:]
arm = Arm(label="a", kind="lr", factor=float(factor))
at = Checkpoint(path=path, step=int(start))
job = ArmJob(arm=arm, checkpoint=at, start=int(start), steps=int(steps), folder=out)
with open(out + "/metrics.csv", "w") as file:
    print("step,loss,learning_rate", file=file)
    report = lambda *row: print(*(repr(value) for value in row), sep=",", file=file)
    small.target(dropout=0.3, width=64).run_arm(job, report)
"""


def jobs(folder: Path, record: Path) -> list[ArmJob]:
    checkpoint = find_checkpoints([str(record)], near=None).checkpoints[0]
    return [
        ArmJob(
            arm=Arm(label=f"x{factor}", kind="lr", factor=factor), checkpoint=checkpoint, start=checkpoint.step,
            steps=40, folder=str(folder / f"x{factor}"),
        )
        for factor in FACTORS
    ]  # fmt: skip


def driver_of(kind: str, folder: Path) -> Driver:
    file = folder / f"{kind}.py"
    if kind == "target":
        file.write_text(TARGET)
        return TargetFileDriver(f"{file}:target")
    file.write_text(SCRIPT.replace("ROOT", repr(str(Path(small.__file__).parents[2]))))
    line = f"{sys.executable} {file} {{checkpoint}} {{start}} {{steps}} {{factor}} {{out}}"
    return CommandDriver(template=parse_template(line), read=read, lr_by="command")


@pytest.mark.parametrize("kind", ["target", "command"])
def test_arms_side_by_side_are_those_one_after_another(tmp_path: Path, kind: str) -> None:
    small.train(small.target(dropout=0.3, width=64), 30, tmp_path / "record")
    driver = driver_of(kind, tmp_path)
    beside = Context(jobs=len(FACTORS), threads=1)
    curves: list[list[ArmRun]] = [
        driver.run(jobs(tmp_path / name, tmp_path / "record"), context)
        for name, context in (("after", replace(beside, jobs=1)), ("beside", beside))
    ]
    driver.close()
    for after, side in zip(*curves, strict=True):
        assert after.end == side.end == "ok", after.detail + side.detail
        assert after.arm == side.arm and len(after.steps) >= 39
        np.testing.assert_array_equal(after.steps, side.steps)
        np.testing.assert_array_equal(after.losses, side.losses)
        np.testing.assert_array_equal(after.lrs, side.lrs)
    ends = [run.losses[-1] for run in curves[0]]
    assert len(set(ends)) == len(FACTORS), "different arms"
