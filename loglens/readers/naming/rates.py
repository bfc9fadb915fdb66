"""Which series is the learning rate that the weights train at, and which is the gradient's norm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loglens.readers.naming.candidates import Candidate, ranked

_REFUSED = 40.0
_LIMIT = 6.0
_BIAS = 3.0
SETTING_BESIDE = 5
"""A rate printed once beside a loss of this many points is a setting."""


def rates(candidates: Sequence[Candidate], longest: int) -> list[Candidate]:
    """The candidates for the learning rate, best first; refused ones are last, with their reason.

    `longest`: the points of the longest loss.
    """
    pool = list(candidates)
    for item in pool:
        item.tier, item.why, item.doubt = _rate_tier(item, longest)
    _constants_beside_schedules(pool)
    _warmed_biases(pool)
    order = ranked(pool)
    if len(order) > 1 and order[0].tier < _LIMIT:
        groups = [item for item in order if abs(item.tier - order[0].tier) < 0.15 and not item.over_samples
                  and 2 * len(item.series) >= len(order[0].series)]  # fmt: skip
        if order[0].reading.parts or any("base" in group.reading.parts for group in groups):
            order = _largest_first(groups) + [item for item in order if item not in groups]
    return order


def _rate_tier(candidate: Candidate, longest: int) -> tuple[float, str, str]:
    said, did = candidate.reading, candidate.behaviour
    if did.finite and did.low < 0:
        return _REFUSED, "it falls below zero", ""
    if longest >= SETTING_BESIDE and (did.once or (did.constant and did.finite <= 2)) and len(candidate.series) <= 2:
        return _REFUSED, f"a setting, printed once ({did.first:g})", ""
    if did.clock and did.whole_numbers and did.high > 1:
        return _REFUSED, "it counts, like a clock", ""
    if said.limit:
        if did.constant:
            return _LIMIT + 2, "a limit of the schedule", "a setting of the schedule, not certainly the rate in use"
        return _LIMIT, "a limit of the schedule", "named as a limit of the schedule"
    if not said.parts:
        return 0.0, "", ""
    if "dlr" in said.parts:
        return 0.5, "the rate that an optimizer without a rate works out", ""
    if said.parts == ("base",):
        return 0.0, "the rate of the groups without a factor", ""
    if "bias" in said.parts or "biases" in said.parts:
        return _BIAS, "the rate of the biases", ""
    if said.network == "discriminator":
        return 1.5, "the discriminator's rate", ""
    if any(part in ("actor", "policy", "pi") for part in said.parts):
        return 1.0, "the policy's rate", ""
    return 1.0, f"the rate of {' '.join(said.parts)}", ""


def _constants_beside_schedules(pool: Sequence[Candidate]) -> None:
    """A rate that stays while another of the same log moves is the schedule's setting."""
    live = [item for item in pool if item.tier < _REFUSED]
    if any(not item.behaviour.constant and item.behaviour.finite > 2 and item.tier < _LIMIT for item in live):
        for item in live:
            if item.behaviour.constant and item.tier < _LIMIT and "base" in item.reading.parts:
                item.tier, item.why = _LIMIT, "it stays while the rate in use moves: a setting"


def _warmed_biases(pool: Sequence[Candidate]) -> None:
    """Detectors warm their biases from above: one group falls while the others rise, and then all are equal."""
    by_length: dict[int, list[Candidate]] = {}
    for item in pool:
        if 0 < item.tier < _LIMIT and len(item.series) > 2:
            by_length.setdefault(len(item.series), []).append(item)
    for length, groups in by_length.items():
        begins = np.array([group.series.values[0] for group in groups])
        middle = np.array([group.series.values[length // 2] for group in groups])
        first = int(np.argmax(begins))
        others = np.delete(begins, first)
        if len(others) and middle.max() <= 1.02 * middle.min() and begins[first] > 1.5 * others.max():
            groups[first].tier = _BIAS
            groups[first].why = "a group that is warmed up from above, as biases are"


def _largest_first(groups: Sequence[Candidate]) -> list[Candidate]:
    order = sorted(groups, key=lambda held: (-round(held.behaviour.high, 12), held.reading.network == "discriminator",
                                            held.order))  # fmt: skip
    if len(order) > 1 and order[0].tier > 0:
        order[0].why = f"{order[0].why}, the largest of {len(order)} learning rates"
    return order


def norms(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates for the norm of the whole gradient, best first."""
    pool = list(candidates)
    for item in pool:
        item.tier, item.why, item.doubt = _norm_tier(item)
    order = ranked(pool)
    for item in order[:4]:
        if item.behaviour.finite and item.behaviour.low < 0:
            item.tier, item.why = _REFUSED, "it falls below zero: no norm"
        elif item.behaviour.constant and item.behaviour.finite > 2 and item.tier < _REFUSED:
            if item.reading.limit:
                item.tier, item.why = _REFUSED, f"a setting of the clipping ({item.behaviour.first:g})"
            elif len(order) > 1:
                item.tier, item.why = item.tier + 5, f"it is always {item.behaviour.first:g}: clipped, or a setting"
            else:
                item.doubt = f"it is always {item.behaviour.first:g}: clipped, or a setting"
        elif item.behaviour.once and item.reading.limit:
            item.tier, item.why = _REFUSED, f"a setting of the clipping ({item.behaviour.first:g})"
    return ranked(order)


def _norm_tier(candidate: Candidate) -> tuple[float, str, str]:
    said = candidate.reading
    tier, why, doubt = 0.0, "", ""
    if said.parts:
        tier, why, doubt = 3.0, f"the norm of {' '.join(said.parts)}", "the norm of a part of the weights"
        if said.network == "discriminator":
            tier = 3.4
    if said.clip == "before":
        tier, why = tier - 0.1, why or "the norm before clipping"
    if said.clip == "after":
        tier, why = tier + 1.5, why or "the norm after clipping"
    if said.limit:
        tier, why, doubt = tier + 4.0, "named as the limit of the clipping", "a limit or a setting by its name"
    if not said.sure:
        tier, doubt = tier + 2.0, doubt or "its name does not say both gradient and norm"
    if said.aggregate in ("epoch", "smooth"):
        tier += 0.3
    return tier, why, doubt
