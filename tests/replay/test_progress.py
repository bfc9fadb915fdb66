from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from loglens.cli.live import PlainLines, TerminalLines, words
from loglens.model.results.replay import Arm, ArmEnd, ArmRun, ReplayPlan
from loglens.replay.drivers.driver import ArmJob
from loglens.replay.plan_text import Left, fastest
from loglens.replay.processes import worker_slots
from loglens.replay.processes.worker_slots import side_by_side, slots_here, thread_variables
from loglens.replay.progress import Moment, TimeLeft
from tests.replay import small


def job(label: str) -> ArmJob:
    return ArmJob(arm=Arm(label=label, kind="lr"), checkpoint=None, start=100, steps=200, folder=label)


def done(label: str, seconds: float, *, end: ArmEnd = "ok", at: int = 300) -> ArmRun:
    last = np.array([at])
    return ArmRun(arm=Arm(label=label, kind="lr"), end=end, steps=last, losses=last * 0.1, lrs=last, seconds=seconds)


class Time:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_an_arm_s_own_pace_counts_until_one_has_ended() -> None:
    time, seen = Time(), list[Moment]()
    clock = TimeLeft(now=time, progress=seen.append)
    clock.plan([job("a"), job("b")])
    clock.begin([job("a")])
    time.seconds = 1.0
    clock.saw("a", 101, 2.0)
    assert seen[-1].left is None, "too early to tell"
    time.seconds = 10.0
    clock.saw("a", 200, 1.0)
    assert seen[-1].left == pytest.approx(10.0 + 20.0), "half of this one and the other"
    time.seconds = 20.0
    clock.ended(done("a", 20.0))
    assert seen[-1].over == "ok" and seen[-1].left == pytest.approx(20.0)
    assert (seen[-1].step, seen[-1].stop) == (300, 300)


@pytest.mark.parametrize("end", ["nan", "settled"])
def test_an_arm_that_broke_says_what_a_whole_one_takes(end: ArmEnd) -> None:
    clock = TimeLeft()
    clock.plan([job(name) for name in "abc"])
    clock.ended(done("a", 10.0, end=end, at=150))  # a quarter of it
    assert clock.left() == pytest.approx(80.0)
    clock.ended(done("b", 20.0, end="timeout", at=120))
    assert clock.left() == pytest.approx(40.0), "what failed is no measure"


@pytest.mark.parametrize("end", ["nan", "settled"])
def test_what_is_left_after_a_control_that_broke(end: ArmEnd) -> None:
    arms = tuple(Arm(label=name, kind="lr") for name in "abc")
    segment = replace(small.segment(start=100, steps=200), arms=arms)
    plan = ReplayPlan(run="r", source="", segments=(segment,), bisections=0)
    left = Left.after(plan, segment, done("a", 10.0, end=end, at=150), 1)
    assert left is not None and left.seconds == pytest.approx(80.0)
    assert "An arm takes up to 40 s" in left.text
    whole = Left.after(plan, segment, done("a", 10.0), 1)
    assert whole is not None and whole.seconds == pytest.approx(20.0) and "up to" not in whole.text


def test_a_stretch_does_not_wait_for_the_arms_of_another() -> None:
    time, said, seen = Time(), list[str](), list[Moment]()
    clock = TimeLeft(now=time, say=said.append, progress=seen.append)
    clock.plan([job("control"), job("LR ×0.5")])
    clock.begin([job("control")])
    clock.promise(100.0)
    clock.saw("control", 290, 1.0)
    clock.ended(done("control", 1000.0))  # it settles the first stretch: nothing else is run there
    second = [replace(job(name), start=1000, steps=50) for name in ("control", "LR ×0.5", "LR ×0.25")]
    clock.plan(second)
    clock.begin(second[:1])
    assert clock.left() is None, "nothing was measured here"
    time.seconds = 10.0
    clock.saw("control", 1025, 1.0)
    assert (seen[-1].step, seen[-1].stop) == (1025, 1050)
    assert seen[-1].left == pytest.approx(10.0 + 2 * 20.0)
    time.seconds = 90.0
    clock.correct()
    assert said == [], "what was promised was about the other stretch"


