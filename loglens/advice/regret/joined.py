"""Where the regret of every rate meets the rest of the advice: the causes' weights, and the number recommended."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

from loglens.advice.claims import RATELESS_CLEAR, is_loud
from loglens.advice.regret.outlook import RateOutlook
from loglens.model.causes import CAUSES, CauseName
from loglens.model.diagnosis import Cause
from loglens.model.fact import Fact, FactKind

OF_RATE: tuple[CauseName, CauseName, CauseName] = ("lr_too_low", "healthy", "lr_too_high")
TEMPERED, TEMPERED_LONG = 0.5, 0.25
"""Power to which the fitted weights' own odds among the three are taken, in a training as long as those they were
learned on and in a long one."""
LAB_STEPS = 3000
RATELESS = 0.5
LOOKALIKES: frozenset[CauseName] = frozenset({"overfitting", "dead_network", "label_noise"})
"""Causes that the fitted weights take a wrong rate for: what they had falls to the rate where they may not be named."""
LEAST_SHARE = 1e-3
MISTAKEN_FOR: frozenset[CauseName] = frozenset({"dead_network", "bad_data", "data_order", "label_noise"})
"""Causes whose signs a rate that is far too high leaves as well: a network stuck at chance, losses that leap about."""
MISTAKEN_FROM, MISTAKEN_CLIMBED = 0.85, 0.5
"""From this probability of too high a rate on they yield to it, in full where it is certain; from a lower one where the
loss climbed from point to point until it was no number, which a batch brings about only at a rate that cannot hold it.
"""
ENDED: frozenset[FactKind] = frozenset({"ends_non_finite", "stopped_on_nan"})
CLIMBED: frozenset[FactKind] = frozenset({"climbed_to_non_finite", "ran_away", "blew_up_and_stuck", "lost_at_once"})
QUIET_ODDS = 1.0
"""What a NaN without a climb before it says for too high a rate against broken numbers, where the rate is as likely
above the usual ones as below."""
HARDLY = 0.05
"""Probability that a rate lies above the usual ones below which it can hardly have thrown a loss out at once."""
UNSEEN = 0.1
"""What is added to the share of too high a rate, and of the others together, in the curve before a NaN: nothing in it
need show."""
SHORT_DOUBT, SHORT_DOUBT_LOW, SHORT_HEALTHY = 0.2, 0.4, 0.4
"""Of the probability of too high and of too low a rate, what a log too short for the other weights leaves to `unknown`,
and what `healthy` keeps of that of a right rate: so short a log cannot show that nothing is wrong."""
HEARD = 12
"""Points from which a log that is too short for the other weights is heard in full. Below, where nothing in it is loud,
what the rate's usual place says of it would be all there is: no reading of this log."""
LOST_DOUBT = 0.05
"""The same where it is short because the run was lost at once: that is the loudest sign there is."""
SURELY_RIGHT, LIKELY_RIGHT = 0.9, 0.75
NUDGE, TRIAL = 0.5, 1.0
"""Octaves by which a rate that is likely right may still be moved, and one that is right or wrong with like odds."""
LEAST_STEP = 0.5
"""Octaves."""
BACKED, BACKED_RATELESS = 0.5, 0.6
"""Probability of too low or too high from which the regret of the rates speaks for that cause by itself."""
SURE_SHORT, SHORT = 0.7, 200
"""The same of too low a rate, in a log of fewer points than that: one line an epoch shows little of a training."""
SURE_FEW, FEW = 0.95, 60
"""The same in a log of a few lines that each stand for many steps: their means are calm at any rate."""
SURE_RATELESS, SURE_RATELESS_SHORT = 0.9, 0.97
"""The same of the cause, where it is too low a rate that the log does not hold: a curve alone seldom shows it, one of
few points hardly ever."""
SURE_PLANNED, SURE_PLANNED_LONG = 0.85, 0.95
"""The same, in a training as long as those of the lab and in a long one, where somebody planned a schedule at a rate
that is usual: the sweeps that the regret was learned from hold constant rates over seven decades, whereas a rate that
is warmed up or annealed was mostly chosen by trying."""
SURE_PLANNED_SPARSE, SURE_PLANNED_SHORT = 0.97, 0.99
"""The same, where such a log holds a line an epoch or every so many steps, and where it holds few of them: often means,
and a mean is calm at any rate."""
SPARSE, SEVERAL = 3, 500
"""Steps a point; points from which a log shows its noise for all that."""
SURE_TUNED = 0.999
"""The same, where a trained network is tuned at a usual rate, or two networks work against each other: of those the
regret was learned from none was."""
TUNED_AT = (1e-5, 1e-3)


