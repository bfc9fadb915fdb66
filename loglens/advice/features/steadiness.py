"""How steadily the network itself moves: wobble of validation loss and gradient norm against what is still gained.

Validation uses the same examples each time and the level of the gradient norm averages over many batches, so what
wobbles there is the network and not the batch. A wobble is read off second differences, which a trend does not touch
(Gasser, Sroka & Jennen-Steinmetz 1986), and is held against what the run gains late, not against the first fall: a
floor far above zero, a noisy batch or a steep start do not change these numbers.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from loglens.advice.features.measure import Measure, clipped, log_ratio, percent, times, unlog1p
from loglens.model.run import FloatArray
from loglens.signals.numerics.robust import differences, mean, median, middle_mean
from loglens.signals.scaled import ScaledRun

LEAST_VAL = 10
"""Fewer validation points than this do not tell a wobble from a trend."""
CLEAR = 30.0
"""Standard errors from which a trend of the validation loss is beyond doubt."""
MOST_WOBBLES = 200.0
"""A validation loss that ends further above its best counts as this far."""
STRETCHES = 25
"""Stretches of the run whose levels stand for the curve where the rate's share is taken out."""
BEGUN = 0.08
"""Share of the run that is left out there: a warm-up and the first fall."""
RATE_MOVES = 0.1
"""Standard deviation of the rate over its peak below which its own effect cannot be told from progress."""


def _val(r: ScaledRun, least: int = LEAST_VAL) -> FloatArray | None:
    return r.val if r.val is not None and len(r.val) >= least else None


def _wobble(values: FloatArray) -> float:
    """The median distance of a point from the middle of its neighbours; (n,) -> in the unit of the values."""
    if len(values) < 5:
        return 0.0
    return median(np.abs(values[1:-1] - (values[:-2] + values[2:]) / 2))


