"""Whether an arm shows the fault: arms are compared with each other on the same batches, not with the old log.

Before the onset the control is healthy by construction, so its level and noise there are the yardstick for all arms.
An arm shows the fault when, from the onset on, its loss is not a number, jumps out of the noise, climbs and stays up,
or becomes several times rougher. Everything here is a plain function of arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loglens.model.run import FloatArray, IntArray
from loglens.replay.drivers.stop_rule import PAST
from loglens.signals.numerics.robust import sigma, trailing_median

JUMP_SIGMA = 6.0
"""A jump of the loss above its last points that noise does not make (with `PRE_JUMP` for noise with heavy tails)."""
PRE_JUMP = 1.6
"""A jump must also exceed the largest one before the onset by this factor."""
LEAST_JUMP = 0.02
"""... and this share of the run's whole progress, below which nobody calls it a fault."""
RISE_SIGMA, LEAST_RISE = 4.0, 0.05
ROUGH = 3.0
"""Noise this many times that before the onset is an oscillation."""
ECHO_SIGMA, ECHO_SHARE = 4.0, 0.45
"""What counts as the same jump in another arm at the very step where the control jumps: more than noise, and about as
high. A bad batch is as bad at any rate when it first comes; what a rate does to the network shrinks with it."""
ENOUGH = 18
"""Points from which noise can be measured."""
END_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSymptom:
    """The healthy state of the stretch. `level`, `sigma`: the loss before the onset and its noise around the running
    median; `largest`: the biggest jump before the onset; `usual`: the jumps that are this run's noise; `progress`: how
    far the run's loss falls in all."""

    level: float
    sigma: float
    largest: float
    usual: float
    progress: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmSymptom:
    """What an arm shows. `signs`: in words; empty where it shows nothing. `jump_at`: the step of its first jump, and
    `jump` how high it is there. `echoes`: the arm has the control's jump, at its step and about as high.

    `height`: the largest jump; `rise`: how far the loss climbs above the level before the onset, infinite where it
    becomes no number. `end_level`: median of the last quarter,
    infinite where it ends in NaN; `late_mean`: mean of the second half, likewise. `swing`: the jump that one point in
    twenty exceeds. `before`: the arm's own level before the onset.
    """

    signs: tuple[str, ...]
    jump_at: int | None
    jump: float
    echoes: bool
    height: float
    rise: float
    end_level: float
    late_mean: float
    swing: float
    before: float

    @property
    def present(self) -> bool:
        return bool(self.signs)


def jumps(values: FloatArray) -> FloatArray:
    """(n,) how far each point lies above the median of the up to 15 points before it; 0 for the first."""
    return values - trailing_median(values, PAST)


def running_median(values: FloatArray, width: int) -> FloatArray:
    """(n,) the median of the `width` (odd) points around each; of those there are, at the ends."""
    half = width // 2
    padded = np.concatenate([np.full(half, np.nan), values, np.full(half, np.nan)])
    found: FloatArray = np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    return found


def end_level(losses: FloatArray) -> float:
    """Median of the last quarter (at least three points); infinite where the arm ends in NaN or infinity."""
    if not len(losses) or not np.isfinite(losses[-1]):
        return float("inf")
    last = losses[-max(3, int(len(losses) * END_SHARE)) :]
    return float(np.median(last[np.isfinite(last)]))


def baseline(
    steps: IntArray,
    control: FloatArray,
    *,
    onset: int,
    calm_steps: IntArray,
    calm: FloatArray,
    progress: float,
    usual: float,
) -> ControlSymptom:
    """The yardstick from the control before the onset and from the calm arm, the one that ends lowest.

    The smaller noise of the two counts: a control may be rough from its first step, and before an early onset there are
    too few points. An arm with a tiny rate is no yardstick: a network that does not learn finds all batches alike.
    """
    before = control[(steps < onset) & np.isfinite(control)]
    calm_steps, calm = calm_steps[np.isfinite(calm)], calm[np.isfinite(calm)]
    off, calm_off = jumps(before)[2:], jumps(calm)[2:]
    calm_before = calm_off[calm_steps[2:] < onset]
    sigmas = [float(sigma(item)) for item in (off, calm_off) if len(item) >= ENOUGH]
    largest = [float(item.max()) for item in (off, calm_before) if len(item) >= ENOUGH]
    healthy = before if len(before) else control[np.isfinite(control)][:3] if np.isfinite(control).any() else calm[:3]
    return ControlSymptom(
        level=float(np.median(healthy[-PAST:])) if len(healthy) else 0.0,
        sigma=max(min(sigmas, default=0.01 * progress), 1e-3 * progress, 1e-12),
        largest=min(largest, default=0.0),
        usual=usual,
        progress=progress,
    )


