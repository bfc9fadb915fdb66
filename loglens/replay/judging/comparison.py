"""The arms of one stretch side by side, measured with one yardstick."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from loglens.model.kinds import KINDS, FindingKind
from loglens.model.results.replay import ArmRun, Segment
from loglens.model.run import FloatArray, IntArray
from loglens.replay.drivers.driver import batch_order
from loglens.replay.drivers.stop_rule import WIDTH
from loglens.replay.judging.limit import (
    LOST,
    NOISE_SIGMA,
    RISE,
    BatchNoise,
    climb,
    level_of,
    limit,
    shortfall,
)  # fmt: skip
from loglens.replay.judging.rate_reached import without_effect
from loglens.replay.judging.symptom import ArmSymptom, ControlSymptom, baseline, read_symptom, typical_peak

STUCK = 0.08
"""Of the run's whole progress, what the control must lose against a lower rate to count as stuck: the regret from
which a learning rate is called too high."""
SMALL = 0.1
"""Of the control's jump, what counts as a jump in another arm (away from the control's own step)."""
SAME_FAULT = 0.25
"""Of the rise in the log, what the control must show for it to be the same fault."""
UNIQUE, SHARED = 2.0, 3.5
"""How much larger than the run's usual jumps a jump must be to be more than noise; where lower rates have it too."""
CURED = 0.1
"""Of the control's climb, what an arm may keep that cured the fault."""
NEAR, ALIKE = 0.2, 0.5
"""Rates that are lower and still train; and the share of the control's jump that is the same jump."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The original log: loss at steps, the first level of the run and its best."""

    steps: IntArray
    losses: FloatArray
    first: float
    best: float


