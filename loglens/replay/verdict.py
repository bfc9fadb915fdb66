"""The verdict: what the arms together prove. Pure.

- `confirmed`: the control shows the fault, a lower learning rate does not, the loss still goes down, and no arm at the
  old rate with other batches blames the data.
- `not_learning_rate`: the fault is there at every rate, or it follows the batches.
- `not_reproduced`: the control does not show it: hardware, nondeterminism, or a false alarm.
- `inconclusive`: something is missing, and `reason` says what.
- `failed`: the arms could not be carried out, or the lower rate never reached the optimizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from loglens.model.diagnosis import ReplayArm, ReplayOutcomeName, ReplayResult
from loglens.model.finding import FindingKind
from loglens.model.replay import ArmRun, Segment
from loglens.model.run import FloatArray, IntArray
from loglens.replay.data_arms import data_blame
from loglens.replay.effect import without_effect
from loglens.replay.plan import VAGUE
from loglens.replay.symptom import Baseline, Reading, baseline, read_symptom, robust_sigma

STUCK = 0.08
"""Of the run's whole progress, what the control must lose against a lower rate to count as stuck: the regret from
which a learning rate is called too high."""
LOST = 0.03
"""Of the run's whole progress, how far an arm may end above the level before the fault and still have gone on."""
CHART_POINTS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The original log around the stretch: loss at steps, the first level of the run and its best."""

    steps: IntArray
    losses: FloatArray
    first: float
    best: float


@dataclass(frozen=True, slots=True)
class Bench:
    """The arms of one stretch, read with one yardstick."""

    segment: Segment
    runs: tuple[ArmRun, ...]
    base: Baseline
    control: ArmRun
    shown: Reading

    @classmethod
    def of(cls, segment: Segment, runs: Sequence[ArmRun], original: Original) -> Bench | None:
        """None where no control arm is usable."""
        controls = [run for run in runs if run.arm.kind == "control" and run.usable]
        if not controls:
            return None
        control = min(controls, key=lambda run: run.arm.seed)
        usable = [run for run in runs if run.usable]
        calmest = min(usable, key=lambda run: run.arm.factor).losses
        lowest = [float(run.losses[np.isfinite(run.losses)].min()) for run in usable if np.isfinite(run.losses).any()]
        progress = max(original.first - min([original.best, *lowest]), 1e-9)
        base = baseline(control.steps, control.losses, onset=segment.onset, calmest=calmest, progress=progress)
        shown = read_symptom(control.steps, control.losses, onset=segment.onset, base=base)
        return cls(segment, tuple(runs), base, control, shown)

    @property
    def lr_arms(self) -> tuple[ArmRun, ...]:
        """Usable arms with a lower rate that reached the optimizer."""
        arms = [run for run in self.runs if run.arm.kind == "lr" and run.usable]
        return tuple(run for run in arms if not without_effect(run, self.control))

    def reading(self, run: ArmRun) -> Reading:
        echo = self.shown.jump_at if run.arm.kind == "lr" else None
        return read_symptom(run.steps, run.losses, onset=self.segment.onset, base=self.base, echo_at=echo)

    @property
    def best_gain(self) -> float:
        """How much lower than the control the best lower rate ends, as a share of the run's progress."""
        ends = [self.reading(run).end_level for run in self.lr_arms]
        return (self.shown.end_level - min(ends)) / self.base.progress if ends else 0.0

    @property
    def stuck(self) -> bool:
        """The control ends so far above a lower rate that its rate costs the run its progress."""
        noise = 3 * robust_sigma(self.control.losses[-20:]) / self.base.progress / 4
        return self.best_gain > max(STUCK, noise if np.isfinite(noise) else STUCK)

    @property
    def faulty(self) -> bool:
        return self.shown.present or (vague(self.segment.kinds) and self.stuck)

    def good(self, run: ArmRun) -> bool:
        """Whether an arm is free of the fault and has not lost its progress."""
        read = self.reading(run)
        if read.present or not self.kept_progress(read):
            return False
        if self.shown.present:
            return True
        # stuck: the arm must bring at least half of what the best lower rate brings
        gain = (self.shown.end_level - read.end_level) / self.base.progress
        return gain >= 0.5 * self.best_gain

    def kept_progress(self, read: Reading) -> bool:
        allowance = max(LOST * self.base.progress, 2 * self.base.sigma)
        ends = [self.shown.end_level, *(self.reading(run).end_level for run in self.lr_arms)]
        best = min(ends) + STUCK * self.base.progress
        return read.end_level <= min(self.base.level + allowance, best)

    def bracket(self) -> tuple[float | None, float]:
        """The largest good factor and the smallest bad one above it (1, the control, where no arm is)."""
        good = [run.arm.factor for run in self.lr_arms if self.good(run)]
        if not good:
            return None, 1.0
        best = max(good)
        return best, min([run.arm.factor for run in self.lr_arms if run.arm.factor > best], default=1.0)


def vague(kinds: Sequence[FindingKind]) -> bool:
    return any(kind in VAGUE for kind in kinds)


