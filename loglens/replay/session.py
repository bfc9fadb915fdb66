"""A whole replay: plan, controls, lower rates, bisection, verdict. The only place that knows the order."""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from loglens.errors import ReplayError
from loglens.model.diagnosis import ReplayResult, RunDiagnosis
from loglens.model.display import shown_name
from loglens.model.results.replay import Arm, ArmRun, ReplayPlan, Segment
from loglens.replay.drivers.command import CommandDriver
from loglens.replay.drivers.driver import ArmJob, Context, Driver, ReplayTarget
from loglens.replay.drivers.in_process import InProcessDriver
from loglens.replay.drivers.stop_rule import StopRule
from loglens.replay.judging.comparison import Bench, Original
from loglens.replay.judging.rate_reached import lr_jump, without_effect
from loglens.replay.judging.settled import rule_for_control, rule_for_others
from loglens.replay.judging.update import apply_replay
from loglens.replay.judging.verdict import control_decides, judge
from loglens.replay.plan import PlanSettings, lr_arm, make_plan, next_factor, without_arms
from loglens.replay.plan_text import Left
from loglens.replay.processes.guard import Guard, provenance
from loglens.replay.processes.ledger import Ledger
from loglens.replay.processes.worker_slots import fewer_slots
from loglens.replay.progress import Progress, TimeLeft
from loglens.replay.torch.checkpoints import find_checkpoints

