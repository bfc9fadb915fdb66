"""What to do next, with a size: the action that fits the cause, and the learning rate that would have worked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from loglens.advice.causes import Evidence
from loglens.advice.facts import say
from loglens.advice.finding_features import FOUND, OF_WEIGHT
from loglens.advice.regret.joined import like_the_lab
from loglens.advice.sentences.remedy import ended_early, no_rate, remedy
from loglens.advice.weights import Weights
from loglens.model.causes import CAUSES, CauseName
from loglens.model.diagnosis import OPEN, Cause, Recommendation
from loglens.model.fact import Fact
from loglens.model.run import configured_rate
from loglens.signals.core import Signals
from loglens.signals.numerics.robust import median
from loglens.signals.scaled import ScaledRun

RATE = "log2_lr"
"""The name of the one number that sizes, and never causes, rest on besides the evidence: log2 of the peak rate."""
LEAST_CHANGE = 0.75
"""A rate that is to change changes by at least this many octaves (a factor of 1.7): less is no experiment."""
MOST_CHANGE = 9.0
FURTHEST_RAISE = math.log2(10.0)
FAR_RAISE_FROM = 0.95
"""Octaves a rate goes up at most in one step where the log does not say at which rate it was trained, where the
interval is open or the log too short to size a step, or where the loss is being learnt and the rate is not surely too
low: what trains shows that a few times the rate is worth a try."""
SIZED_FROM = 32
"""Finite losses from which a log can show that a rate is too low by more than one try."""
LOST_AT_ONCE, LOST_ERROR = 4.0, 2.0
"""Octaves a rate comes down that left nothing to measure, and one that the log does not hold, at most: a factor of 16,
give or take two octaves."""
SURE = 0.75
"""From this probability on the whole step is taken; below it a part, so that a wrong guess costs little."""
KEPT_WITHIN = 0.5
"""A rate that stays is right within half an octave, as far as one run can tell."""
RATE_FREE = tuple(cause for cause, info in CAUSES.items() if info.rate_free)
"""Causes for which no change of the rate is a remedy."""
RAN_AWAY = (f"{FOUND}divergence", f"{FOUND}non_finite")
DOUBTED = 0.12
CAREFUL_CHANGE = 1.0
"""From a probability of one in eight that the rate is not the cause it changes by no more than a factor of two: in the
lab, of the rates that should have stayed 6 % moved further without this rule, and 3 % with it."""
CLIP_OVER_MEDIAN = 2.0
"""Clipping at twice the calm median touches outliers and leaves ordinary steps alone."""
WARMUP_SHARE = 0.1
FITTED_SHARE = 0.75
"""What the fitted sizes count for in trainings as long as those they were fitted on."""
"""What trainers call the peak rate among a run's settings, without what it is nested in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """log2 of the factor for the peak rate, with the octaves it may be off, or the ends of its interval where these
    are not as far from it."""

    octaves: float
    error: float
    ends: tuple[float, float] | None = None

    @property
    def low(self) -> float:
        return self.octaves - self.error if self.ends is None else self.ends[0]

    @property
    def high(self) -> float:
        return self.octaves + self.error if self.ends is None else self.ends[1]

    @property
    def factor(self) -> float:
        return float(2.0**self.octaves)

    @property
    def open(self) -> bool:
        """Whether the log does not say how far to go."""
        return self.high - self.low > math.log2(OPEN)


def recommend(
    signals: Signals,
    reading: ScaledRun | None,
    evidence: Evidence,
    causes: tuple[Cause, ...],
    model: Weights,
    facts: Sequence[Fact] = (),
    *,
    rate: tuple[float, float, float] | None = None,
    wrong: bool = False,
) -> Recommendation:
    """The action for the likeliest cause; the peak rate to use next, with its interval. `wrong`: the rate is told to be
    too low or too high, whatever the cause.

    `rate`: octaves to move the peak rate by, with the ends of the interval, where the regret of every rate gives them.
    """
    top = causes[0]
    if any(fact.kind == "lr_zero" for fact in facts):
        return _from_nothing(top, facts, configured_rate(signals.run.config))
    current = signals.schedule.peak_lr
    if current is None:
        current = configured_rate(signals.run.config)
    # a rate that was 0 first was planned to be what it became
    planned = signals.planned_peak_lr if top.cause == "lr_jump" and signals.lr is not None else None
    base = planned or current
    known = dict(evidence) | {RATE: None if not current or current <= 0 else math.log2(current)}
    size = _size(top, causes, known, model)
    if rate is not None:
        size = _joined(size, rate, FITTED_SHARE * like_the_lab(signals.span.steps) if reading is not None else 0.0)
    learned = any(fact.kind == "learned" for fact in facts)
    if current is None or size.open or len(signals.loss) < SIZED_FROM or (top.probability < FAR_RAISE_FROM and learned):
        size = _within_reach(size, rated=current is not None)
    aim = None if base is None else base * size.factor
    factor = size.factor if not (aim and current) else aim / current
    bound = base or 0.0  # a rate that is to go down does not go up, however wide the interval
    return Recommendation(
        action=CAUSES[top.cause].action,
        current_peak_lr=current,
        peak_lr=aim,
        peak_lr_low=None
        if aim is None
        else _bounded(
            aim, size.low - size.octaves, bound if size.octaves > 0 and top.cause != "healthy" else 0.0, math.inf
        ),
        peak_lr_high=None
        if aim is None
        else _bounded(
            aim, size.high - size.octaves, 0.0, bound if size.octaves < 0 and top.cause != "healthy" else math.inf
        ),
        lr_factor=factor,
        warmup_steps=_warmup(signals, top.cause),
        gradient_clip=_clip(reading, top.cause),
        why=_why(top, size, signals, current, aim, facts, wrong=wrong),
    )


def _from_nothing(top: Cause, facts: Sequence[Fact], planned: float | None) -> Recommendation:
    """A rate of 0 is multiplied in vain: the fault is in what sets it, and only settings hold a number to aim at."""
    return Recommendation(action=CAUSES[top.cause].action, current_peak_lr=0.0, peak_lr=planned, why=no_rate(facts))


def _size(top: Cause, causes: tuple[Cause, ...], evidence: Evidence, model: Weights) -> Size:
    """How far the peak rate should move. Causes that are not the rate's leave it alone."""
    if not CAUSES[top.cause].direction:
        return Size(octaves=0.0, error=KEPT_WITHIN)
    if not any(number is not None for name, number in evidence.items() if name != RATE):
        return Size(octaves=LOST_AT_ONCE * CAUSES[top.cause].direction, error=LOST_ERROR)
    down, up = float(model.down.scores(evidence)[0]), float(model.up.scores(evidence)[0])
    ran_away = any((evidence.get(name) or 0.0) >= OF_WEIGHT for name in RAN_AWAY)
    octaves = change(top.cause, {cause.cause: cause.probability for cause in causes}, down, up, ran_away=ran_away)
    return Size(octaves=octaves, error=model.down_octaves if octaves < 0 else model.up_octaves)


