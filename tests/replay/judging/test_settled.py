"""Arms that end early: only where nothing they do afterwards could count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from loglens.model.results.replay import Arm, Segment
from loglens.replay import PlanSettings, replay
from loglens.replay.drivers.arm_log import ArmLog
from loglens.replay.drivers.driver import ArmJob, Budget, StretchOver
from loglens.replay.drivers.stop_rule import HOLD, WIDTH, StopRule
from loglens.replay.judging.comparison import Original
from loglens.replay.judging.settled import rule_for_control
from tests.replay.test_session import jumping, recorded

RULE = StopRule(onset=20, rise=4.0)
STEPS = np.arange(60)


def curve(late: float, *, spike: int = 60) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    losses = np.ones(60)
    losses[30 : 30 + spike] = late
    return losses


def test_a_climb_that_stays_settles_an_arm_where_it_has_lasted() -> None:
    # the means of WIDTH rise over 5 within the first five points, and must stay there HOLD times
    assert RULE.kept(STEPS, curve(6.0)) == 30 + WIDTH + HOLD - 1
    assert RULE.kept(STEPS, curve(1000.0)) == 30 + 1 + HOLD - 1


@pytest.mark.parametrize(
    ("losses", "why"),
    [
        (curve(4.9), "below the limit"),
        (curve(8.0, spike=4), "over again at once"),
        (np.where(np.arange(60) % 8 == 0, 20.0, 1.0), "spikes of one point"),
        (np.r_[np.full(20, 9.0), np.ones(40)], "high before the onset only"),
        (np.r_[np.full(20, 9.0), np.full(40, 12.0)], "measured from its own level"),
        (np.full(60, np.nan), "no numbers"),
    ],
)
def test_anything_less_does_not(losses: np.ndarray[tuple[int], np.dtype[np.float64]], why: str) -> None:
    assert RULE.kept(STEPS, losses) is None, why


def test_without_a_level_of_its_own_no_arm_is_settled() -> None:
    assert StopRule(onset=0, rise=1.0).kept(STEPS, curve(1000.0)) is None


def test_a_floor_counts_as_well() -> None:
    assert StopRule(onset=20, rise=0.0, floor=10.0).kept(STEPS, curve(9.0)) is None
    assert StopRule(onset=20, rise=0.0, floor=10.0).kept(STEPS, curve(11.0)) is not None


def test_the_log_of_an_arm_ends_it_there(tmp_path: Path) -> None:
    job = ArmJob(arm=Arm(label="a", kind="lr"), checkpoint=None, start=0, steps=60, folder=str(tmp_path), rule=RULE)
    with ArmLog(job, Budget()) as log:
        with pytest.raises(StretchOver):
            for step, loss in zip(STEPS.tolist(), curve(1000.0).tolist(), strict=True):
                log(step, loss, 0.1)
        run = log.result()
    assert run.end == "settled" and run.usable and run.broken
    assert len(run.steps) == RULE.kept(STEPS, curve(1000.0))


def segment() -> Segment:
    return Segment(
        kinds=("divergence",), findings=("d",), onset=20, end=59, start=0, steps=60, checkpoint=None, arms=()
    )


def test_a_control_is_ended_only_where_the_log_did_not_come_back() -> None:
    def rule(losses: np.ndarray[tuple[int], np.dtype[np.float64]]) -> StopRule | None:
        return rule_for_control(segment(), Original(steps=STEPS, losses=losses, first=2.0, best=1.0))

    gone = rule(curve(11.0))
    assert gone is not None and gone.floor == pytest.approx(6.0), "half of the rise in the log"
    assert rule(curve(11.0, spike=10)) is None, "it came back"
    died = rule(np.r_[curve(2.5)[:50], np.full(10, np.nan)])
    assert died is not None and died.floor == pytest.approx(3.0), "all progress lost, and as much again"


def test_a_replay_that_ends_its_arms_early_comes_to_the_same(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    whole, early = (
        replay(run, target=jumping(), out=tmp_path / str(may), settings=PlanSettings(early=may, extra=("skip",)))
        for may in (False, True)
    )  # fmt: skip
    assert early.results[0].outcome == whole.results[0].outcome == "confirmed"
    assert early.results[0].factor == whole.results[0].factor
    assert sum(len(one.steps) for one in early.arm_runs) < sum(len(one.steps) for one in whole.arm_runs)
    ended = [one for one in early.arm_runs if one.end == "settled"]
    assert ended and all("beyond doubt" in one.detail for one in ended)


def test_where_orders_of_the_data_are_compared_arms_are_run_whole(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run")
    early = replay(run, target=jumping(), out=tmp_path / "out", settings=PlanSettings(extra=("skip",)))
    ended = {one.arm.kind for one in early.arm_runs if one.end == "settled"}
    assert "lr" in ended, "arms that would end early"
    # in the same folder: what ended early there is no whole arm
    done = replay(run, target=jumping(), out=tmp_path / "out", settings=PlanSettings(extra=("skip", "shuffle")))
    assert {one.arm.kind for one in done.arm_runs} == {"control", "lr", "skip", "shuffle"}
    assert {one.arm.kind for one in done.arm_runs if one.end == "settled"} <= {"skip"}
    steps = done.plan.segments[0].steps
    assert {len(one.steps) for one in done.arm_runs if one.end == "ok"} == {steps}