@dataclass(frozen=True, slots=True)
class Bench:
    """`control`: the exact control; `shown`: what it shows; `logged`: what the log shows in the same stretch;
    `readings`: what each of the runs shows; `first`: the loss the run began with."""

    segment: Segment
    runs: tuple[ArmRun, ...]
    base: ControlSymptom
    control: ArmRun
    shown: ArmSymptom
    logged: ArmSymptom
    readings: tuple[ArmSymptom, ...]
    first: float
    noise: BatchNoise

    @classmethod
    def of(cls, segment: Segment, runs: Sequence[ArmRun], original: Original) -> Bench | None:
        """None where no control arm is usable."""
        controls = [run for run in runs if run.arm.kind == "control" and run.usable]
        if not controls:
            return None
        control = min(controls, key=lambda run: run.arm.seed)
        same = [run for run in runs if run.usable and run.arm.kind in ("control", "lr")]
        calm = min(same, key=level_of)
        progress = max(original.first - min(original.best, level_of(calm)), 1e-9)
        base = baseline(
            control.steps,
            control.losses,
            onset=segment.onset,
            calm_steps=calm.steps,
            calm=calm.losses,
            progress=progress,
            usual=typical_peak(original.losses),
        )
        shown = _ended(control, read_symptom(control.steps, control.losses, onset=segment.onset, base=base))
        inside = (original.steps >= segment.start) & (original.steps <= segment.start + segment.steps)
        logged = read_symptom(original.steps[inside], original.losses[inside], onset=segment.onset, base=base)
        readings = tuple(_reading(run, segment, base, shown) for run in runs)
        noise = BatchNoise.of(same, progress)
        return cls(segment, tuple(runs), base, control, shown, logged, readings, original.first, noise)

    def reading(self, run: ArmRun) -> ArmSymptom:
        return self.readings[self.runs.index(run)]

    @property
    def lr_arms(self) -> tuple[ArmRun, ...]:
        """Usable arms with a lower rate that reached the optimizer."""
        arms = [run for run in self.runs if run.arm.kind == "lr" and run.usable]
        return tuple(run for run in arms if not without_effect(run, self.control))

    @property
    def calm(self) -> ArmRun | None:
        """The lower rate that ends lowest, one without the fault where there is one."""
        arms = self.lr_arms
        free = [run for run in arms if not self.reading(run).present]
        return min(free or arms, key=lambda run: self.reading(run).end_level, default=None)

    @property
    def gain(self) -> float:
        """How much lower than the control the best lower rate ends, as a share of the run's progress: the smaller of
        what the last quarter's level and the second half's mean say."""
        arms = [self.reading(run) for run in self.lr_arms]
        if not arms:
            return 0.0
        levels = self.shown.end_level - min(arm.end_level for arm in arms)
        means = self.shown.late_mean - min(arm.late_mean for arm in arms)
        worst = min(levels, means)
        return 0.0 if np.isnan(worst) else float(worst / self.base.progress)

    @property
    def stuck(self) -> bool:
        """The control ends so far above a lower rate that its rate costs the run its progress."""
        return self.gain > STUCK

    @property
    def same_fault(self) -> bool:
        """Whether the control shows a fault of the log's size, rather than a ripple beside it."""
        if not self.shown.present:
            return False
        if not self.logged.present or np.isinf(self.shown.rise):
            return True
        least = self.base.progress if np.isinf(self.logged.rise) else self.logged.rise
        return self.shown.rise >= SAME_FAULT * least

    @property
    def only_noise(self) -> bool:
        """Whether all that the control shows is a jump like many others in the log: hard batches, no fault. Where
        rates that are not much lower have the same jump, a somewhat larger one is still no more than that."""
        if self.shown.signs != ("spike",):
            return False
        near = [self.reading(run) for run in self.lr_arms if run.arm.factor >= NEAR]
        shared = bool(near) and all(read.height > ALIKE * self.shown.height for read in near)
        usual = max(self.base.usual, self.base.largest)
        return self.shown.height <= (SHARED if shared else UNIQUE) * usual

    @property
    def faulty(self) -> bool:
        return (self.same_fault and not self.only_noise) or self.stuck

    def good(self, run: ArmRun) -> bool:
        """Whether an arm is free of the fault, goes on learning and loses no progress. A batch that is hard for every
        arm is no spike of this one; of a control that breaks the network a small part may be left."""
        read, calm = self.reading(run), self.calm
        if read.echoes or {"no number", "rough"} & set(read.signs):
            return False
        if calm is None or not self.learns(read, self.reading(calm)):
            return False
        left = CURED * min(climb(self.control, self.segment.onset, self.noise), 2 * self.base.progress)
        return climb(run, self.segment.onset, self.noise) <= max(self.highest, left)

    def learns(self, read: ArmSymptom, calm: ArmSymptom) -> bool:
        """Whether an arm ends not above where it was before the fault, not much above the calm arm, and not far above
        a control that recovered."""
        least = max(LOST * self.base.progress, 2 * self.base.sigma)
        if self.segment.start == 0 and read.end_level > self.first - LOST * self.base.progress:
            return False  # a rate so low that the network stays as it began cures everything
        recovered = self.shown.end_level + max(STUCK * self.base.progress, 2 * self.base.sigma)
        return read.end_level <= min(read.before + least, calm.end_level + least, recovered)

    def bracket(self) -> tuple[float | None, float]:
        """The largest factor without the fault and the smallest with it above (1, the control, where no arm is)."""
        arms = self.lr_arms
        good = [place for place, run in enumerate(arms) if self.good(run)]
        if not good:
            return None, 1.0
        sound = [self.sound(run) for run in arms]
        firm = [place for place in good if sound[place]] or [min(good, key=lambda place: arms[place].arm.factor)]
        anchor = min(firm, key=lambda place: level_of(arms[place]))
        return limit([run.arm.factor for run in arms], sound, anchor)

    @property
    def highest(self) -> float:
        """The climb of an arm that is no fault."""
        return max(RISE * self.base.progress, NOISE_SIGMA * self.noise.rest / math.sqrt(WIDTH))

    def sound(self, run: ArmRun) -> bool:
        """Whether an arm neither climbs nor loses progress (see `loglens.replay.judging.limit`)."""
        ended = [item for item in (self.control, *self.lr_arms) if np.isfinite(level_of(item))]
        best = min(ended, key=level_of, default=run)
        if climb(run, self.segment.onset, self.noise) > self.highest:
            return False
        return shortfall(run, best) <= LOST * self.base.progress

    def sound_elsewhere(self, run: ArmRun) -> bool:
        """The same for an arm that met other batches at a step, which can be compared by its level at the end only."""
        order = np.array(batch_order(run.arm, self.segment.start, self.segment.steps), dtype=np.int64)
        batches = order[np.clip(run.steps - self.segment.start, 0, len(order) - 1)]
        best = min(self.reading(item).end_level for item in (self.control, *self.lr_arms))
        if climb(run, self.segment.onset, self.noise, batches) > self.highest:
            return False
        return self.reading(run).end_level <= best + LOST * self.base.progress


def _reading(run: ArmRun, segment: Segment, base: ControlSymptom, shown: ArmSymptom) -> ArmSymptom:
    lower = run.arm.kind == "lr"
    read = read_symptom(
        run.steps,
        run.losses,
        onset=segment.onset,
        base=base,
        echo=(shown.jump_at, shown.jump) if lower and shown.jump_at is not None else None,
        least=SMALL * shown.height if lower else 0.0,
    )
    return _ended(run, read) if run.usable else replace(read, end_level=float("inf"))


def _ended(run: ArmRun, read: ArmSymptom) -> ArmSymptom:
    """What an arm shows that was ended because it broke: a climb that lasts, and no level at the end."""
    if run.end != "settled":
        return read
    signs = read.signs if "climbs" in read.signs else (*read.signs, "climbs")
    return replace(read, signs=signs, end_level=float("inf"), late_mean=float("inf"))


def vague(kinds: Sequence[FindingKind]) -> bool:
    """Whether all that was seen are faults without a sharp onset."""
    return all(KINDS[kind].vague for kind in kinds)
