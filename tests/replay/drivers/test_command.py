"""Whole replays by command, with trainers that do what real ones do wrong."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from loglens.errors import ReplayError
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.results.replay import Arm, ArmEnd, ReplayPlan
from loglens.model.run import Run
from loglens.replay.drivers import command
from loglens.replay.drivers.command import CommandDriver, arm_of
from loglens.replay.drivers.driver import ArmJob, Budget, Context
from loglens.replay.drivers.stop_rule import StopRule
from loglens.replay.drivers.template import parse_template
from loglens.replay.plan import PlanSettings
from loglens.replay.processes.process import ProcessEnd
from loglens.replay.processes.worker_slots import Slot
from loglens.replay.session import Replayed, replay
from tests.replay import small, trainers
from tests.replay.torch.test_patch import fingerprint

SCRIPT = Path(trainers.__file__)
TEMPLATE = f"{sys.executable} {SCRIPT} KIND {{out}} {{start}} {{steps}} {{lr}}"
FAST = Context(budget=Budget(seconds=20, grace_seconds=0.5))


def read(path: Path) -> Sequence[Run]:
    """The CSV these trainers write; the readers themselves have their own tests."""
    if path.is_dir():
        return [run for file in sorted(path.rglob("*.csv")) for run in read(file)]
    if path.suffix != ".csv":
        return []
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if None not in row.values()]
    columns = {name: [float(row[name]) for row in rows] for name in ("loss", "learning_rate")}
    steps = [int(row["step"]) for row in rows]
    if len(set(steps)) < len(steps):
        return []
    return [Run.from_arrays(columns, steps=steps, roles={"train_loss": "loss", "learning_rate": "learning_rate"})]


def original(folder: Path) -> RunDiagnosis:
    """A run that spiked at step 60, its log and a checkpoint of step 20."""
    folder.mkdir()
    losses = [trainers.loss_at(step, 0.1) for step in range(150)]
    (folder / "metrics.csv").write_text("step,loss\n" + "".join(f"{n},{one}\n" for n, one in enumerate(losses)))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(2))], lr=0.1)
    torch.save({"optimizer": optimizer.state_dict(), "step": 20}, folder / "step_20.pt")
    return small.diagnosis(losses, [small.finding(60, 75, peak=60)], source=str(folder), lr=0.1)


def play(
    tmp_path: Path,
    kind: str,
    *,
    template: str = TEMPLATE,
    lr_by: str = "command",
    context: Context = FAST,
    seeds: int = 0,
) -> Replayed:
    run = original(tmp_path / "run") if not (tmp_path / "run").exists() else None
    assert run is not None
    driver = CommandDriver(template=parse_template(template.replace("KIND", kind)), read=read, lr_by=lr_by)  # type: ignore[arg-type]
    settings = PlanSettings(control_seeds=seeds, bisections=2)
    return replay(run, driver=driver, out=tmp_path / "out", settings=settings, context=context)


def test_a_rate_that_is_too_high_is_confirmed_and_nothing_of_the_run_changes(tmp_path: Path) -> None:
    original(tmp_path / "run")
    before = fingerprint(tmp_path / "run")
    run = small.diagnosis(
        [trainers.loss_at(step, 0.1) for step in range(150)],
        [small.finding(60, 75)],
        source=str(tmp_path / "run"),
        lr=0.1,
    )
    driver = CommandDriver(template=parse_template(TEMPLATE.replace("KIND", "good")), read=read, lr_by="command")
    done = replay(run, driver=driver, out=tmp_path / "out", settings=PlanSettings(control_seeds=0), context=FAST)
    (result,) = done.results
    assert result.outcome == "confirmed"
    assert result.factor is not None and result.factor_high is not None
    # the truth: 0.06 / 0.1
    assert result.factor <= 0.6 <= result.factor_high
    assert result.factor_high / result.factor < 1.1
    assert fingerprint(tmp_path / "run") == before


def test_a_bad_batch_is_not_the_rate(tmp_path: Path) -> None:
    assert play(tmp_path, "bad_batch").results[0].outcome == "not_learning_rate"


def test_nan_is_a_result(tmp_path: Path) -> None:
    done = play(tmp_path, "nan")
    assert done.results[0].outcome == "confirmed"
    assert done.arm_runs[0].end == "nan"


def test_a_command_that_ignores_its_rate_proves_nothing(tmp_path: Path) -> None:
    (result,) = play(tmp_path, "ignores_lr").results
    assert result.outcome == "failed" and "the override had no effect" in result.reason
    assert "×1 of the control's rate" in result.reason


def test_where_the_command_ignores_its_rate_the_checkpoint_is_patched(tmp_path: Path) -> None:
    script = tmp_path / "resume.py"
    script.write_text(
        f"import sys, torch\nfrom pathlib import Path\nsys.path.insert(0, {str(SCRIPT.parents[2])!r})\n"
        "from tests.replay.trainers import train\n"
        "checkpoint, out, steps = sys.argv[1:4]\n"
        "state = torch.load(checkpoint, weights_only=True)\n"
        "train('good', Path(out), state['step'], int(steps), state['optimizer']['param_groups'][0]['lr'])\n"
    )
    template = f"{sys.executable} {script} {{checkpoint}} {{out}} {{steps}} --lr {{lr}}"
    # importing torch takes a busy machine longer than the others' budget
    patient = replace(FAST, budget=replace(FAST.budget, seconds=300))
    done = play(tmp_path, "", template=template, context=patient)
    (result,) = done.results
    assert result.outcome == "confirmed", result.reason
    assert result.factor is not None and result.factor <= 0.6
    assert not list((tmp_path / "out").rglob("checkpoint/*")), "the copies are gone"


@pytest.mark.parametrize(
    ("kind", "said"),
    [("crashes", "no such dataset"), ("dies", "GPU ran out of memory"), ("silent", "left no log")],
)
def test_a_control_that_fails_says_why(tmp_path: Path, kind: str, said: str) -> None:
    (result,) = play(tmp_path, kind).results
    assert result.outcome == "failed" and said in result.reason


def test_a_command_that_hangs_ends_by_its_budget(tmp_path: Path) -> None:
    context = Context(budget=Budget(seconds=1, grace_seconds=0.2))
    (result,) = play(tmp_path, "hangs", context=context).results
    assert result.outcome == "failed" and "not done after 1 s" in result.reason


def test_the_copy_before_an_arm_and_the_reading_after_it_are_of_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, given = {"now": 0.0}, list[Budget]()

    def passes(seconds: float) -> None:
        clock["now"] += seconds

    def ran(*_: object, budget: Budget, **__: object) -> ProcessEnd:
        given.append(budget)
        passes(20)
        return ProcessEnd(end="ok", detail="", seconds=20.0, returncode=0)

    def slow(_: Path) -> Sequence[Run]:
        passes(1)
        return [Run.from_arrays({"loss": np.ones(6)}, steps=range(6), roles={"train_loss": "loss"})]

    monkeypatch.setattr(command, "time", SimpleNamespace(monotonic=lambda: clock["now"]))
    monkeypatch.setattr(command, "run_process", ran)
    monkeypatch.setattr(CommandDriver, "_place_checkpoint", lambda *_: passes(6))
    driver = CommandDriver(template=parse_template("train {out}"), read=slow, lr_by="command")
    arm = Arm(label="a", kind="control")
    job = ArmJob(arm=arm, checkpoint=None, start=0, steps=5, folder=str(tmp_path / "a"))
    (run,) = driver.run([job], Context(budget=Budget(seconds=100)))
    assert given[0].seconds == 100 and given[0].seconds_left == 94
    assert run.end == "ok" and run.seconds == 27


@pytest.mark.parametrize(
    ("ended", "end"), [("ok", "settled"), ("exit_code", "exit_code"), ("timeout", "timeout"), ("signal", "signal")]
)
def test_an_arm_is_settled_only_where_it_ended_in_good_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: ArmEnd, end: ArmEnd
) -> None:
    # a trainer that died of something else while its loss was high has not shown what it would have done
    losses = np.r_[np.ones(20), np.full(20, 50.0)]
    made = Run.from_arrays({"loss": losses}, steps=range(40), roles={"train_loss": "loss"})
    over = ProcessEnd(end=ended, detail="why", seconds=1.0, returncode=0)
    monkeypatch.setattr(command, "run_process", lambda *_, **__: over)
    driver = CommandDriver(template=parse_template("train {out}"), read=lambda _: [made], lr_by="command")
    rule = StopRule(onset=20, rise=4.0)
    arm = Arm(label="a", kind="lr", factor=0.5)
    job = ArmJob(arm=arm, checkpoint=None, start=0, steps=60, folder=str(tmp_path / "a"), rule=rule)
    (run,) = driver.run([job], Context())
    assert run.end == end and run.usable is (ended == "ok")
    assert len(run.steps) == (rule.kept(made.series[0].steps, losses) if ended == "ok" else 40)


def test_a_command_that_writes_into_the_original_run_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORIGINAL_RUN", str(tmp_path / "run"))
    (result,) = play(tmp_path, "elsewhere").results
    assert (
        result.outcome == "failed" and "wrote into the original run" in result.reason and "metrics.csv" in result.reason
    )


def test_a_trainer_that_never_stops_is_ended_when_the_stretch_is_complete(tmp_path: Path) -> None:
    done = play(tmp_path, "never_stops")
    assert done.results[0].outcome == "confirmed"
    assert all(run.end == "ok" for run in done.arm_runs)
    assert int(done.arm_runs[0].steps[-1]) <= 150, "what lies beyond the stretch is left out"


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    from tests.replay.torch.test_patch import Bomb

    run = original(tmp_path / "run")
    torch.save({"bomb": Bomb(tmp_path / "ran"), "step": 20}, tmp_path / "run" / "step_20.pt")
    template = f"{sys.executable} {SCRIPT} good {{out}} {{start}} {{steps}} 0.1 {{checkpoint}}"
    driver = CommandDriver(template=parse_template(template), read=read, lr_by="checkpoint")
    (result,) = replay(run, driver=driver, out=tmp_path / "out", context=FAST).results
    assert result.outcome == "failed" and "never run" in result.reason
    assert not (tmp_path / "ran").exists()


def test_an_interrupted_replay_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = tmp_path / "count"
    script = tmp_path / "counting.py"
    script.write_text(
        f"import sys\nsys.path.insert(0, {str(SCRIPT.parents[2])!r})\nfrom pathlib import Path\n"
        "from tests.replay.trainers import train\n"
        f"open({str(count)!r}, 'a').write(sys.argv[4] + '\\n')\n"
        "train('good', Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))\n"
    )
    run = original(tmp_path / "run")
    template = f"{sys.executable} {script} {{out}} {{start}} {{steps}} {{lr}}"
    driver = CommandDriver(template=parse_template(template), read=read, lr_by="command")

    arms = 0
    real = CommandDriver._run_one

    def stops_at_third(self: CommandDriver, job: ArmJob, context: Context, slot: Slot) -> object:
        nonlocal arms
        arms += 1
        if arms == 3:
            raise KeyboardInterrupt
        return real(self, job, context, slot)

    monkeypatch.setattr(CommandDriver, "_run_one", stops_at_third)
    with pytest.raises(KeyboardInterrupt):
        replay(run, driver=driver, out=tmp_path / "out", settings=PlanSettings(control_seeds=1), context=Context())
    monkeypatch.setattr(CommandDriver, "_run_one", real)
    done = replay(run, driver=driver, out=tmp_path / "out", settings=PlanSettings(control_seeds=1), context=Context())
    assert done.results[0].outcome == "confirmed"
    assert count.read_text().split().count("0.1") == 2, "the two controls were run only once"


def test_arms_run_side_by_side_on_several_gpus(tmp_path: Path) -> None:
    script = tmp_path / "where.py"
    script.write_text(
        "import os, sys, time\nopen(sys.argv[1] + '/gpu', 'w').write(os.environ['CUDA_VISIBLE_DEVICES'])\n"
        "began = time.time(); time.sleep(1.0)\nopen(sys.argv[1] + '/span', 'w').write(f'{began} {time.time()}')"
    )
    driver = CommandDriver(
        template=parse_template(f"{sys.executable} {script} {{out}}"), read=read, lr_by="command"
    )  # fmt: skip
    jobs = [
        ArmJob(
            arm=Arm(label=str(n), kind="control"),
            checkpoint=None,
            start=0,
            steps=5,
            folder=str(tmp_path / str(n)),
        )
        for n in range(2)
    ]
    devices = (f"test-{tmp_path.name}-0", f"test-{tmp_path.name}-1")
    driver.run(jobs, Context(devices=devices))
    gpus = {(tmp_path / str(n) / "out" / "gpu").read_text() for n in range(2)}
    spans = [tuple(map(float, (tmp_path / str(n) / "out" / "span").read_text().split())) for n in range(2)]
    assert gpus == set(devices)
    assert max(one[0] for one in spans) < min(one[1] for one in spans), "at the same time"


def test_a_log_that_counts_from_zero_is_moved_to_its_place() -> None:
    job = ArmJob(arm=Arm(label="c", kind="control"), checkpoint=None, start=500, steps=20, folder="x")
    run = Run.from_arrays({"loss": np.arange(20.0)}, steps=range(20), roles={"train_loss": "loss"})
    found = arm_of(run, job)
    assert found.steps[0] == 501 and len(found.steps) == 19 and np.isnan(found.lrs).all()


def test_a_rate_logged_less_often_than_the_loss_is_carried_on() -> None:
    from loglens.model.run import RoleChoice, Series

    run = Run(
        name=".", source=".", format="x",
        series=(
            Series(tag="loss", steps=np.arange(6), values=np.ones(6)),
            Series(tag="lr", steps=np.array([1, 4]), values=np.array([0.1, 0.2])),
        ),
        roles=(RoleChoice(role="train_loss", series="loss"), RoleChoice(role="learning_rate", series="lr")),
    )  # fmt: skip
    job = ArmJob(arm=Arm(label="c", kind="control"), checkpoint=None, start=0, steps=6, folder="x")
    np.testing.assert_array_equal(arm_of(run, job).lrs, [np.nan, 0.1, 0.1, 0.1, 0.2, 0.2])


def test_called_off_runs_nothing(tmp_path: Path) -> None:
    run = original(tmp_path / "run")
    driver = CommandDriver(template=parse_template(TEMPLATE.replace("KIND", "good")), read=read, lr_by="command")
    shown: list[tuple[str, ...]] = []

    def no(plan: ReplayPlan, commands: tuple[str, ...]) -> bool:
        assert plan.segments
        shown.append(commands)
        return False

    with pytest.raises(ReplayError, match="nothing was run"):
        replay(run, driver=driver, out=tmp_path / "out", context=FAST, confirm=no)
    assert "--" not in shown[0][0] and str(SCRIPT) in shown[0][0] and shown[0][0].endswith(" 0.1")
    assert not [path for path in (tmp_path / "out").iterdir() if path.is_dir()]