def test_lanes_share_the_work() -> None:
    time = Time()
    clock = TimeLeft(slots=2, now=time)
    clock.plan([job(name) for name in "abcde"])
    clock.ended(done("a", 10.0))
    assert clock.left() == pytest.approx(20.0)
    clock.slots = 8
    assert clock.left() == pytest.approx(10.0), "no arm is quicker than itself"


def test_an_estimate_that_was_wrong_is_corrected_aloud_once() -> None:
    time, said = Time(), list[str]()
    clock = TimeLeft(now=time, say=said.append)
    clock.plan([job(name) for name in "abcd"])
    clock.promise(40.0)
    time.seconds = 30.0
    clock.ended(done("a", 30.0))
    clock.correct()
    assert said == ["It takes longer than was said: about 90 s are left."]
    time.seconds = 60.0
    clock.ended(done("b", 30.0))
    clock.correct()
    assert len(said) == 1


def test_what_is_unknown_is_no_arm_of_this_replay() -> None:
    seen: list[Moment] = []
    clock = TimeLeft(progress=seen.append)
    clock.saw("nobody", 5, 1.0)
    clock.ended(done("nobody", 1.0))
    assert seen == []


def test_the_words_of_a_moment() -> None:
    moment = Moment(label="LR ×0.5", step=1200, stop=2400, loss=0.31234, left=75.0)
    assert words(moment) == "LR ×0.5: step 1,200 of 2,400, loss 0.3123, about 75 s left"
    ended = Moment(label="control", step=7, stop=9, loss=math.nan, left=None, over="nan")
    assert words(ended) == "control: ended in NaN or infinity at step 7 of 9, loss NaN or infinite"
    settled = Moment(label="control", step=7, stop=9, loss=1e9, left=0.0, over="settled")
    assert words(settled) == "control: broken beyond doubt, ended early at step 7 of 9, loss 1e9"


def test_plain_lines_are_few() -> None:
    time, lines = Time(), list[str]()
    plain = PlainLines(write=lines.append, now=time)
    for step in range(100):
        time.seconds = step * 1.0
        plain.progress(Moment(label="a", step=step, stop=100, loss=1.0, left=None))
    plain.progress(Moment(label="a", step=100, stop=100, loss=1.0, left=None, over="ok"))
    assert len(lines) == 4 and lines[-1] == "a: done at step 100 of 100, loss 1"


def test_a_terminal_keeps_a_line_of_what_ended() -> None:
    screen = io.StringIO()
    bar = Progress(TextColumn("{task.description}"), console=Console(file=screen, width=100), transient=True)
    with bar:
        lines = TerminalLines(bar)
        lines.progress(Moment(label="[a]", step=1, stop=100, loss=1.0, left=None))
        assert len(bar.tasks) == 1
        lines.progress(Moment(label="[a]", step=100, stop=100, loss=1.0, left=None, over="ok"))
        assert not bar.tasks
        lines.say("[bold] is no markup")
    assert "[a]: done at step 100 of 100" in screen.getvalue() and "[bold] is no markup" in screen.getvalue()


def test_short_arms_do_not_earn_a_second_worker() -> None:
    for (count, each, start, most), expected in {
        (7, 0.6, 3.0, 2): (1, 4.2),
        (7, 10.0, 3.0, 2): (2, 43.0),
        (2, 10.0, 0.0, 8): (2, 10.0),
        (0, 10.0, 0.0, 8): (1, 0.0),
    }.items():
        assert fastest(count, each, start, most) == pytest.approx(expected)


def test_cores_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    assert side_by_side(0, 1) == (1, None)
    assert side_by_side(0, 2) == (2, 1)
    assert side_by_side(0, 64) == (4, 16)
    assert side_by_side(3, 8) == (3, 2)
    assert side_by_side(1, 8) == (1, None)
    assert side_by_side(8, 2) == (8, 1)
    monkeypatch.setattr(worker_slots, "cores", lambda: 16)
    assert slots_here(0, ("0",)) == (1, None), "one GPU's arm has all of them"
    assert slots_here(0, ("0", "1", "2")) == (1, 5)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert thread_variables(None) == {}
    assert thread_variables(4)["OMP_NUM_THREADS"] == "1", "a lower limit of the user's stays"
    assert thread_variables(4)["MKL_NUM_THREADS"] == "4"