def read_symptom(
    steps: IntArray,
    losses: FloatArray,
    *,
    onset: int,
    base: ControlSymptom,
    echo: tuple[int, float] | None = None,
    least: float = 0.0,
) -> ArmSymptom:
    """What an arm shows from `onset` on. `echo`: where the control jumps and how high; a smaller jump counts there.
    `least`: jumps below it do not count elsewhere."""
    finite = np.isfinite(losses)
    # a loss that is NaN or infinite must not hide what came before it
    kept_steps, kept = steps[finite], losses[finite]
    off = jumps(kept)
    late = kept_steps >= onset
    limit = max(JUMP_SIGMA * base.sigma, PRE_JUMP * base.largest, LEAST_JUMP * base.progress, least)
    over = late & (off > limit)
    signs = [] if finite.all() else ["no number"]
    echoes = echo is not None and _echo(kept_steps, off, *echo, base)
    if over.any():
        signs.append("spike")
    elif echoes:
        signs.append("the same jump, smaller")
    own = float(np.median(kept[~late][-PAST:])) if (~late).sum() >= 8 else base.level
    signs += _climbs(kept[late], max(base.level, own), base) + _rough(off[late], base)
    height = float(off[late].max()) if late.any() else 0.0
    whole = bool(finite.all())
    return ArmSymptom(
        signs=tuple(signs),
        jump_at=int(kept_steps[over][0]) if over.any() else None if whole else int(steps[~finite][0]),
        jump=float(off[over][0]) if over.any() else 0.0,
        echoes=echoes,
        height=height,
        rise=float(kept[late].max() - base.level) if whole and late.any() else 0.0 if whole else float("inf"),
        end_level=end_level(losses),
        late_mean=float(losses[len(losses) // 2 :].mean()) if whole and len(losses) else float("inf"),
        swing=float(np.quantile(off[late], 0.95)) if late.any() else 0.0,
        before=max(base.level, own),
    )


def typical_peak(losses: FloatArray) -> float:
    """The fifth largest jump of a log that is no part of another, past its first descent: jumps of this size are what
    this run's noise is like, whereas a few bad batches leave it alone. 0 for a log too short to tell."""
    kept = losses[np.isfinite(losses)]
    off = jumps(kept)[len(kept) // 7 :].copy()
    if len(off) < 5 * PAST:
        return 0.0
    for _ in range(4):
        peak = int(np.argmax(off))
        off[max(0, peak - 3) : peak + PAST] = -np.inf
    return max(float(off.max()), 0.0)


def _echo(steps: IntArray, off: FloatArray, at: int, high: float, base: ControlSymptom) -> bool:
    """Whether the arm jumps at the control's step (one point of leeway)."""
    place = int(np.searchsorted(steps, at))
    near = off[max(0, place - 1) : place + 2]
    limit = max(ECHO_SIGMA * base.sigma, base.largest, base.usual, LEAST_JUMP * base.progress, ECHO_SHARE * high)
    return bool(len(near) and near.max() > limit)


def _climbs(late: FloatArray, level: float, base: ControlSymptom) -> list[str]:
    if len(late) < 5:
        return []
    width = max(5, min(PAST, len(late) // 4))
    levels = np.median(np.lib.stride_tricks.sliding_window_view(late, width), axis=1)
    limit = level + max(RISE_SIGMA * base.sigma, LEAST_RISE * base.progress)
    return ["climbs"] if float(levels.max()) > limit else []


def _rough(off: FloatArray, base: ControlSymptom) -> list[str]:
    if len(off) < 12:
        return []
    limit = max(ROUGH * base.sigma, LEAST_JUMP * base.progress)
    return ["rough"] if float(sigma(off)) > limit else []
