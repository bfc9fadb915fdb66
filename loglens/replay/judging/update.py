"""What a replay changes in a diagnosis: the recommendation gets a proven number, the causes new probabilities. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from loglens.model.actions import Action
from loglens.model.causes import CAUSES, CauseName
from loglens.model.diagnosis import Cause, Recommendation, ReplayOutcomeName, ReplayResult, RunDiagnosis, Weight
from loglens.model.schedule import EventKind, LrSchedule

MARGIN = 0.6
"""Of the largest rate without the fault, what is recommended: the limit falls as training goes on, a replay is short,
and the best rate lies below the edge. Measured on runs whose whole LR sweep is known (tests/lab/replay_eval.py)."""
LIKELIHOOD: Mapping[ReplayOutcomeName, tuple[float, float, float]] = {
    # how likely the outcome is when the cause is: an LR cause, the data or the network, anything else
    "confirmed": (0.95, 0.02, 0.03),
    "not_learning_rate": (0.02, 0.9, 0.3),
    "not_reproduced": (0.03, 0.05, 0.9),
}
PRIOR_FLOOR = 0.05
"""What every cause is given at least before the replay speaks: a replay may contradict the log."""
JUMPS: frozenset[EventKind] = frozenset({"step_up", "restart", "reset"})
FIXES_RATE: frozenset[Action] = frozenset({"lower_lr", "remove_lr_jump", "lengthen_warmup"})


def apply_replay(run: RunDiagnosis, result: ReplayResult) -> RunDiagnosis:
    """The diagnosis with what the replay showed: posterior causes, the advice that follows, the result attached."""
    if result.outcome not in LIKELIHOOD:
        return replace(run, recommendation=replace(run.recommendation, replay=result))
    causes = posterior(run.causes, result, may_jump=_may_jump(run.schedule))
    advice = _advice(run, causes, result)
    healthy = causes[0].cause == "healthy"
    verdict = "healthy" if healthy else "warning" if run.verdict == "healthy" else run.verdict
    return replace(run, causes=causes, recommendation=replace(advice, replay=result), verdict=verdict)


def _may_jump(schedule: LrSchedule) -> bool:
    """Whether a jump of the rate can be the cause: one is in the schedule, or the log does not hold the rate."""
    return schedule.source == "unknown" or any(event.kind in JUMPS for event in schedule.events)


def posterior(causes: tuple[Cause, ...], result: ReplayResult, *, may_jump: bool = True) -> tuple[Cause, ...]:
    """The causes after the replay, most probable first: prior times the likelihood of the outcome, summing to 1.

    Without `may_jump` a fault that a lower rate removes does not speak for a jump of the rate.
    """
    by_rate, by_data, by_rest = LIKELIHOOD[result.outcome]
    known = {cause.cause: cause for cause in causes}
    needed: dict[ReplayOutcomeName, CauseName] = {
        "confirmed": "lr_too_high", "not_learning_rate": "bad_data", "not_reproduced": "unknown",
    }  # fmt: skip
    known.setdefault(needed[result.outcome], Cause(cause=needed[result.outcome], probability=0.0))
    weights: dict[CauseName, tuple[float, float]] = {}
    for name, cause in known.items():
        by_lr = CAUSES[name].tested_by == "rate" and (may_jump or name != "lr_jump")
        likely = by_rate if by_lr else by_data if CAUSES[name].tested_by == "data" else by_rest
        if name == "healthy" and result.outcome == "not_reproduced" and "repeats the log" not in result.reason:
            likely = 0.3  # the log does show something that came only once
        weights[name] = (max(cause.probability, PRIOR_FLOOR) * likely, likely)
    total = sum(weight for weight, _ in weights.values())
    updated = [_told(known[name], weight / total, likely, result) for name, (weight, likely) in weights.items()]
    return tuple(sorted(updated, key=lambda cause: -cause.probability))


def _told(cause: Cause, probability: float, likely: float, result: ReplayResult) -> Cause:
    points = math.log(likely / (1.0 - likely))
    weight = Weight(name="replay", points=round(points, 3), text=f"replay: {result.reason}")
    because = (f"Replay: {result.reason}.", *cause.because) if points > 0 else cause.because
    return replace(cause, probability=probability, because=because, weights=(*cause.weights, weight))


def _advice(run: RunDiagnosis, causes: tuple[Cause, ...], result: ReplayResult) -> Recommendation:
    before = run.recommendation
    if result.outcome == "confirmed" and result.factor is not None:
        return _lower(run, result.factor)
    if result.outcome == "not_learning_rate":
        action: Action = before.action if before.action not in FIXES_RATE else "inspect_data"
        if action in ("keep", "raise_lr", "decay_later"):
            action = "inspect_data"
        why = f"A replay showed that the learning rate is not the cause: {result.reason}. Look at the batches first."
        return _kept_rate(before, action, why)
    healthy = causes[0].cause == "healthy"
    why = f"A replay could not bring the fault back: {result.reason}. Keep the learning rate."
    return _kept_rate(before, "keep" if healthy else "collect_more", why)


def _lower(run: RunDiagnosis, factor: float) -> Recommendation:
    """The proven rate: below the largest good factor by the margin, with the tested bracket as its interval."""
    before = run.recommendation
    kept = before.action == "lengthen_warmup" or (before.action == "remove_lr_jump" and _may_jump(run.schedule))
    action: Action = before.action if kept else "lower_lr"
    peak = before.current_peak_lr if before.current_peak_lr is not None else run.schedule.peak_lr
    why = f"A replay proved the rate too high: ×{factor:.3g} of it is the largest that trains without the fault."
    if peak is None:
        return replace(before, action=action, lr_factor=factor * MARGIN, why=why)
    if action == "remove_lr_jump" and before.peak_lr is not None and before.peak_lr <= peak * factor:
        return replace(before, why=why)  # the rate before the jump is known to work, and lies below the limit
    low, high = peak * factor * MARGIN / 2, peak * factor
    return replace(
        before,
        action=action,
        current_peak_lr=peak,
        peak_lr=peak * factor * MARGIN,
        peak_lr_low=low,
        peak_lr_high=high,
        lr_factor=factor * MARGIN,
        why=why + _against_the_log(before, low, high),
    )


def _against_the_log(before: Recommendation, low: float, high: float) -> str:
    """Why the proven range does not overlap with the one the log suggested; '' where it does or there was none."""
    old_low, old_high = before.peak_lr_low, before.peak_lr_high
    if old_low is None or old_high is None or (old_low <= high and low <= old_high):
        return ""
    side = "above" if low > old_high else "below"
    return (
        f" That lies {side} what the log alone had suggested ({old_low:.2g} to {old_high:.2g}): the log tells the rate "
        "from typical trainings, the replay tried it on this one, from this checkpoint."
    )


def _kept_rate(before: Recommendation, action: Action, why: str) -> Recommendation:
    peak = before.current_peak_lr
    return Recommendation(
        action=action, current_peak_lr=peak, peak_lr=peak, lr_factor=None if peak is None else 1.0, why=why
    )