def change(
    cause: CauseName, probability: Mapping[CauseName, float], down: float, up: float, *, ran_away: bool = False
) -> float:
    """log2 of the factor for the peak rate: `down` or `up` octaves as the cause has it, less where that is unsure, and
    no more than one where a cause that is not the rate's may be behind it.

    `probability`: of each cause. A cause that is not the rate's gives 0. `ran_away`: the run diverged or became NaN,
    which whatever began it shows that the rate could not hold it.
    """
    sign = CAUSES[cause].direction
    if not sign:
        return 0.0
    full = min(MOST_CHANGE, max(LEAST_CHANGE, sign * (down if sign < 0 else up)))
    if not ran_away and sum(probability.get(item, 0.0) for item in RATE_FREE) >= DOUBTED:
        full = min(full, CAREFUL_CHANGE)
    sure = sum(probability.get(name, 0.0) for name, info in CAUSES.items() if info.family == CAUSES[cause].family)
    return sign * max(LEAST_CHANGE, full * min(1.0, sure / SURE))


def _joined(fitted: Size, rate: tuple[float, float, float], share: float) -> Size:
    """The step that the regret of the rates says, with a share of the fitted one where both go the same way."""
    octaves, low, high = rate
    if octaves * fitted.octaves <= 0:
        share = 0.0
    moved = share * (fitted.octaves - octaves)
    return Size(octaves=octaves + moved, error=0.0, ends=(low + min(moved, 0.0), high + max(moved, 0.0)))