FAR_DOWN = (0.03, 0.01)
LEVEL = 5
"""Points of the log whose median is a level of the loss."""
Confirm = Callable[[ReplayPlan, tuple[str, ...]], bool]
"""Shown the plan and the exact commands; False calls the replay off."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replayed:
    """`run`: the diagnosis with what the replay showed. `results`: one per segment of the plan, in its order."""

    run: RunDiagnosis
    plan: ReplayPlan
    results: tuple[ReplayResult, ...]
    folder: str
    arm_runs: tuple[ArmRun, ...] = field(default=())


def replay(
    run: RunDiagnosis,
    *,
    target: ReplayTarget | None = None,
    driver: Driver | None = None,
    checkpoints: Iterable[str] = (),
    out: str | Path | None = None,
    settings: PlanSettings | None = None,
    context: Context | None = None,
    confirm: Confirm | None = None,
    progress: Progress | None = None,
) -> Replayed:
    """Replays the worst stretches of a diagnosed run and returns the diagnosis with the verdict in it.

        diagnosis = loglens.diagnose("runs/my-run")
        proven = loglens.replay.replay(diagnosis.runs[0], target=my_target, checkpoints=["runs/my-run/recorder"])
        print(proven.run.recommendation)

    `target`: a `TorchTarget` or your own `ReplayTarget`; or a `driver` that runs commands. `checkpoints`: files,
    folders, globs or STEP=PATH; none means those below the run. `out`: a new folder; the same one again goes on where
    an interrupted replay stopped. `progress`: told how far each arm is. Raises ReplayError where nothing could be
    replayed; nothing of the run is changed.
    """
    chosen = driver if driver is not None else InProcessDriver(target) if target is not None else None
    if chosen is None:
        raise ReplayError("a replay needs a target or a driver: how should the training be run again?")
    context = context or Context()
    plan = plan_replay(run, chosen, checkpoints, settings)
    if not plan.segments:
        raise ReplayError(nothing_to_replay(plan))
    folder = Path(out) if out is not None else default_folder(plan, chosen)
    ledger = Ledger.open(
        folder, identity(plan, chosen), away_from=_guarded(run, plan),
        about={"plan": repr(plan), "made_with": provenance(run.source)},
    )  # fmt: skip
    if confirm is not None and not confirm(plan, commands(plan, chosen, ledger)):
        raise ReplayError("called off: nothing was run")
    guard = Guard.over([*_guarded(run, plan), *_checkpoint_folders(plan)], but=ledger.folder)
    stage = Stage.over(run, plan, chosen, ledger, context, progress)
    results: list[ReplayResult] = []
    try:
        for segment in plan.segments:
            results.append(stage.play(segment))
            if (changed := guard.changes()) and not run.live:
                results[-1] = _spoiled(results[-1], changed)
                break
    finally:
        chosen.close()
    decisive = next((result for result in results if result.outcome not in ("inconclusive", "failed")), results[0])
    return Replayed(
        run=apply_replay(run, decisive), plan=plan, results=tuple(results), folder=str(ledger.folder),
        arm_runs=tuple(stage.done),
    )  # fmt: skip


def plan_replay(
    run: RunDiagnosis, driver: Driver, checkpoints: Iterable[str] = (), settings: PlanSettings | None = None
) -> ReplayPlan:
    """The plan for what this driver can do. With a target, the arms with other batches come by themselves."""
    found = find_checkpoints(checkpoints, near=Path(run.source) if run.source else None)
    chosen = settings or PlanSettings()
    if not chosen.extra:
        chosen = replace(chosen, extra=tuple(kind for kind in ("skip", "shuffle") if kind in driver.supports))
    plan = make_plan(run, found.checkpoints, chosen, from_scratch=driver.from_scratch)
    return without_arms(plan, driver.supports)


def nothing_to_replay(plan: ReplayPlan) -> str:
    reasons = dict.fromkeys(item.reason for item in plan.skipped)
    return (
        f"nothing to replay in {plan.title or shown_name(plan.run, plan.source)}: "
        f"{'; '.join(reasons) or 'the run has no findings'}"
    )


def identity(plan: ReplayPlan, driver: Driver) -> str:
    """What all arms depend on; a folder that holds another replay is not touched."""
    text = f"{plan.run}\n{plan.source}\n{plan.base_lr}\n{driver.identity}"
    return hashlib.sha256(text.encode("utf-8", errors="backslashreplace")).hexdigest()[:16]


def default_folder(plan: ReplayPlan, driver: Driver) -> Path:
    name = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in Path(plan.source or plan.run).name)
    return Path("loglens-replay") / f"{name or 'run'}-{identity(plan, driver)[:8]}"


def commands(plan: ReplayPlan, driver: Driver, ledger: Ledger) -> tuple[str, ...]:
    """What will be run, arm by arm, exactly; bisection arms differ from LR arms only in their factor."""
    return tuple(
        driver.describe(job_of(plan, segment, arm, ledger)) for segment in plan.segments for arm in segment.arms
    )


def job_of(plan: ReplayPlan, segment: Segment, arm: Arm, ledger: Ledger) -> ArmJob:
    return ArmJob(
        arm=arm,
        checkpoint=segment.checkpoint,
        start=segment.start,
        steps=segment.steps,
        folder=str(ledger.arm_folder(segment, arm)),
        base_lr=plan.base_lr,
    )


@dataclass(slots=True, kw_only=True)
class Stage:
    """Runs the arms of segments in the order in which they can still decide something. `most`: all that it may use;
    `context`: what the arms of a segment use of that, once its control has shown what an arm takes."""

    run: RunDiagnosis
    plan: ReplayPlan
    driver: Driver
    ledger: Ledger
    most: Context
    context: Context
    clock: TimeLeft
    rule: StopRule | None = None
    done: list[ArmRun] = field(default_factory=list)

    @classmethod
    def over(
        cls, run: RunDiagnosis, plan: ReplayPlan, driver: Driver, ledger: Ledger, context: Context,
        progress: Progress | None,
    ) -> Stage:  # fmt: skip
        clock = TimeLeft(slots=len(context.slots), progress=progress, say=context.say)
        watched = replace(context, watch=context.watch or (clock.saw if progress is not None else None))
        return cls(run=run, plan=plan, driver=driver, ledger=ledger, most=watched, context=watched, clock=clock)

    def play(self, segment: Segment) -> ReplayResult:
        """The exact control first and alone, with all the cores: it decides whether there is anything to try, and shows
        what an arm takes."""
        original = original_of(self.run)
        controls = [arm for arm in segment.arms if arm.kind == "control"]
        self.clock.plan(self._jobs(segment, segment.arms))
        self.rule = rule_for_control(segment, original) if self.plan.early else None
        runs = self.arms(segment, controls[:1], self.context.alone())
        bench = Bench.of(segment, runs, original)
        if bench is not None and self.plan.early:
            self.rule = rule_for_others(bench, original)
        if bench is None or control_decides(bench, original):
            runs += self.arms(segment, controls[1:]) if bench is not None else []
            return judge(segment, runs, original)
        self._settle_slots(segment, bench.control)
        runs += self._other_arms(segment, bench.control)
        runs += self._lowest_rates(segment, runs, original)
        runs += self._bisect(segment, runs, original)
        return judge(segment, runs, original)

    def _settle_slots(self, segment: Segment, control: ArmRun) -> None:
        """By what the control took: how many arms run side by side, each with its share of the cores, and how long they
        take, which is said. Every device that was given is used."""
        self.context, self.clock.slots = self.most, len(self.most.slots)
        left = Left.after(self.plan, segment, control, len(self.most.slots), least=len(self.most.devices))
        if left is None:
            return
        if not self.most.devices:
            self.clock.slots = left.slots
            self.context = fewer_slots(self.most, left.slots)
        if self.context.say is not None:
            self.context.say(left.text)
            self.clock.promise(left.seconds)

    def _lowest_rates(self, segment: Segment, runs: Sequence[ArmRun], original: Original) -> list[ArmRun]:
        """Further down: what undoes a jump of the schedule, and below the lowest rate as long as that is the only good
        one or none is, because "good" is measured against the best lower rate."""
        bench = Bench.of(segment, runs, original)
        if bench is None or not bench.lr_arms or not bench.faulty:
            return []
        undone = lr_jump(bench.control, segment.onset)
        known = [run.arm.factor for run in bench.lr_arms]
        more: list[ArmRun] = []
        if all(max(undone / item, item / undone) > 1.2 for item in (1.0, *known)):
            more += self.arms(segment, [lr_arm(undone)])
        for factor in FAR_DOWN:
            bench = Bench.of(segment, [*runs, *more], original)
            least = min(known + [run.arm.factor for run in more])
            if bench is None or bench.bracket()[0] not in (None, least):
                break
            if factor < 0.9 * least:
                more += self.arms(segment, [lr_arm(factor)])
        return more

    def _other_arms(self, segment: Segment, control: ArmRun) -> list[ArmRun]:
        """Further controls, lower rates and other batches, in one go: they run side by side where there is room. Where
        the trainer ignores the rate in its command, the checkpoint is patched instead."""
        wanted = [arm for arm in segment.arms if arm.kind != "control" or arm.seed]
        wanted.sort(key=lambda arm: arm.kind == "control")
        if not self._can_patch(segment):
            return self.arms(segment, wanted)
        first = self.arms(segment, wanted[:1])
        if all(run.usable and without_effect(run, control) for run in first):
            self.driver = replace(self.driver, lr_by="checkpoint")  # type: ignore[type-var]
            self.ledger = replace(self.ledger, identity=f"{self.ledger.identity} patched")
            first = []
        return first + self.arms(segment, wanted[len(first) :])

    def _can_patch(self, segment: Segment) -> bool:
        return (
            isinstance(self.driver, CommandDriver)
            and self.driver.lr_by == "command"
            and "checkpoint" in self.driver.template.tokens
            and segment.checkpoint is not None
        )

    def _bisect(self, segment: Segment, runs: Sequence[ArmRun], original: Original) -> list[ArmRun]:
        """Halves the bracket between the largest good and the smallest bad factor, in log space, while the verdict is
        that the rate is to blame."""
        more: list[ArmRun] = []
        for _ in range(self.plan.bisections):
            seen = [*runs, *more]
            bench = Bench.of(segment, seen, original)
            factor = None if bench is None else next_factor(*bench.bracket())
            if factor is None or judge(segment, seen, original).outcome != "confirmed":
                break
            more += self.arms(segment, [lr_arm(factor)])
        return more

    def arms(self, segment: Segment, arms: Sequence[Arm], context: Context | None = None) -> list[ArmRun]:
        """Runs arms, except those that finished in an earlier try; an arm that was interrupted ends the replay."""
        wanted = self._jobs(segment, arms)
        known = {job.arm.label: self.ledger.finished(segment, job.arm, job.rule) for job in wanted}
        jobs = [job for job in wanted if known[job.arm.label] is None]
        self.clock.begin(jobs)
        fresh = self.driver.run(jobs, context or self.context) if jobs else []
        for run in fresh:
            self.ledger.keep(run)
            known[run.arm.label] = run
        found = [held for arm in arms if (held := known[arm.label]) is not None]
        for run in found:
            self.clock.ended(run)
        self.clock.correct()
        self.done += found
        if any(item.end == "interrupted" for item in found):
            raise KeyboardInterrupt
        return found

    def _jobs(self, segment: Segment, arms: Sequence[Arm]) -> list[ArmJob]:
        # where orders of the data are compared, what hangs together is read off whole arms
        orders = any(arm.kind == "shuffle" for arm in segment.arms)
        jobs = [job_of(self.plan, segment, arm, self.ledger) for arm in arms]
        return [replace(job, rule=None if orders and job.arm.kind != "skip" else self.rule) for job in jobs]


def original_of(run: RunDiagnosis) -> Original:
    """The loss of the log, as the diagnosis kept it."""
    curve = run.curve("train_loss") or run.curve("val_loss")
    if curve is None:
        raise ReplayError(f"{run.run}: the diagnosis holds no loss curve; diagnose the run again")
    finite = curve.values[np.isfinite(curve.values)]
    if not len(finite):
        raise ReplayError(f"{run.run}: the loss has no finite value, there is nothing to compare a replay with")
    # a run that explodes at its second step did not begin there, and the luckiest single batch is no level
    first = min(float(finite[0]), float(np.median(finite[:3])))
    levels = np.median(np.lib.stride_tricks.sliding_window_view(finite, min(LEVEL, len(finite))), axis=1)
    return Original(steps=curve.steps, losses=curve.values, first=first, best=min(first, float(levels.min())))


def _guarded(run: RunDiagnosis, plan: ReplayPlan) -> list[Path]:
    """What a replay must leave alone: the log with its folder, and the checkpoints. A folder one works in is not meant
    by a log that lies in it."""
    source = Path(run.source) if run.source else None
    places = [] if source is None else [source]
    if source is not None and source.is_file() and not Path.cwd().is_relative_to(source.resolve().parent):
        places.append(source.resolve().parent)
    return places + [Path(segment.checkpoint.path) for segment in plan.segments if segment.checkpoint is not None]


def _checkpoint_folders(plan: ReplayPlan) -> list[Path]:
    """The folders in which the checkpoints lie: what else is in them is the user's as well. A folder one works in holds
    anything; of that, the neighbours that are named like the checkpoint."""
    places: list[Path] = []
    for segment in plan.segments:
        if segment.checkpoint is None:
            continue
        path = Path(segment.checkpoint.path).absolute()
        if not Path.cwd().is_relative_to(path.parent.resolve()):
            places.append(path.parent)
        else:
            places += sorted(path.parent.glob(re.sub(r"\d+", "*", glob.escape(path.name))))
    return places


def _spoiled(result: ReplayResult, changed: Sequence[str]) -> ReplayResult:
    shown = ", ".join(changed[:5]) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
    return replace(
        result,
        outcome="failed",
        factor=None,
        factor_low=None,
        factor_high=None,
        reason=f"the command wrote into the original run ({shown}); let it write to {{out}} only",
    )