def with_rate(
    known: Mapping[CauseName, float],
    outlook: RateOutlook | None,
    facts: Iterable[Fact],
    allowed: Collection[CauseName] = CAUSES,
    *,
    steps: int = LAB_STEPS,
    points: int = HEARD,
) -> dict[CauseName, float]:
    """What the weights say of every cause (`known`, sum 1, empty where they cannot judge), the rate's part of it set by
    the outlook. `allowed`: the causes that may be named; what lookalikes had besides is the rate's. `steps`: how long
    the training was; `points`: finite losses it holds."""
    if outlook is None or (not known and outlook.rate is None):
        return dict(known)
    there = {fact.kind for fact in facts}
    low, right, high = outlook.probabilities
    above = outlook.above_usual
    if above is not None and there & ENDED and (not there & CLIMBED or ("lost_at_once" in there and above < HARDLY)):
        return _quiet_end(known, above)
    if not known:
        heard = heard_of(points, facts)
        doubt = LOST_DOUBT if "lost_at_once" in there else SHORT_DOUBT
        named: dict[CauseName, float] = {
            "lr_too_low": heard * (1 - SHORT_DOUBT_LOW) * low,
            "healthy": SHORT_HEALTHY * right,
            "lr_too_high": heard * (1 - doubt) * high,
        }
        return {**named, "unknown": 1 - sum(named.values())}
    rate_mass = sum(known.get(cause, 0.0) for cause in OF_RATE)
    out = dict(known)
    if outlook.rate is not None:
        for cause in (set(known) & LOOKALIKES) - set(allowed):
            rate_mass += out.pop(cause)
        doubt = out.get("unknown", 0.0) * outlook.probability
        out["unknown"] = out.get("unknown", 0.0) - doubt
        rate_mass += doubt
    fitted = sum(known.get(cause, 0.0) for cause in OF_RATE)
    # a curve without a rate tells only half as much
    power = 1.0 if outlook.rate is not None else RATELESS
    tempered = TEMPERED_LONG + (TEMPERED - TEMPERED_LONG) * like_the_lab(steps)
    joint = [
        max(known.get(cause, 0.0) / max(fitted, 1e-9), LEAST_SHARE) ** tempered * share**power
        for cause, share in zip(OF_RATE, (low, right, high), strict=True)
    ]
    for cause, share in zip(OF_RATE, joint, strict=True):
        out[cause] = rate_mass * share / sum(joint)
    start = MISTAKEN_CLIMBED if "climbed_to_non_finite" in there else MISTAKEN_FROM
    yields = max(0.0, high - start) / (1 - start)
    for cause in MISTAKEN_FOR & set(out):
        out["lr_too_high"] += yields * out[cause]
        out[cause] *= 1 - yields
    return out


def heard_of(points: int, facts: Iterable[Fact]) -> float:
    """How much of what the rates' regret says of a log counts, 0 to 1: all of it, unless a handful of losses is all
    there is and none of its facts tells of trouble."""
    return 1.0 if is_loud(facts) else min(1.0, points / HEARD)


def like_the_lab(steps: int) -> float:
    """1 for a training as long as those the weights and sizes were fitted on, 0 for one ten times as long as the
    longest."""
    return min(max(1.0 - math.log10(max(steps, 1) / LAB_STEPS), 0.0), 1.0)


def _quiet_end(known: Mapping[CauseName, float], above_usual: float) -> dict[CauseName, float]:
    """A loss that became NaN without having climbed: the rate where it lies above the usual ones and the curve before
    does not look in order, else the numerics."""
    rate = sum(known.get(cause, 0.0) for cause in OF_RATE)
    before = 2 * (known.get("lr_too_high", 0.0) + UNSEEN) / (rate + 2 * UNSEEN)
    odds = QUIET_ODDS * before * above_usual / max(1 - above_usual, 1e-3)
    high = odds / (1 + odds)
    others = {cause: share for cause, share in known.items() if CAUSES[cause].rate_free}
    spare = 0.5 * sum(others.values())
    out = {cause: 0.5 * share for cause, share in others.items()}
    out["lr_too_high"] = (1 - spare) * high
    out["numerical_failure"] = out.get("numerical_failure", 0.0) + (1 - spare) * (1 - high)
    return out


