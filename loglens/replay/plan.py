"""The plan: which stretches to run again, from which checkpoint, with which arms. Pure; `--dry-run` prints it.

A stretch starts at the newest checkpoint before the fault's onset minus a margin, because a fault builds up before it
shows (published rescues went back 10 to 100 steps). Without the control arm at the old learning rate a replay proves
nothing: a spike can vanish merely because another state met the same batches.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from loglens.errors import SettingsError
from loglens.model.diagnosis import RunDiagnosis
from loglens.model.finding import SEVERITIES, Finding
from loglens.model.kinds import KINDS
from loglens.model.results.replay import Arm, ArmKind, Checkpoint, ReplayPlan, Segment, SkippedFinding
from loglens.model.run import StepSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """How much to replay. `ladder`: LR factors tried first; `control_seeds`: controls with perturbed random state on
    top of the exact one; `margin`, `tail`: steps before the onset and after the fault's end, None = chosen from the
    log; `max_steps`: longest stretch; `extra`: optional arms; `warmup_steps`, `clip`: what those arms use; `early`:
    whether an arm that is broken beyond doubt ends there.
    """

    ladder: tuple[float, ...] = (0.5, 0.25, 0.1)
    bisections: int = 3
    control_seeds: int = 1
    segments: int = 1
    margin: int | None = None
    tail: int | None = None
    max_steps: int = 2000
    extra: tuple[ArmKind, ...] = ()
    warmup_steps: int = 50
    clip: float = 1.0
    early: bool = True

    def __post_init__(self) -> None:
        if not self.ladder or any(not 0.0 < factor < 1.0 for factor in self.ladder):
            raise SettingsError(f"LR factors {self.ladder} must lie between 0 and 1")
        if min(self.bisections, self.control_seeds) < 0 or min(self.segments, self.max_steps) < 1:
            raise SettingsError("bisections and seeds must be at least 0, segments and steps at least 1")


def make_plan(
    run: RunDiagnosis,
    checkpoints: Sequence[Checkpoint],
    settings: PlanSettings | None = None,
    *,
    from_scratch: bool = False,
) -> ReplayPlan:
    """The stretches worth replaying, worst first. `from_scratch`: the trainer can start at step 0 without a checkpoint.

    A finding without a usable checkpoint, or of a kind that no LR arm can test, is in `skipped` with the reason.
    """
    chosen = settings or PlanSettings()
    wanted, skipped = _worth_replaying(run)
    segments: list[Segment] = []
    for group in _grouped(wanted):
        names = tuple(item.key for item in group)
        if len(segments) >= chosen.segments:
            skipped += [SkippedFinding(finding=name, reason="a worse stretch is replayed first") for name in names]
            continue
        found = _segment(run, group, checkpoints, chosen, from_scratch=from_scratch)
        if isinstance(found, str):
            skipped += [SkippedFinding(finding=name, reason=found) for name in names]
        else:
            segments.append(found)
    peak = run.recommendation.current_peak_lr
    return ReplayPlan(
        run=run.run,
        source=run.source,
        segments=tuple(segments),
        skipped=tuple(skipped),
        bisections=chosen.bisections,
        early=chosen.early,
        title=run.title,
        base_lr=run.schedule.peak_lr if peak is None else peak,
        seconds_per_step=seconds_per_step(run),
    )


def seconds_per_step(run: RunDiagnosis) -> float | None:
    """Median wall time of a step as logged, None where the log has no clock."""
    curve = run.curve("train_loss")
    if curve is None or curve.wall_times is None or len(curve.steps) < 2:
        return None
    rates = np.diff(curve.wall_times) / np.diff(curve.steps)
    rates = rates[np.isfinite(rates) & (rates > 0)]
    return float(np.median(rates)) if len(rates) else None


def log_interval(run: RunDiagnosis) -> int:
    """Steps between two logged losses (the curve may be thinned: the lower quartile of the gaps counts)."""
    if run.points > 1 and run.last_step > run.first_step:
        return max(1, round((run.last_step - run.first_step) / (run.points - 1)))
    return 1


def _worth_replaying(run: RunDiagnosis) -> tuple[list[Finding], list[SkippedFinding]]:
    wanted: list[Finding] = []
    skipped: list[SkippedFinding] = []
    for finding in run.findings:
        if not KINDS[finding.kind].replayable:
            skipped.append(
                SkippedFinding(finding=finding.key, reason=f"a lower learning rate is no test of {finding.kind}")
            )
        elif finding.severity == "info":
            skipped.append(SkippedFinding(finding=finding.key, reason="noted for information only"))
        else:
            wanted.append(finding)
    return wanted, skipped


def _grouped(findings: Sequence[Finding]) -> list[tuple[Finding, ...]]:
    """Findings that touch each other are one stretch; the worst stretch first, at a tie the earliest."""
    groups: list[list[Finding]] = []
    for finding in sorted(findings, key=lambda item: item.steps.start):
        if groups and finding.steps.start <= max(other.steps.end for other in groups[-1]):
            groups[-1].append(finding)
        else:
            groups.append([finding])

    def badness(group: list[Finding]) -> tuple[int, float, int]:
        worst = max(SEVERITIES.index(item.severity) for item in group)
        return (-worst, -max(item.score for item in group), group[0].steps.start)

    return [tuple(group) for group in sorted(groups, key=badness)]


def _segment(
    run: RunDiagnosis,
    group: tuple[Finding, ...],
    checkpoints: Sequence[Checkpoint],
    settings: PlanSettings,
    *,
    from_scratch: bool,
) -> Segment | str:
    """The stretch for a group of findings, or the reason why there is none."""
    every = log_interval(run)
    onset = min(item.steps.start for item in group)
    end = max(item.steps.end for item in group)
    margin = settings.margin if settings.margin is not None else max(10, 2 * every)
    early = _early(run, group, onset)
    start = _start(checkpoints, onset, margin, early=early, from_scratch=from_scratch)
    if start is None:
        return _no_checkpoint(checkpoints, onset, margin)
    checkpoint = None if start == -1 else checkpoints[start]
    first = 0 if checkpoint is None else checkpoint.step
    # a rate that is too high from the start may hold for a while: only a long stretch tells
    least = (run.last_step - run.first_step) // 3 if early else 0
    tail = settings.tail if settings.tail is not None else max(50, 20 * every, (onset - first) // 2, least)
    steps = min(max(end, onset) + tail - first, settings.max_steps)
    if all(item.kind != "non_finite" for item in group):
        # schedules end with the run; only a run that died early has steps ahead of it
        steps = min(steps, run.last_step + every - first)
    if first + steps <= onset:
        return (
            f"the newest checkpoint lies {onset - first} steps before the onset, over the limit of {settings.max_steps}"
        )
    suspects = StepSpan(start=max(first, onset - every + 1), end=max(onset, _peak(group, onset)))
    return Segment(
        kinds=tuple(dict.fromkeys(item.kind for item in group)),
        findings=tuple(item.key for item in group),
        onset=onset,
        end=end,
        start=first,
        steps=steps,
        checkpoint=checkpoint,
        arms=_arms(settings, suspects),
        log_every=every,
    )


def _early(run: RunDiagnosis, group: tuple[Finding, ...], onset: int) -> bool:
    """Whether the fault was there well before it was seen, so that the earliest state is the safest start."""
    length = max(1, run.last_step - run.first_step)
    return all(KINDS[item.kind].vague for item in group) or (onset - run.first_step) < 0.05 * length


def _start(
    checkpoints: Sequence[Checkpoint], onset: int, margin: int, *, early: bool, from_scratch: bool
) -> int | None:
    """The place of the checkpoint to start from, -1 for the script's own initial state, None where there is none."""
    before = [place for place, checkpoint in enumerate(checkpoints) if checkpoint.step <= max(0, onset - margin)]
    if early:
        if from_scratch:
            return -1
        return before[0] if before else None
    if before:
        return before[-1]
    return -1 if from_scratch else None


