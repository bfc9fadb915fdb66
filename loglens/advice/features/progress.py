"""How the loss came down: how much of the gain when, and what was still being gained when the run ended."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from loglens.advice.features.measure import Measure, clipped, percent, times, unlog1p
from loglens.signals.numerics.robust import differences, mean, parts
from loglens.signals.scaled import ScaledRun

CLEAR = 8.0
"""Standard errors from which a trend is beyond doubt; more only says that the log is long."""
LAST_DECADE = np.geomspace(0.1, 1.0, 9)


def gained_per_doubling(r: ScaledRun) -> float | None:
    """Share of the total gain made in the second half of the steps.

    In gradient flow a rate twice as high is the same curve in half the time, so what the last doubling of the steps
    brought is about what the next doubling of the rate would bring (Smith & Le 2018 for the scaling of time by the LR;
    power-law training curves: Kaplan et al. 2020).
    """
    return (r.mean_between(0.44, 0.56) - r.mean_between(0.9, 1.0)) / r.gain


def gained_per_doubling_of_lr_time(r: ScaledRun) -> float | None:
    """The same on the clock of the summed learning rate: what half of all the LR that was spent has brought.

    A decaying schedule stops the steps' clock, not this one: high here and low on the clock of the steps means that
    the rate died while it was still of use.
    """
    if r.lr is None:
        return None
    return (r.mean_between(0.45, 0.55, clock=r.lr_clock) - r.mean_between(0.97, 1.0, clock=r.lr_clock)) / r.gain


def gained_on_both_clocks(r: ScaledRun) -> float | None:
    """The geometric mean of the last doubling of the steps and of the last doubling of the rate spent.

    Under a constant rate both are one; a decay hides progress from the first and adds the fall of the noise floor to
    the second, so that their mean compares runs of different schedules. The steps alone where no rate is logged.
    """
    steps = gained_per_doubling(r) or 0.0
    spent = gained_per_doubling_of_lr_time(r)
    return math.log(max(1e-4, math.sqrt(max(steps, 0.0) * max(steps if spent is None else spent, 0.0))))


def gained_before_last_doubling(r: ScaledRun) -> float | None:
    """Share of the gain made between a quarter and half of the LR spent: with the last doubling it tells a curve that
    is running out (a half each time) from one that keeps its pace."""
    clock = r.lr_clock
    return (r.mean_between(0.22, 0.28, clock=clock) - r.mean_between(0.45, 0.55, clock=clock)) / r.gain


def _ahead(last: float, before: float) -> float:
    """The sum of the next six doublings, each as much smaller than the one before as the last two were."""
    if last <= 0:
        return 0.0
    ratio = min(0.95, max(0.05, last / max(before, last, 1e-12)))
    return last * sum(ratio**k for k in range(1, 7))


def gain_ahead(r: ScaledRun) -> float | None:
    """What six more doublings of the steps would bring, as a share of the gain, if each brought as much less than the
    one before as the last two doublings did: the geometric series of a power law's increments. By the scaling of time
    with the rate this is about what a much higher rate would have brought in the same steps."""
    last = (r.mean_between(0.44, 0.56) - r.mean_between(0.9, 1.0)) / r.gain
    return _ahead(last, (r.mean_between(0.21, 0.29) - r.mean_between(0.44, 0.56)) / r.gain)


def gain_ahead_of_lr_time(r: ScaledRun) -> float | None:
    """The same on the clock of the summed learning rate."""
    if r.lr is None:
        return None
    clock = r.lr_clock
    half = r.mean_between(0.45, 0.55, clock=clock)
    last = (half - r.mean_between(0.97, 1.0, clock=clock)) / r.gain
    return _ahead(last, (r.mean_between(0.22, 0.28, clock=clock) - half) / r.gain)


def pace_kept(r: ScaledRun) -> float | None:
    """The last doubling of the LR spent against the one before it, at most 3: above one half a slow run, near zero one
    that is done; None where neither brought a thousandth of the gain."""
    clock = r.lr_clock
    half = r.mean_between(0.45, 0.55, clock=clock)
    before = (r.mean_between(0.22, 0.28, clock=clock) - half) / r.gain
    last = (half - r.mean_between(0.97, 1.0, clock=clock)) / r.gain
    if max(abs(before), abs(last)) < 1e-3:
        return None
    return clipped(last / max(before, 1e-3), -1, 3)


def gained_by(share: float, r: ScaledRun) -> float:
    return (r.first - r.level_between(max(0.0, share - 0.02), share + 0.02)) / r.gain


def gained_by_2_percent(r: ScaledRun) -> float | None:
    """Share of the gain reached after 2 % of the steps: a rate that fits has done much by then."""
    return (r.first - r.level_between(0.015, 0.025)) / r.gain


def gained_by_10_percent(r: ScaledRun) -> float | None:
    """Share of the gain reached after 10 % of the steps."""
    return gained_by(0.1, r)


def gained_by_half(r: ScaledRun) -> float | None:
    """Share of the gain reached after half of the steps."""
    return gained_by(0.5, r)


def log_gain(r: ScaledRun) -> float | None:
    """ln(first / end) for positive losses: how many times smaller the loss became."""
    if r.first <= 0 or r.low <= 0:
        return None
    return math.log(r.first) - math.log(max(r.end, 1e-3 * r.first, 1e-12))  # a quotient of the smallest numbers is 0


def log_fall_in_second_half(r: ScaledRun) -> float | None:
    """ln of the ratio of the levels at half time and at the end: a loss near zero may still shrink by factors while
    nothing is left to gain on the linear scale."""
    half, end = r.level_between(0.44, 0.56), r.end
    if min(half, end) <= 0:
        return None
    return math.log(half) - math.log(end)  # the quotient of a subnormal level is 0 or infinite


def gain_over_noise(r: ScaledRun) -> float | None:
    """ln(1 + gain / noise): whether anything was learnt at all, in units of the scatter of the points."""
    noise = r.noise_between(0.0, 1.0)
    return math.log1p(min(50.0, max(0.0, r.first - r.end) / max(noise, 1e-9 * abs(r.first), 1e-12)))


def late_trend(r: ScaledRun) -> float | None:
    """The trend of the last 60 % in standard errors, negative where the loss falls, on a signed log scale.

    Tells a run that crawls from one that does not move; the standard error is that of batch means, because
    neighbouring losses are correlated (SASA+, Zhang et al. 2020).
    """
    part = r.loss[r.clock >= 0.4]
    if len(part) < 12:
        return None
    blocks = np.array([mean(part[a:b]) for a, b in parts(len(part), min(20, len(part) // 3))])
    x = np.arange(len(blocks)) - (len(blocks) - 1) / 2
    slope = float(x @ blocks / (x @ x))
    rest = blocks - blocks.mean() - slope * x
    error = math.sqrt(max(float(rest @ rest) / max(1, len(x) - 2), 1e-30) / float(x @ x))
    return math.copysign(math.log1p(min(CLEAR, abs(slope / error))), slope)


def early_pace_over_late(r: ScaledRun) -> float | None:
    """ln of the pace over the first tenth against the pace over the last two fifths: near zero where the loss falls
    in a straight line, as it does when the rate is far too low."""
    early = (r.first - r.mean_between(0.08, 0.12)) / 0.1
    late = (r.mean_between(0.55, 0.65) - r.mean_between(0.92, 1.0)) / 0.36
    scale = r.gain
    return math.log((abs(early) + 0.01 * scale) / (abs(late) + 0.01 * scale))


def straightness(r: ScaledRun) -> float | None:
    """Area between the curve and a straight line from start to end, as a share of the gain: 0 for a line, 0.5 for a
    curve that drops at once, negative for one that falls late."""
    heights = (r.first - r.smooth) / r.gain
    line = np.linspace(0, heights[-1], len(heights))
    return float(np.mean(heights - line))


def best_is_last(r: ScaledRun) -> float | None:
    """Where the lowest level lies, 0..1: at the end for a run that was still improving."""
    return float(np.argmin(r.smooth) / max(1, len(r.smooth) - 1))


def tail_pace(r: ScaledRun) -> float | None:
    """Share of the gain made over the last fifth of the steps."""
    return (r.mean_between(0.75, 0.85) - r.mean_between(0.93, 1.0)) / r.gain


def worst_stall(r: ScaledRun) -> float | None:
    """The longest stretch without a new lowest level, as a share of the run."""
    lowest = np.minimum.accumulate(r.smooth)
    fresh = np.flatnonzero(differences(lowest) < -0.002 * r.gain)
    edges = np.concatenate([[0], fresh + 1, [len(r.smooth) - 1]])
    return float(np.max(differences(edges)) / max(1, len(r.smooth) - 1))


def power_law_fit(r: ScaledRun) -> float | None:
    """The exponent of the loss against the LR spent over the last decade of it, on log-log axes, for positive losses.

    Slow power laws (exponent near zero) are a run near its floor; steep ones at the end were cut off.
    """
    clock = r.lr_clock
    levels = np.array([r.level_between(a, b, clock=clock) for a, b in pairwise(LAST_DECADE.tolist())])
    if np.any(levels <= 0):
        return None
    x = np.log(np.sqrt(LAST_DECADE[:-1] * LAST_DECADE[1:]))
    return float(np.polyfit(x, np.log(levels), 1)[0])


MEASURES = (
    Measure(
        "gained_per_doubling",
        gained_per_doubling,
        "the second half of the steps brought {value} of all that was gained",
        percent,
    ),
    Measure(
        "gained_per_doubling_of_lr_time",
        gained_per_doubling_of_lr_time,
        "the second half of the learning rate, summed over the steps, brought {value} of all that was gained",
        percent,
    ),
    Measure(
        "gained_on_both_clocks",
        gained_on_both_clocks,
        "the last doubling still brought {value} of the gain",
        lambda v: percent(math.exp(v)),
    ),
    Measure(
        "gained_before_last_doubling",
        gained_before_last_doubling,
        "the doubling before the last brought {value} of the gain",
        percent,
    ),
    Measure(
        "gain_ahead",
        gain_ahead,
        "at that pace six more doublings of the steps would bring {value} of the gain",
        percent,
    ),
    Measure(
        "gain_ahead_of_lr_time",
        gain_ahead_of_lr_time,
        "at that pace six more doublings of the rate would bring {value} of the gain",
        percent,
    ),
    Measure("pace_kept", pace_kept, "the last doubling brought {value} of what the one before it brought", percent),
    Measure(
        "gained_by_2_percent", gained_by_2_percent, "{value} of the gain was made within 2 % of the steps", percent
    ),
    Measure(
        "gained_by_10_percent", gained_by_10_percent, "{value} of the gain was made within 10 % of the steps", percent
    ),
    Measure("gained_by_half", gained_by_half, "{value} of the gain was made by half time", percent),
    Measure("log_gain", log_gain, "the loss became {value} smaller", times),
    Measure("log_fall_in_second_half", log_fall_in_second_half, "the loss shrank {value} over the second half", times),
    Measure(
        "gain_over_noise",
        gain_over_noise,
        "the loss fell by {value} times its scatter",
        unlog1p,
    ),
    Measure(
        "late_trend",
        late_trend,
        "the trend of the last 60 % of the steps is {value} standard errors (falling where negative)",
        lambda v: f"{math.copysign(math.expm1(abs(v)), v):+.1f}",
    ),
    Measure(
        "early_pace_over_late",
        early_pace_over_late,
        "the first tenth went {value} as fast as the last two fifths",
        times,
    ),
    Measure("straightness", straightness, "the curve bulges {value} of its height below a straight line", percent),
    Measure("best_is_last", best_is_last, "the lowest level was reached after {value} of the run", percent),
    Measure("tail_pace", tail_pace, "the last fifth brought {value} of the gain", percent),
    Measure("worst_stall", worst_stall, "the longest stretch without improvement was {value} of the run", percent),
    Measure(
        "power_law_fit",
        power_law_fit,
        "towards the end the loss falls with the power {value} of the learning rate, summed over the steps",
    ),
)
