from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from loglens.errors import ReplayError
from loglens.model.results.replay import Arm, Checkpoint
from loglens.model.run import StepSpan
from loglens.replay.drivers.stop_rule import StopRule
from loglens.replay.processes.ledger import Ledger, arm_document, arm_from
from tests.replay import small

SEGMENT = dataclasses.replace(small.segment(), checkpoint=None)


def opened(folder: Path, identity: str = "a", away_from: tuple[Path, ...] = ()) -> Ledger:
    return Ledger.open(folder, identity, away_from=away_from, about={})


def test_a_finished_arm_comes_back_as_it_was(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "out")
    run = small.arm_run("skip", 1.0, [1.0, float("nan"), float("inf")], skip=StepSpan(start=3, end=5), lrs=None)
    folder = ledger.arm_folder(SEGMENT, run.arm)
    folder.mkdir()
    ledger.keep(dataclasses.replace(run, folder=str(folder)))
    back = opened(tmp_path / "out").finished(SEGMENT, run.arm)
    assert back is not None and back.arm == run.arm and back.end == run.end
    np.testing.assert_array_equal(back.losses, run.losses)


def test_every_bit_of_a_loss_survives() -> None:
    run = small.arm_run("lr", 0.5, np.random.default_rng(0).standard_normal(50))
    np.testing.assert_array_equal(arm_from(arm_document(run), "x").losses, run.losses)


def test_an_unfinished_arm_is_run_again_from_nothing(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "out")
    arm = Arm(label="control", kind="control")
    folder = ledger.arm_folder(SEGMENT, arm)
    folder.mkdir()
    (folder / "half.csv").touch()
    assert ledger.finished(SEGMENT, arm) is None
    assert not folder.exists()


def test_an_interrupted_arm_is_not_kept(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "out")
    run = small.arm_run("control", 1.0, [1.0], end="interrupted")
    folder = ledger.arm_folder(SEGMENT, run.arm)
    folder.mkdir()
    ledger.keep(dataclasses.replace(run, folder=str(folder)))
    assert ledger.finished(SEGMENT, run.arm) is None


@pytest.mark.parametrize(
    ("rule", "used"),
    [
        (None, False),  # now the whole arm is needed
        (StopRule(onset=20, rise=4.0), True),
        (StopRule(onset=20, rise=9.0), False),  # by the rule of today it would not have ended there
    ],
)
def test_an_arm_that_ended_early_is_used_again_only_where_it_would_end_so(
    tmp_path: Path, rule: StopRule | None, used: bool
) -> None:
    ledger = opened(tmp_path / "out")
    run = small.arm_run("lr", 0.5, [1.0] * 20 + [6.0] * 10, end="settled")
    folder = ledger.arm_folder(SEGMENT, run.arm)
    folder.mkdir()
    ledger.keep(dataclasses.replace(run, folder=str(folder)))
    assert (ledger.finished(SEGMENT, run.arm, rule) is not None) is used
    assert folder.exists() is used, "what is run again begins with nothing"


def test_a_whole_arm_is_used_again_whatever_the_rule(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "out")
    run = small.arm_run("lr", 0.5, [1.0] * 20 + [6.0] * 10)
    folder = ledger.arm_folder(SEGMENT, run.arm)
    folder.mkdir()
    ledger.keep(dataclasses.replace(run, folder=str(folder)))
    assert ledger.finished(SEGMENT, run.arm, StopRule(onset=20, rise=4.0)) is not None


def test_another_arm_or_stretch_has_another_folder(tmp_path: Path) -> None:
    ledger = opened(tmp_path / "out")
    arm = Arm(label="LR ×0.5", kind="lr", factor=0.5)
    same = ledger.arm_folder(SEGMENT, arm)
    assert same == ledger.arm_folder(SEGMENT, arm)
    assert same != ledger.arm_folder(SEGMENT, dataclasses.replace(arm, factor=0.25))
    assert same != ledger.arm_folder(dataclasses.replace(SEGMENT, steps=7), arm)
    assert same.name.isascii() and " " not in same.name


def test_a_changed_checkpoint_makes_other_arms(tmp_path: Path) -> None:
    path = tmp_path / "ckpt"
    path.write_text("a")
    segment = dataclasses.replace(small.segment(), checkpoint=Checkpoint(path=str(path), step=0))
    ledger = opened(tmp_path / "out")
    arm = Arm(label="c", kind="control")
    before = ledger.arm_folder(segment, arm)
    path.write_text("longer")
    assert ledger.arm_folder(segment, arm) != before


def test_a_replay_stays_out_of_the_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    for out in (run, run / "replay", tmp_path):
        with pytest.raises(ReplayError, match="outside the run"):
            opened(out, away_from=(run,))


def test_a_folder_in_use_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ReplayError, match="not empty"):
        opened(tmp_path)
    opened(tmp_path / "out", "a")
    with pytest.raises(ReplayError, match="another replay"):
        opened(tmp_path / "out", "b")
