"""From runs with alike curves to a distribution of regret over rates.

A curve tells how far its rate lies from the right ones; the usual rates tell where those lie. Both are said of the
same sweeps: each training that is like this run says 'the right rates lie so far from yours', and counts for how alike
it is, times how usual the place is that it points to, over how often such a distance was trained at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loglens.advice.regret.forest import Model
from loglens.advice.regret.prior import Usual
from loglens.model.run import FloatArray, IntArray

USABLE = 0.06
"""Regret up to which a rate is as good as the best for all that one run can tell."""
LOST = 1.275
"""The regret that counts for a rate at which the loss blew up, and for one nobody has tried."""
REACH = np.arange(1, 21) * 0.25
"""Decades by which a training that died at the highest rate there was is repeated at higher ones."""
RIGHT_KEPT = 0.55
"""What is kept of the probability that a known constant rate is right. With each of four problems of other people left
out of the fit its mean was 0.22, 0.35, 0.32 and 0.35 where 0.14, 0.27, 0.26 and 0.29 of the runs had a right rate, and
where right was told surest of all it was so in two of three: trainings alike blur the borders, and right is what lies
between two of them."""
BLUR = 0.2
"""Standard deviation, in decades, by which the chance that a rate is usable is smoothed over its neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """`rates` (r,): log10 of the candidates. `usable` (r,): probability that the regret is at most `USABLE`.
    `expected` (r,): the mean of the regret; `low`, `high` (l,): its 10 % and 90 % quantiles at the listed candidates.
    `causes` (3,): probabilities of too low, right, too high; `by_curve` (3,): the same without the usual rates."""

    rates: FloatArray
    usable: FloatArray
    expected: FloatArray
    low: FloatArray
    high: FloatArray
    causes: FloatArray
    by_curve: FloatArray


def posterior(
    known: Model, numbers: IntArray, alike: FloatArray, rate: float | None, usual: Usual, offsets: FloatArray,
    *, listed: Sequence[int] = (), right_kept: float = 1.0,
) -> Posterior:  # fmt: skip
    """`numbers` (k,) of trainings and how `alike` they are; `rate`: log10 of the run's own, None where it is unknown
    (then the usual rates cannot be used, and candidates are factors); `offsets` (r,): log10 of the factors to try;
    `listed` (l,): places of those whose quantiles are wanted, which take as long as all the rest; `right_kept`: what is
    kept of the probability that the rate is right (`RIGHT_KEPT`)."""
    stack = known.stack[numbers]
    distance, cause = known.rate[numbers] - known.centre[stack], known.cause[numbers]
    by_curve = np.bincount(cause, weights=alike, minlength=3)
    place, away = _reaching(distance, known.reach[numbers])
    weight = alike[place]
    if rate is not None:
        log = np.full(len(place), -np.inf)
        kinds = known.kind[stack][place]
        for kind in range(len(known.marginal)):
            mine = kinds == kind
            trained = np.interp(away[mine], known.offsets, known.marginal[kind])
            log[mine] = usual.log_density(rate - away[mine], kind) - trained + np.log(usual.weight[kind])
        weight = weight * np.exp(log - log.max())
    weight = weight / weight.sum()
    regret = _regrets(known, stack[place], known.centre[stack][place] + away, offsets)
    usable = _blurred(weight @ (regret <= USABLE), offsets)
    low, high = _quantiles(regret[:, list(listed)], weight, (0.1, 0.9))
    causes = np.bincount(cause[place], weights=weight, minlength=3)
    causes[1] *= right_kept
    return Posterior(
        rates=offsets + (rate or 0.0), usable=usable, expected=weight @ regret, low=low, high=high,
        causes=causes / causes.sum(), by_curve=by_curve / by_curve.sum(),
    )  # fmt: skip


def _reaching(distance: FloatArray, reach: IntArray) -> tuple[IntArray, FloatArray]:
    """(place in the input, distance) of every training, and of those that stand for all rates beyond theirs."""
    places, away = [np.arange(len(distance))], [distance]
    for sign in (-1, 1):
        ends = np.flatnonzero(reach == sign)
        places.append(np.repeat(ends, len(REACH)))
        away.append((distance[ends][:, None] + sign * REACH).ravel())
    return np.concatenate(places), np.concatenate(away)


def _regrets(known: Model, stack: IntArray, rate: FloatArray, offsets: FloatArray) -> FloatArray:
    """(k, r) regret of every candidate in each training's own sweep, with the training's rate moved onto the run's."""
    last, step = len(known.grid) - 1, float(known.grid[1] - known.grid[0])
    # in place from here on: to make room for another of these tables takes as long as to fill it
    share = rate[:, None] + offsets[None, :]
    share -= known.grid[0]
    share /= step
    beyond = share < -1.5
    np.maximum(share, 0.0, out=share)
    np.minimum(share, last, out=share)
    place = share.astype(np.int64)
    np.minimum(place, last - 1, out=place)
    share -= place
    # places in the flat table: to look them up takes a fraction of the time of pairs of row and column
    place += (stack * (last + 1))[:, None]
    table = known.regret.ravel()
    right = table[1:].take(place)
    right *= share
    found: FloatArray = table.take(place)
    np.subtract(1, share, out=share)
    found *= share
    found += right
    np.putmask(found, beyond, LOST)
    return found


def _blurred(values: FloatArray, offsets: FloatArray) -> FloatArray:
    width = np.exp(-0.5 * ((offsets[:, None] - offsets[None, :]) / BLUR) ** 2)
    return np.asarray(width @ values / width.sum(axis=1).max(), dtype=np.float64)


def _quantiles(regret: FloatArray, weight: FloatArray, shares: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    # a candidate a row: what is sorted and summed lies side by side
    by_candidate = np.ascontiguousarray(regret.T)
    order = np.argsort(by_candidate, axis=1)
    summed = np.cumsum(weight.take(order), axis=1)
    row = np.arange(len(order))
    low, high = (by_candidate[row, order[row, np.argmax(summed >= share - 1e-9, axis=1)]] for share in shares)
    return low, high