def _within_reach(size: Size, *, rated: bool) -> Size:
    """The size, a far raise cut to what is worth one try; a far step down as well where no rate says how far it is."""
    if not rated and size.octaves < -LOST_AT_ONCE:
        return Size(octaves=-LOST_AT_ONCE, error=LOST_ERROR)
    if size.octaves <= FURTHEST_RAISE:
        return size
    # what is cut is the step, not what the log says of how far the right rates lie
    return Size(octaves=FURTHEST_RAISE, error=0.0, ends=(min(size.low, FURTHEST_RAISE), max(size.high, FURTHEST_RAISE)))


def _warmup(signals: Signals, cause: CauseName) -> int | None:
    """A warm-up to use: three times the present one, at least a tenth of the run."""
    if cause != "warmup_too_short":
        return signals.schedule.warmup_steps
    present = signals.schedule.warmup_steps or 0
    steps = max(1, signals.span.steps)
    return int(min(0.3 * steps, max(3 * present, WARMUP_SHARE * steps)))


def _clip(reading: ScaledRun | None, cause: CauseName) -> float | None:
    """A clipping threshold from the gradient norms of the calm part of the run, None where there are none."""
    if reading is None or reading.grad is None or not CAUSES[cause].clips:
        return None
    calm = reading.grad[np.isfinite(reading.grad) & (reading.loss <= median(reading.loss) + reading.gain)]
    if len(calm) < 8 or not median(calm) > 0:
        return None
    return float(f"{CLIP_OVER_MEDIAN * median(calm):.2g}")


def _why(
    top: Cause,
    size: Size,
    signals: Signals,
    current: float | None,
    aim: float | None,
    facts: Sequence[Fact],
    *,
    wrong: bool,
) -> str:
    """One or two sentences: what to do, by how much, and the strongest thing it rests on."""
    # that nothing is wrong rests on all signs together: none of them is a reason of its own
    rests = f" {top.because[0]}" if top.because and top.cause != "healthy" else ""
    match top.cause:
        case "lr_too_high" | "lr_too_low":
            verb = "Lower" if top.cause == "lr_too_high" else "Raise"
            by = size.factor if size.factor >= 1 else 1 / size.factor
            to = "" if aim is None or current is None else f" from {say.rate(current)} to about {say.rate(aim)}"
            ends = sorted(max(1.0, 2.0 ** (end if size.octaves > 0 else -end)) for end in (size.low, size.high))
            told = ends[1] <= OPEN * ends[0]
            about = f"{_factor(ends[0])} to {_factor(ends[1])}" if told else "the log does not say how far"
            return f"{verb} the peak learning rate{to}, by a factor of {_factor(by)} ({about}).{rests}"
        case "warmup_too_short":
            return f"Keep the peak rate and warm up over {_warmup(signals, top.cause)} steps.{rests}"
        case "lr_jump":
            to = "" if aim is None else f" of {say.rate(aim)}"
            return f"Take the jump out and stay at the planned peak rate{to}.{rests}"
        case "lr_decays_too_early":
            return f"Keep the peak rate and let it decay later, over the length of the run.{rests}"
        case "healthy" if abs(size.octaves) >= LEAST_CHANGE and aim is not None and not ended_early(facts):
            side = "low" if size.octaves > 0 else "high"
            return (
                f"Nothing calls for a change. The rate is about right, perhaps a little {side}: if it is trained again "
                f"anyway, {say.rate(aim)} is worth a try."
            )
        case _:
            return f"{remedy(top.cause, facts, signals, wrong=wrong)}{rests}"


def _bounded(aim: float, octaves: float, low: float, high: float) -> float:
    return min(max(aim * float(2.0**octaves), low), high)


def _factor(by: float) -> str:
    """A factor with two digits, without an exponent."""
    return f"{by:.2g}" if by < 100 else f"{float(f'{by:.2g}'):,.0f}"