def judge(segment: Segment, runs: Sequence[ArmRun], original: Original) -> ReplayResult:
    """What a stretch's arms prove."""
    bench = Bench.of(segment, runs, original)
    if bench is None:
        return _result("failed", "the control arm could not be carried out" + _ends(runs, ("control",)), runs)
    if not _reached(bench):
        return _result("inconclusive", _short(bench), runs)
    tried = [run for run in runs if run.arm.kind == "lr"]
    if not bench.faulty and (not vague(segment.kinds) or bench.lr_arms):
        return _result("not_reproduced", _not_reproduced(bench, original), runs)
    if tried and not bench.lr_arms:
        reasons = {without_effect(run, bench.control) for run in tried if run.usable} - {""}
        if reasons:
            return _result("failed", f"the override had no effect: {'; '.join(sorted(reasons))}", runs)
        return _result("failed", "no arm with a lower learning rate could be carried out" + _ends(runs, ("lr",)), runs)
    if not tried:
        return _result("inconclusive", "no arm with a lower learning rate was run", runs)
    return _weigh(bench)


def _weigh(bench: Bench) -> ReplayResult:
    """The verdict once the control shows the fault and lower rates were really run."""
    good, bad = bench.bracket()
    names = ", ".join(f"×{run.arm.factor:.3g}" for run in sorted(bench.lr_arms, key=lambda one: -one.arm.factor))
    fault = " and ".join(bench.shown.signs) or "stuck"
    blame = data_blame(bench.shown, [(run, bench.reading(run)) for run in bench.runs if run.usable])
    if good is None:
        clean = [run for run in bench.lr_arms if not bench.reading(run).present]
        if blame:
            return _result("not_learning_rate", blame, bench.runs)
        if clean and bench.shown.present:
            why = f"a lower learning rate ({names}) avoids the fault, but the loss then stops going down"
            return _result(
                "inconclusive", f"{why}; replay from an earlier checkpoint, the state may be damaged", bench.runs
            )
        why = f"the control and every lower learning rate ({names}) show the fault ({fault}): data or code"
        return _result("not_learning_rate", why, bench.runs)
    if blame:
        return _result("not_learning_rate", blame, bench.runs)
    why = (
        f"the control at the old rate shows the fault ({fault}), ×{good:.3g} does not and goes on learning; "
        f"the limit lies between ×{good:.3g} and ×{bad:.3g}"
    )
    return _result("confirmed", why, bench.runs, factor=good, high=bad)


def _reached(bench: Bench) -> bool:
    """Whether the control got far enough past the onset to show the fault, or died of it."""
    control, segment = bench.control, bench.segment
    if control.end == "nan":
        return True
    enough = min(segment.onset + 3 * segment.log_every, segment.start + segment.steps - segment.log_every)
    return bool(int(control.steps[-1]) >= enough)


def _short(bench: Bench) -> str:
    last = int(bench.control.steps[-1])
    return f"the control ended at step {last}, the fault begins at step {bench.segment.onset}: let it run longer"


def _not_reproduced(bench: Bench, original: Original) -> str:
    same = repeats(bench.control, original)
    if same is True:
        return (
            "the control repeats the log to the last digit and shows no fault by this test: most likely a false alarm"
        )
    seeds = sum(1 for run in bench.runs if run.arm.kind == "control" and run.usable)
    arms = "the control" if seeds == 1 else f"none of {seeds} controls"
    verb = "passes the stretch without the fault" if seeds == 1 else "shows the fault"
    differs = "" if same is None else ", and its losses differ from the log's"
    return f"{arms} at the same learning rate {verb}{differs}: hardware, nondeterminism, or data that came only once"


def repeats(control: ArmRun, original: Original) -> bool | None:
    """Whether the control's losses are those of the log (relative 1e-6); None where they share no step."""
    shared, mine, theirs = np.intersect1d(control.steps, original.steps, return_indices=True)
    if len(shared) < 3:
        return None
    ours, log = control.losses[mine], original.losses[theirs]
    both = np.isfinite(ours) & np.isfinite(log)
    return bool(np.array_equal(np.isfinite(ours), np.isfinite(log)) and np.allclose(ours[both], log[both], rtol=1e-6))


def _ends(runs: Sequence[ArmRun], kinds: Sequence[str]) -> str:
    said = [f"{run.arm.label}: {run.detail or run.end}" for run in runs if run.arm.kind in kinds and not run.usable]
    return f" ({'; '.join(dict.fromkeys(said))})" if said else ""


def _result(
    outcome: ReplayOutcomeName,
    reason: str,
    runs: Sequence[ArmRun],
    *,
    factor: float | None = None,
    high: float | None = None,
) -> ReplayResult:
    return ReplayResult(
        outcome=outcome,
        factor=factor,
        factor_low=factor,
        factor_high=high,
        reason=reason,
        arms=tuple(chart_arm(run) for run in runs),
    )


def chart_arm(run: ArmRun) -> ReplayArm:
    """The arm thinned for a chart: every n-th point, with the highest of each gap kept."""
    n = len(run.steps)
    if n <= CHART_POINTS:
        kept = np.arange(n)
    else:
        edges = np.linspace(0, n, CHART_POINTS + 1).astype(int)
        height = np.where(np.isfinite(run.losses), run.losses, np.inf)
        kept = np.array(
            [low + int(np.argmax(height[low:high])) for low, high in pairwise(edges)]
        )
    end = run.end if run.end == "ok" or not run.detail else f"{run.end}: {run.detail}"
    return ReplayArm(
        label=run.arm.label, factor=run.arm.factor, steps=run.steps[kept], values=run.losses[kept], end=end
    )
