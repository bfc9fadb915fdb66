"""Which series is the training loss and which the validation loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglens.readers.naming.candidates import Candidate, ranked
from loglens.readers.naming.grammar import AUXILIARY, KIND, MEASURE, NETWORK, OTHER, PART, WHOLE

_TIERS = {WHOLE: 0.0, KIND: 2.0, MEASURE: 3.0, OTHER: 4.0, NETWORK: 4.2, PART: 6.0, AUXILIARY: 7.0}
LAST_RESORT = 3.9
"""From this tier on a loss is taken only where no other could be meant."""
REFUSED = 40.0
"""From this tier on a candidate is not taken at all."""
_STRIDES = 4.0
"""A curve that begins so many of its own strides above 0 is no sum since the start."""
_OUT_OF_DOMAIN = frozenset({"ood", "out", "shift", "shifted", "unseen", "hard", "novel", "adv", "noisy", "corrupted"})
_SLOW = {"epoch": 0.5, "smooth": 0.5, "cumulative": 3.0}


def training(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates for the training loss, best first."""
    networks = {candidate.reading.network for candidate in candidates}
    adversarial = {"generator", "discriminator"} <= networks
    pool = [candidate for candidate in candidates if candidate.reading.rank in _TIERS]
    for item in pool:
        item.tier, item.why, item.doubt = _train_tier(item, adversarial=adversarial)
    order = ranked(pool)
    return _checked(order)


def _train_tier(candidate: Candidate, *, adversarial: bool) -> tuple[float, str, str]:
    said = candidate.reading
    tier, why, doubt = _TIERS[said.rank], "", ""
    if said.rank == WHOLE:
        if said.context:
            tier, why = 1.0, f"a loss in {'/'.join(said.context)}"
    elif said.rank == NETWORK and said.network in ("generator", "discriminator"):
        tier = 3.2 if said.network == "generator" else 4.6
        tier -= 0.2 if said.whole else 0.0
        why = f"the {said.network}'s loss"
        doubt = "one of two networks that work against each other: it need not fall"
    elif said.rank == KIND:
        why = f"the main loss by its name ({' '.join(said.parts)})" if said.parts else "a loss by its name"
    elif said.rank == MEASURE:
        why, doubt = (
            f"a measure that is minimised ({' '.join(said.parts) or candidate.tag})",
            "no series is called the loss",
        )
    else:
        what = " ".join(said.parts)
        why = f"a part of the loss ({what})" if said.rank != OTHER else f"a loss of {what}"
        doubt = "no whole is logged, and this may be a part of it"
    if said.quantity == "error":
        tier, why = max(tier, 3.0) + 2.0, "an error measure of the training; no loss is logged"
        doubt = "an error measure, not certainly what is minimised"
    if not said.sure and said.quantity == "loss" and said.rank == WHOLE:
        # an objective; a cost may be anything's, GluonCV's are the seconds of an epoch: behind whatever is named a loss
        tier = _TIERS[KIND] + 0.3 if "cost" in candidate.tag.casefold() else tier + 0.3
        doubt = "" if candidate.behaviour.falls else "it does not fall, and it is not called a loss"
    slow = _SLOW.get(said.aggregate, 0.0)
    if slow:
        tier += slow
        mean = {"epoch": "the mean over an epoch", "smooth": "a running mean", "cumulative": "a sum since the start"}
        why = why or mean[said.aggregate]
    if adversarial and said.rank == WHOLE:
        doubt = ""
    return tier, why, doubt


def _checked(order: list[Candidate]) -> list[Candidate]:
    """The order again, once the behaviour of the best was looked at; the first has a doubt where rivals equal it."""
    for item in order[:4]:
        if item.behaviour.clock and not item.reading.whole and not _is_surely_one(item):
            item.tier, item.why = REFUSED, "it grows evenly, like a clock"
    order = [item for item in ranked(order) if item.tier < REFUSED]
    if not order:
        return []
    best = order[0]
    rivals = [item for item in order[1:] if abs(item.tier - best.tier) < 0.15 and _other_thing(item, best)]
    if rivals and best.tier >= LAST_RESORT and best.reading.network != "generator":
        if (whole := _sum_of_the_others([best, *rivals])) is not None:
            whole.tier, whole.doubt = LAST_RESORT, ""
            whole.why = "the other losses add up to it"
            return ranked(order)
        for item in order:
            item.tier += REFUSED  # several equal parts: none of them is the whole
        return order
    if rivals and best.tier > 0 and not best.doubt:
        best.doubt = f"{rivals[0].tag!r} could be meant as well"
    return order


def _is_surely_one(candidate: Candidate) -> bool:
    """Whether the name leaves no doubt that it is a loss, however evenly it grows: boosting whose rate has the wrong
    sign loses the same with every round. A sum since the start begins with what it grows by."""
    said, curve = candidate.reading, candidate.behaviour
    stride = (curve.high - curve.low) / max(curve.finite - 1, 1)
    return said.sure and bool(said.split) and said.rank <= KIND and curve.first > _STRIDES * stride