def _no_checkpoint(checkpoints: Sequence[Checkpoint], onset: int, margin: int) -> str:
    if not checkpoints:
        return (
            "no checkpoint was found; name them with --checkpoints, or record them next time (loglens.replay.Recorder)"
        )
    return (
        f"no checkpoint lies at least {margin} steps before the onset at step {onset}: the first is of step "
        f"{checkpoints[0].step}"
    )


def _peak(group: tuple[Finding, ...], onset: int) -> int:
    return next((item.peak_step for item in group if item.peak_step is not None), onset)


def _arms(settings: PlanSettings, suspects: StepSpan) -> tuple[Arm, ...]:
    controls = [Arm(label="control", kind="control")]
    controls += [Arm(label=f"control, seed {n}", kind="control", seed=n) for n in range(1, settings.control_seeds + 1)]
    ladder = [lr_arm(factor) for factor in sorted(set(settings.ladder), reverse=True)]
    extra: dict[ArmKind, list[Arm]] = {
        "skip": [Arm(label=f"skip batches {suspects.start}-{suspects.end}", kind="skip", skip=suspects)],
        # two orders: a rate that is too high may pass one of them by luck
        "shuffle": [Arm(label=f"batches shuffled, {seed}", kind="shuffle", seed=seed) for seed in (1, 2)],
        "warmup": [Arm(label=f"warm-up {settings.warmup_steps}", kind="warmup", warmup_steps=settings.warmup_steps)],
        "clip": [Arm(label=f"clip {settings.clip:g}", kind="clip", clip=settings.clip)],
    }
    return tuple(controls + ladder + [arm for kind in settings.extra for arm in extra.get(kind, [])])


def lr_arm(factor: float) -> Arm:
    return Arm(label=f"LR ×{factor:.3g}", kind="lr", factor=factor)


def next_factor(good: float | None, bad: float | None) -> float | None:
    """The middle of the bracket in log space; None where there is no bracket to halve."""
    if good is None or bad is None or bad <= good * 1.05:
        return None
    return float(f"{math.sqrt(good * bad):.4g}")


def without_arms(plan: ReplayPlan, supported: frozenset[ArmKind]) -> ReplayPlan:
    """The plan without the arms a driver cannot run (a command without `{skip}` cannot skip batches)."""
    segments = tuple(
        replace(segment, arms=tuple(arm for arm in segment.arms if arm.kind in supported)) for segment in plan.segments
    )
    return replace(plan, segments=segments)