def val_wobble_over_fall(r: ScaledRun) -> float | None:
    """ln of the wobble of the validation loss over what it falls from one point to the next, last two thirds: far below
    one where a run still makes its way, as at a low rate, far above one at a floor or where the network is thrown
    about."""
    val = _val(r)
    if val is None:
        return None
    late = val[len(val) // 3 :]
    fall = abs(float(np.mean(late[:2]) - np.mean(late[-2:]))) / (len(late) - 2)
    return clipped(log_ratio(_wobble(late), fall, least=1e-6 * max(1e-12, r.gain)), -5, 6)


def val_wobble_over_scatter(r: ScaledRun) -> float | None:
    """ln of the wobble of the validation loss over the scatter of the train loss, last two thirds."""
    val = _val(r)
    if val is None:
        return None
    least = 1e-6 * max(1e-12, r.gain)
    return clipped(log_ratio(_wobble(val[len(val) // 3 :]), r.noise_between(0.4, 1.0), least=least), -8, 5)


def val_wobble_change(r: ScaledRun) -> float | None:
    """ln of the wobble of the validation loss in the last quarter over that in the second: steps that are too long for
    the valley's floor go on wobbling, and a decaying rate calms them (Mandt et al. 2017)."""
    val = _val(r, 16)
    if val is None:
        return None
    points = len(val)
    late, early = _wobble(val[3 * points // 4 :]), _wobble(val[points // 4 : points // 2])
    return clipped(log_ratio(late, early, least=1e-5 * max(1e-12, r.gain)), -5, 5)


def val_late_trend(r: ScaledRun) -> float | None:
    """The trend of the validation loss against ln(steps) after 45 % of the run, in standard errors, negative where it
    falls, on a signed log scale: power laws are straight lines there, nearly (Kaplan et al. 2020)."""
    val, at = _val(r), r.val_at
    if val is None or at is None:
        return None
    late = at >= 0.45
    if np.count_nonzero(late) < 5:
        return None
    x = np.log(at[late])
    x, y = x - x.mean(), val[late] - val[late].mean()
    power = float(x @ x)
    if power <= 0:
        return None
    slope = float(x @ y) / power
    rest = y - slope * x
    error = math.sqrt(max(float(rest @ rest) / (len(x) - 2) / power, 1e-30))
    return math.copysign(math.log1p(min(CLEAR, abs(slope) / error)), slope)


def val_above_best_in_wobbles(r: ScaledRun) -> float | None:
    """ln(1 + how far the validation loss ended above its best, in wobbles of the last three quarters), both averaged
    over three points: a best that lies in the noise is no turning point, however small the gain is."""
    val = _val(r)
    if val is None:
        return None
    level = np.convolve(val, np.ones(3) / 3, "valid")
    unit = max(_wobble(val[len(val) // 4 :]), 1e-4 * r.gain)
    return math.log1p(min(MOST_WOBBLES, float(level[-1] - level.min()) / unit))


def val_largest_rise_in_wobbles(r: ScaledRun) -> float | None:
    """ln of the largest rise of the validation loss between two points, the first two left out, over its wobble: far
    above the others where a single blow threw the network off."""
    val = _val(r, 12)
    if val is None:
        return None
    unit = max(_wobble(val[len(val) // 3 :]), 1e-4 * r.gain)
    return log_ratio(float(np.max(differences(val[2:]))), unit, least=1e-6 * max(1e-12, r.gain))


def gradient_wander(r: ScaledRun) -> float | None:
    """ln of the wobble of the mean log gradient norm between stretches over what independent batches would give, last
    two thirds: above zero the network moves between steep and flat places."""
    if r.grad is None:
        return None
    norm = np.log(np.maximum(r.grad[np.isfinite(r.grad)], 1e-12))
    if len(norm) < 60:
        return None
    late = norm[len(norm) // 3 :]
    size = max(3, len(late) // 25)
    means = late[: len(late) // size * size].reshape(-1, size).mean(axis=1)
    expected = median(np.abs(differences(late))) / math.sqrt(size)
    return log_ratio(_wobble(means), expected, least=1e-6)


def gained_apart_from_rate(r: ScaledRun) -> float | None:
    """Share of the gain that a doubling of the rate spent brings, less what goes up and down with the rate.

    Least squares of the levels of 25 stretches on ln(rate spent) and on the rate itself: the noise floor of SGD is
    proportional to the rate (Mandt et al. 2017), so a decay brings a fall that is no progress. None where the rate
    hardly moves.
    """
    if r.lr is None or len(r) < 30 or float(np.max(r.lr)) <= 0:
        return None
    rate = r.lr / float(np.max(r.lr))
    if float(np.std(rate[r.clock > BEGUN])) < RATE_MOVES:
        return None
    cuts = np.searchsorted(r.clock, np.linspace(BEGUN, 1.0, STRETCHES + 1)[:-1]).tolist()
    bounds = [(begin, end) for begin, end in pairwise([*cuts, len(r)]) if end > begin]
    if len(bounds) < 8:
        return None
    levels = np.array([middle_mean(r.loss[begin:end]) for begin, end in bounds])
    spent, rates = (np.array([mean(values[begin:end]) for begin, end in bounds]) for values in (r.lr_clock, rate))
    return clipped(-math.log(2) * _progress_and_floor(levels, spent, rates)[0] / r.gain, -1, 1)


def val_moves_with_rate(r: ScaledRun) -> float | None:
    """How much higher the validation loss stands at the peak rate than at none, over the gain of the train loss, what
    the rate spent explains left out: the noise floor without the noise of the batches. None where the rate hardly
    moves."""
    val, at = _val(r, 16), r.val_at
    if val is None or at is None or r.lr is None or float(np.max(r.lr)) <= 0:
        return None
    late = at >= BEGUN
    rate = np.interp(at[late], r.clock, r.lr / float(np.max(r.lr)))
    if len(rate) < 10 or float(np.std(rate)) < RATE_MOVES:
        return None
    spent = np.interp(at[late], r.clock, r.lr_clock)
    return clipped(_progress_and_floor(val[late], spent, rate)[1] / r.gain, -1, 1)


def _progress_and_floor(levels: FloatArray, spent: FloatArray, rate: FloatArray) -> tuple[float, float]:
    """(change per e-fold of the rate spent, change from no rate to the peak) of levels (n,), by least squares; `spent`
    and `rate` as shares of their largest."""
    columns = np.stack([np.ones(len(levels)), np.log(np.maximum(spent, 1e-4)), rate], axis=1)
    found = np.linalg.lstsq(columns, levels, rcond=None)[0]
    return float(found[1]), float(found[2])


def _trend_in_words(value: float) -> str:
    """What a trend of so many standard errors (on its signed log scale) looks like."""
    errors = math.expm1(abs(value))
    if errors < 2:
        return "neither falls nor rises"
    way = "still falls" if value < 0 else "rises"
    return f"{way} beyond doubt" if errors > 0.9 * CLEAR else f"{way} ({errors:.0f} standard errors)"


MEASURES = (
    Measure(
        "val_wobble_over_fall",
        val_wobble_over_fall,
        "from point to point the validation loss wobbles {value} as far as it falls",
        times,
        unspoken=True,
    ),
    Measure(
        "val_wobble_over_scatter",
        val_wobble_over_scatter,
        "the validation loss wobbles {value} as much as the training loss scatters",
        times,
    ),
    Measure(
        "val_wobble_change",
        val_wobble_change,
        "in the last quarter the validation loss wobbles {value} as much as in the second",
        times,
    ),
    Measure(
        "val_late_trend",
        val_late_trend,
        "late in the run the validation loss {value}",
        _trend_in_words,
    ),
    Measure(
        "val_above_best_in_wobbles",
        val_above_best_in_wobbles,
        "the validation loss ended {value} of its wobbles above its best",
        unlog1p,
        unspoken=True,
    ),
    Measure(
        "val_largest_rise_in_wobbles",
        val_largest_rise_in_wobbles,
        "the largest rise of the validation loss between two points is {value} its wobble",
        times,
        unspoken=True,
    ),
    Measure(
        "val_moves_with_rate",
        val_moves_with_rate,
        "apart from progress the validation loss follows the rate up and down by {value} of the gain",
        percent,
        unspoken=True,
    ),
    Measure(
        "gradient_wander",
        gradient_wander,
        "the level of the gradient norm wobbles {value} as much as that of independent batches would",
        times,
        unspoken=True,
    ),
    Measure(
        "gained_apart_from_rate",
        gained_apart_from_rate,
        "apart from what comes and goes with the rate, each doubling of the rate spent brings {value} of the gain",
        percent,
        unspoken=True,
    ),
)