def sure_of_low(
    outlook: RateOutlook | None,
    *,
    planned: bool = False,
    steps: int = LAB_STEPS,
    points: int = SHORT,
    by_epoch: bool = False,
) -> float:
    """Probability of too low a rate from which it is called so by itself: the less a training is like those that the
    weights and the regret were learned from, the larger.

    `planned`: whether a schedule was (`is_planned`); `steps`: how long the training was; `points`: finite losses that
    the log holds; `by_epoch`: whether these are of epochs.
    """
    if outlook is not None and outlook.game:
        return SURE_TUNED
    if outlook is None or outlook.rate is None:
        return SURE_RATELESS_SHORT if points < SHORT else SURE_RATELESS
    if outlook.tuned and TUNED_AT[0] <= outlook.rate <= TUNED_AT[1]:
        return SURE_TUNED
    longer = SURE_PLANNED_LONG + (SURE_PLANNED - SURE_PLANNED_LONG) * like_the_lab(steps)
    if points < SEVERAL and (by_epoch or steps >= SPARSE * points):
        longer = SURE_PLANNED_SHORT if points < SHORT else SURE_PLANNED_SPARSE
    sure = longer if planned else BACKED
    if points < FEW and (by_epoch or steps >= SPARSE * points):
        return max(sure, SURE_FEW)
    return max(sure, SURE_SHORT) if points < SHORT else sure


def backs(outlook: RateOutlook | None, top: Cause, facts: Iterable[Fact], *, sure: float = BACKED) -> bool:
    """Whether the regret of the rates speaks for the likeliest cause by itself, as a finding at warning or above does.

    Too low a rate needs more than too high a one (`sure`, from `sure_of_low`): a healthy training of a kind nothing was
    fitted on looks like it. A curve put together from pieces says nothing of it.
    """
    if outlook is None or not CAUSES[top.cause].direction or top.cause not in OF_RATE:
        return False
    least = BACKED_RATELESS if outlook.rate is None else BACKED
    if outlook.probabilities[OF_RATE.index(top.cause)] < least:
        return False
    there = {fact.kind for fact in facts}
    if top.cause == "lr_too_high":
        # the sweeps hold no cycles: a loss that goes up and down with its rate looks like one that is thrown about
        return "lr_cycles" not in there and (outlook.rate is not None or not there & RATELESS_CLEAR)
    return "resumed_unharmed" not in there and top.probability >= sure


def advised(
    outlook: RateOutlook | None, cause: CauseName, *, validated: bool = True, learned: bool = True, whole: bool = True
) -> tuple[float, float, float] | None:
    """(octaves, lowest, highest) by which the peak rate should move; None where the cause decides that, not the rate.
    `validated`: whether the log has a validation loss beside the train loss; `learned`: whether the loss fell by a good
    part, which one at its floor does not; `whole`: whether it is one training, from its start.

    A rate that is right stays, or moves by half an octave, or one, where it is not sure to be the best: that is no
    action, but what to try where the run is trained again anyway.
    """
    if outlook is None or cause not in OF_RATE:
        return None
    octaves, low, high = (math.log2(item) for item in (outlook.factor, outlook.factor_low, outlook.factor_high))
    direction = CAUSES[cause].direction
    if not direction:
        right = outlook.right_before
        # noise at the floor of a train loss looks like too high a rate; only a validation loss tells them apart
        downs = validated and learned
        doubtful = whole and right < LIKELY_RIGHT and outlook.rate is not None and (octaves > 0 or downs)
        room = 0.0 if right >= SURELY_RIGHT else TRIAL if doubtful else NUDGE
        octaves = min(max(octaves, -room), room)
        return octaves, min(low, octaves), max(high, octaves)
    if direction * octaves < LEAST_STEP:
        return None
    return octaves, low, high