def _sum_of_the_others(candidates: Sequence[Candidate]) -> Candidate | None:
    """Of equal parts the one that is the whole by its values: the sum of all others, at every step."""
    if len(candidates) < 3 or any(not np.array_equal(item.series.steps, candidates[0].series.steps)
                                  for item in candidates):  # fmt: skip
        return None
    values = np.array([item.series.values for item in candidates])
    total = values.sum(axis=0)
    close = np.isclose(values, total - values, rtol=2e-3, atol=1e-12).all(axis=1)  # as they are printed
    moves = np.ptp(values, axis=1) > 0
    return candidates[int(np.flatnonzero(close)[0])] if close.sum() == 1 and moves[close].all() else None


def _other_thing(candidate: Candidate, best: Candidate) -> bool:
    """Another loss by its words, and not the same curve written twice."""
    differs = (set(candidate.reading.parts), set(candidate.reading.context)) != (
        set(best.reading.parts),
        set(best.reading.context),
    )
    return differs and not _same_curve(candidate, best)


def _same_curve(candidate: Candidate, best: Candidate) -> bool:
    first, second = candidate.series, best.series
    if (
        len(first) < 3
        or not np.array_equal(first.steps, second.steps)
        or not np.array_equal(first.finite, second.finite)
    ):
        return False
    known = first.finite
    scale = max(best.behaviour.high - best.behaviour.low, 1e-12)
    return bool(np.abs(first.values[known] - second.values[known]).max(initial=0.0) <= 0.01 * scale)


def validation(
    candidates: Sequence[Candidate], train: Candidate | None, train_parts: frozenset[str]
) -> list[Candidate]:
    """The candidates for the validation loss, best first.

    `train`: the training loss that was chosen. `train_parts`: words that name parts of the training loss: the same
    words name parts here; other words name the data set that was evaluated.
    """
    pool = [candidate for candidate in candidates if candidate.reading.rank in _TIERS]
    for item in pool:
        item.tier, item.why, item.doubt = _val_tier(item, train, train_parts)
    order = ranked(pool)
    for item in order[:4]:
        if item.behaviour.clock and not _is_surely_one(item):
            item.tier, item.why = REFUSED, "it grows evenly, like a clock"
    order = [item for item in ranked(order) if item.tier < REFUSED]
    if len(order) > 1:
        best = order[0]
        rivals = [item for item in order[1:] if abs(item.tier - best.tier) < 0.15 and _other_thing(item, best)]
        if rivals and best.tier >= LAST_RESORT:
            for item in order:
                item.tier += REFUSED
        elif rivals and not best.doubt:
            best.doubt = f"one of {len(rivals) + 1} evaluations, the first of the fullest; {rivals[0].tag!r} is another"
    return order


def _val_tier(candidate: Candidate, train: Candidate | None, train_parts: frozenset[str]) -> tuple[float, str, str]:
    said = candidate.reading
    parts = set(said.parts)
    tier, why, doubt = _TIERS[said.rank], "", ""
    of_data = bool(parts) and not parts & train_parts and said.rank in (OTHER, MEASURE) and said.quantity == "loss"
    if said.rank == WHOLE and not said.context:
        why = ""
    elif said.rank == WHOLE:
        tier, why = 0.8, f"the evaluation on {'/'.join(said.context)}"
    elif train is not None and parts and parts == set(train.reading.parts) and train.reading.rank != WHOLE:
        tier, why = 0.5, f"the same loss as {train.tag!r}"
    elif of_data:
        tier, why = 1.0, f"the evaluation on {' '.join(said.parts)}"
    elif said.rank == KIND:
        why = "the main loss by its name"
    elif said.rank == MEASURE and not said.named and train is not None and train.reading.named:
        tier, why = REFUSED, "an error measure; the training has a loss of its own"
    elif said.rank == MEASURE and not parts:
        why, doubt = f"a measure that is minimised ({candidate.tag})", "no series is called the loss"
    else:
        why, doubt = f"a part of the loss ({' '.join(said.parts)})", "no whole is logged, and this may be a part of it"
    if parts & _OUT_OF_DOMAIN or set(said.context) & _OUT_OF_DOMAIN:
        tier += 0.5
    if said.quantity == "error":
        same = train is not None and train.reading.quantity == "error"
        tier = 2.5 if same else REFUSED
        why, doubt = "an error measure; no loss is logged", "an error measure, not certainly what is minimised"
    if said.split == "test":
        tier, why = tier + 2.2, why or "a test split; no validation split is there"
    slow = {"smooth": 0.4, "cumulative": 2.0, "epoch": 0.2}.get(said.aggregate, 0.0)
    if said.aggregate == "epoch" and candidate.tag.casefold().endswith("_epoch"):
        slow = 0.3
    return tier + slow, why, doubt
