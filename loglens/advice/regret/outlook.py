"""The learning rate's part of a diagnosis: is it right, which rate to use next, and what says so."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loglens.advice.regret import forest
from loglens.advice.regret.features import GROUPS, NAMES, features_of, vector
from loglens.advice.regret.posterior import RIGHT_KEPT, Posterior, posterior
from loglens.advice.regret.prior import is_game, is_planned, is_tuned, kind_of, usual_rates
from loglens.model.diagnosis import RateVerdict
from loglens.model.run import FloatArray
from loglens.signals.core import Signals

VERDICTS: tuple[RateVerdict, RateVerdict, RateVerdict] = ("too_low", "right", "too_high")
HALF_OCTAVE = math.log10(2) / 2
OFFSETS: FloatArray = np.asarray(HALF_OCTAVE * np.arange(-40, 41), dtype=np.float64)
"""log10 of the factors tried: half octaves, twenty octaves (six decades) each way."""
LISTED_EVERY, LISTED_OCTAVES = 2, 12
LISTED = tuple(
    place
    for place, octaves in enumerate((OFFSETS / math.log10(2)).tolist())
    if abs(octaves) <= LISTED_OCTAVES + 1e-9 and (place - len(OFFSETS) // 2) % LISTED_EVERY == 0
)
"""The document lists every second of the half octaves, up to twelve octaves each way, with intervals."""
GUESS = 0.4
"""Below this probability the likeliest of the three is a guess."""
ENOUGH = 0.5
"""A rate belongs to the interval where it is usable with this probability, or, where none is, nearly as likely as the
best."""
NEARLY = 0.6
KEEP_SURE, KEEP_WITHIN = 0.8, 0.03
"""A rate stays where it is usable with the first probability, and no other is likelier by more than the second."""
WELL_ABOVE = 0.6
"""Decades above the middle of the right rates from where most trainings suffer."""
FAR_SURE, FAR_BY_CURVE, LEAP = 0.85, 0.75, 6
"""A rate is raised by more than so many half octaves (a factor of eight) only where curve and answer are that sure that
it is too low."""
LEAST_POINTS = 0.03
"""What moved the answer by less is not shown."""


@dataclass(frozen=True, slots=True)
class RateEvidence:
    """One line of what moved the answer: points in -1..1, positive where it speaks for a rate that is too high."""

    text: str
    points: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateOutlook:
    """The regret of every rate, as one log has it.

    `log2_factors` (r,): the rates tried, against the run's own; `expected_regret` (r,): share of the achievable fall
    that a rate leaves on the table, with the 80 % interval `regret_low`, `regret_high` (l,) of those `LISTED`;
    `p_usable` (r,): probability that it is at most 0.06. `probabilities`: of too low, right, too high; `by_curve`: the
    same from the curve alone.
    `factor`: the recommended rate over the run's own, with `factor_low` and `factor_high`; 1 where it is not worth
    changing the rate at all.
    `right_before`: probability of right before it was corrected for sweeps of constant rates (`RIGHT_KEPT`).
    `tuned`: whether a trained network is tuned; `game`: whether two networks work against each other.
    `above_usual`: probability, from where rates usually lie alone, that this one is well above the right ones; of a
    loss that was lost for good, the rate that it had come to by then.
    """

    log2_factors: FloatArray
    expected_regret: FloatArray
    regret_low: FloatArray
    regret_high: FloatArray
    p_usable: FloatArray
    probabilities: tuple[float, float, float]
    by_curve: tuple[float, float, float]
    rate: float | None
    factor: float
    factor_low: float
    factor_high: float
    evidence: tuple[RateEvidence, ...]
    prior_line: str
    above_usual: float | None
    right_before: float
    tuned: bool = False
    game: bool = False

    @property
    def verdict(self) -> RateVerdict:
        best = int(np.argmax(self.probabilities))
        return VERDICTS[best] if self.probabilities[best] >= GUESS else "cannot_tell"

    @property
    def probability(self) -> float:
        """Of the verdict."""
        return max(self.probabilities)

    @property
    def recommended(self) -> float | None:
        return None if self.rate is None else self.rate * self.factor


def rate_outlook(
    signals: Signals, *, rate: float | None = None, known: forest.Model | None = None
) -> RateOutlook | None:
    """What the log says of its learning rate.

    `rate`: the peak rate, where the log itself has none. None where the loss was never finite, or the rate was zero
    throughout: then there is nothing to say about it. Without any rate the answer is in factors.
    """
    known = known or forest.model()
    peak = signals.schedule.peak_lr if signals.lr is not None else rate
    if peak is not None and not peak > 0:
        return None
    numbers = features_of(signals)
    x = vector(numbers)
    alike, share, moved = known.alike(x)
    usual = usual_rates(float(signals.span.steps), kind_of(signals.run))
    # the sweeps hold constant rates over seven decades; one that a schedule was planned for was mostly chosen by trying
    kept = 1.0 if peak is None or is_planned(signals.schedule) else RIGHT_KEPT
    log_peak = None if peak is None else math.log10(peak)
    found = posterior(known, alike, share, log_peak, usual, OFFSETS, listed=LISTED, right_kept=kept)
    best, low, high = _recommended(found)
    return RateOutlook(
        log2_factors=np.asarray(OFFSETS / math.log10(2), dtype=np.float64),
        expected_regret=found.expected,
        regret_low=found.low,
        regret_high=found.high,
        p_usable=found.usable,
        probabilities=_three(found.causes),
        by_curve=_three(found.by_curve),
        rate=peak,
        factor=float(10.0 ** OFFSETS[best]) if best != len(OFFSETS) // 2 else 1.0,
        factor_low=float(10.0 ** OFFSETS[low]),
        factor_high=float(10.0 ** OFFSETS[high]),
        evidence=_evidence(moved, found, with_prior=peak is not None),
        prior_line=usual.line if peak is not None else "",
        above_usual=None if peak is None else usual.below(math.log10(_reached(signals, peak)) - WELL_ABOVE),
        right_before=float(found.causes[1] / (found.causes[1] + kept * (1 - found.causes[1]))),
        tuned=is_tuned(signals.run),
        game=is_game(signals.run),
    )


def _reached(signals: Signals, peak: float) -> float:
    """The highest rate up to the first loss after which none was a number any more; the peak where there is none."""
    lr, bad = signals.lr, signals.non_finite_steps
    if lr is None or not len(lr) or not len(bad) or not len(signals.loss):
        return peak
    lost = bad[bad > signals.loss.steps[-1]]
    rates = lr.values[lr.steps <= lost[0]] if len(lost) else lr.values
    reached = float(rates.max()) if len(rates) else 0.0
    return reached if reached > 0 else peak


def _three(values: FloatArray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])


def recommended_place(found: Posterior) -> int:
    """The candidate that is usable most probably; the run's own where that is as good."""
    own = len(OFFSETS) // 2
    sure = found.causes[0] >= FAR_SURE and found.by_curve[0] >= FAR_BY_CURVE
    top = len(OFFSETS) if sure else own + LEAP + 1
    best = int(np.argmax(found.usable[:top]))
    as_good = found.usable[own] >= KEEP_SURE and found.usable[own] >= found.usable[best] - KEEP_WITHIN
    return own if as_good else best


def _recommended(found: Posterior) -> tuple[int, int, int]:
    """The recommended candidate, and the ends of the stretch around it that is usable with it."""
    best = recommended_place(found)
    level = min(ENOUGH, NEARLY * float(found.usable[best]))
    low = high = best
    while low > 0 and found.usable[low - 1] >= level:
        low -= 1
    while high < len(OFFSETS) - 1 and found.usable[high + 1] >= level:
        high += 1
    return best, low, high


def _evidence(moved: FloatArray, found: Posterior, *, with_prior: bool) -> tuple[RateEvidence, ...]:
    """Lines of what moved the answer, strongest first; the usual rates are one of them."""
    place = {name: k for k, name in enumerate(NAMES)}
    lines = [RateEvidence(text, float(sum(moved[place[name]] for name in names))) for text, names in GROUPS.items()]
    if with_prior:
        shift = (found.causes[2] - found.causes[0]) - (found.by_curve[2] - found.by_curve[0])
        lines.append(RateEvidence("where rates usually lie", float(shift)))
    shown = [line for line in lines if abs(line.points) >= LEAST_POINTS]
    return tuple(sorted(shown, key=lambda weight: -abs(weight.points)))
